/** Health and metrics over HTTP: /livez, /readyz, /metrics; and pages of whoever has some. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { boundConnections, type ConnectionLimits, timeoutsOf } from '../../crds/common/connections.ts';
import type { Log } from '../../crds/common/log.ts';
import { type Metrics, PROMETHEUS_TYPE } from './metrics.ts';

/** The kubelet, Prometheus and a few people; more would be somebody's mistake. */
const CONNECTION_LIMITS: ConnectionLimits = { max: 64, maxOfAddress: 16, arrivalMs: 5_000 };
/** A connection over which nothing goes for this long is closed, in milliseconds: an answer that nobody takes. */
const IDLE_MS = 30_000;

const TEXT = 'text/plain; charset=utf-8';

/** What comes from elsewhere stays text: a page runs no scripts, and loads nothing. */
const SAFETY = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

export type PageRequest = {
  headers: IncomingHttpHeaders;
  socket: Pick<Socket, 'remoteAddress' | 'localAddress'>;
};

export type PageAnswer = {
  status: number;
  type: string;
  /** Asked for, part by part, as the client takes them. */
  body: Iterable<string>;
  /** In addition to those of every page, or in their place. */
  headers?: Record<string, string>;
};

/** Answers a request. */
export type Page = (request: PageRequest) => PageAnswer;

export type HealthOptions = {
  host: string;
  port: number;
  /** What is wrong, one line each. Anything here gets the process restarted. */
  live: () => readonly string[];
  /** What is missing before it can work, one line each. */
  ready: () => readonly string[];
  metrics: Metrics;
  /** More, by path. */
  pages?: Readonly<Record<string, Page>>;
  log: Log;
};

/** Serves until `close`. Rejects with Node's error when it can't listen there. */
export async function serveHealth(options: HealthOptions): Promise<{ port: number; close(): Promise<void> }> {
  const { host, port, live, ready, metrics, pages = {}, log } = options;

  async function answer(path: string, request: PageRequest): Promise<PageAnswer> {
    switch (path) {
      case '/livez':
        return health(live());
      case '/readyz':
        return health([...live(), ...ready()]);
      case '/metrics':
        return { status: 200, type: PROMETHEUS_TYPE, body: [await metrics.render()] };
      default:
        return Object.hasOwn(pages, path) ? pages[path](request) : { status: 404, type: TEXT, body: ['not found\n'] };
    }
  }

  const server = createServer({ ...timeoutsOf(CONNECTION_LIMITS) }, async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    try {
      const { status, type, body, headers } = await answer(path, request);
      response.writeHead(status, { 'content-type': type, ...SAFETY, ...headers });
      await pipeline(Readable.from(request.method === 'HEAD' ? [] : body), response);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return; // who asked is gone
      log.error('a health request failed', { subject: path, error: String(error) });
      if (!response.headersSent) response.writeHead(500).end();
    }
  });
  server.setTimeout(IDLE_MS);
  boundConnections(server, CONNECTION_LIMITS);
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

function health(wrong: readonly string[]): PageAnswer {
  return wrong.length === 0
    ? { status: 200, type: TEXT, body: ['ok\n'] }
    : { status: 503, type: TEXT, body: [`${wrong.join('\n')}\n`] };
}
