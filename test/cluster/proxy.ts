/** A proxy before the API server, for faults at a chosen request. Who comes by it authenticates as without it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { KubeConfig } from '@kubernetes/client-node';

export type Proxy = {
  /** Plain HTTP. */
  url: string;
  /** Called with each request before it is passed on. It may take its time. */
  before: (request: IncomingMessage) => void | Promise<void>;
  /** Called when the API server has answered, before the answer is passed on. */
  after: (request: IncomingMessage) => void | Promise<void>;
  /** Breaks all connections, and each new one until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
};

export async function startProxy(kubeconfig: string): Promise<Proxy> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const { server: upstream, caData } = config.getCurrentCluster()!;
  const agent = new Agent({ keepAlive: true, ca: Buffer.from(caData!, 'base64') });
  let broken = false;

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    await proxy.before(incoming);
    const { method, headers, url } = incoming;
    const forwarded = request(new URL(url!, upstream), { method, headers, agent });
    outgoing.once('close', () => outgoing.writableFinished || forwarded.destroy());
    const answered = once(forwarded, 'response');
    forwarded.on('error', () => {}); // of a connection that breaks later: the answer tells
    const [[answer]] = await Promise.all([answered as Promise<[IncomingMessage]>, pipeline(incoming, forwarded)]);
    await proxy.after(incoming);
    outgoing.writeHead(answer.statusCode!, answer.headers);
    outgoing.flushHeaders();
    await pipeline(answer, outgoing);
  }

  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.on('connection', (socket) => {
    if (broken) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    before() {},
    after() {},
    cut() {
      broken = true;
      server.closeAllConnections();
    },
    mend() {
      broken = false;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      agent.destroy();
    },
  };
  return proxy;
}
