/** A backend that pods can reach: OTLP over HTTP, at this machine's address on the nodes' bridge. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GATEWAY } from './layout.ts';

export type Backend = {
  url: string;
  port: number;
  /** Ends it at once, with the connections there are. */
  close(): void;
};

/** Accepts all; `onRequest` gets each request's body. `port` 0, the default, lets the kernel choose. */
export async function startBackend(
  onRequest: (body: Buffer, headers: IncomingHttpHeaders) => void,
  port = 0,
): Promise<Backend> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // Its sender has given it up, or is gone.
    }
    onRequest(Buffer.concat(chunks), request.headers);
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen(port, GATEWAY);
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${GATEWAY}:${bound}`,
    port: bound,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
