/** Health and metrics over HTTP: /livez, /readyz, /metrics. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from './log.ts';
import { type Metrics, PROMETHEUS_TYPE } from './metrics.ts';

/** Connections at once: kubelet and Prometheus; more would be somebody's mistake. */
const MAX_CONNECTIONS = 64;

const TEXT = 'text/plain; charset=utf-8';

export type HealthOptions = {
  host: string;
  port: number;
  /** What is wrong, one line each. Anything here gets the process restarted. */
  live: () => readonly string[];
  /** What is missing before it can work, one line each. */
  ready: () => readonly string[];
  metrics: Metrics;
  log: Log;
};

/** Serves until `close`. Rejects with Node's error when it can't listen there. */
export async function serveHealth(options: HealthOptions): Promise<{ port: number; close(): Promise<void> }> {
  const { host, port, live, ready, metrics, log } = options;

  async function answer(path: string): Promise<[status: number, body: string, type?: string]> {
    switch (path) {
      case '/livez':
        return health(live());
      case '/readyz':
        return health([...live(), ...ready()]);
      case '/metrics':
        return [200, await metrics.render(), PROMETHEUS_TYPE];
      default:
        return [404, 'not found\n'];
    }
  }

  const server = createServer(async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    try {
      const [status, body, type = TEXT] = await answer(path);
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
    } catch (error) {
      log.error('a health request failed', { subject: path, error: String(error) });
      response.writeHead(500).end();
    }
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen({ host, port });
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function health(wrong: readonly string[]): [status: number, body: string] {
  return wrong.length === 0 ? [200, 'ok\n'] : [503, `${wrong.join('\n')}\n`];
}
