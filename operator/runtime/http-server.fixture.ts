/** Serves a handler over real HTTP on loopback, and a KubeConfig that leads there. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import type { Handler } from './fault-server.fixture.ts';
import { readText } from './lines.ts';

export type HttpServer = {
  kubeConfig: KubeConfig;
  /** Sockets that clients hold. */
  connections(): Promise<number>;
  /** Headers of the requests, in their order. */
  requests: IncomingMessage['headers'][];
  close(): Promise<void>;
};

/** A handler that throws, or whose body does, has its connection reset. */
export async function serveHttp(handle: Handler): Promise<HttpServer> {
  const requests: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    answer(handle, request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    // The library takes plain HTTP only from those who say that they mean it.
    { name: 'test', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'test', token: 'secret' },
  );
  return {
    kubeConfig,
    requests,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(handle: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort(new Error('the client is gone')));
  const body = await readText(request, 1 << 20);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const { method = '', url = '' } = request;
  const answer = await handle({ method, path: url, headers, body: body || undefined, signal: gone.signal });
  response.writeHead(answer.status, answer.headers);
  response.flushHeaders();
  for await (const chunk of answer.body) {
    if (chunk.length > 0 && !response.write(chunk)) await once(response, 'drain', { signal: gone.signal });
  }
  response.end();
}
