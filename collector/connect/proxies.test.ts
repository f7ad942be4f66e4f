import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, type TestContext, test } from 'node:test';
import { createIdentity } from '../send/identity.fixture.ts';
import { startGrpcServer, startHttpServer, transportTo } from '../send/servers.fixture.ts';

const TIMEOUT = 5_000;
const BODY = Buffer.alloc(100_000, 'x');
const AUTHORIZATION = `Basic ${Buffer.from('me:s3cret').toString('base64')}`;

afterEach(() => {
  delete process.env.HTTPS_PROXY;
  delete process.env.HTTP_PROXY;
});

/** A proxy that knows `backend.test`, and wants a user and a password. Its address, and what it was asked for. */
async function startProxy(t: TestContext): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const isKnown = ({ headers }: IncomingMessage) => headers['proxy-authorization'] === AUTHORIZATION;
  const proxy: Server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const { port, pathname } = new URL(incoming.url!);
    const { 'proxy-authorization': authorization, ...headers } = incoming.headers;
    if (!isKnown(incoming)) return void response.writeHead(407).end();
    const outgoing = request({ port, path: pathname, method: incoming.method, headers }, (answer) => {
      answer.pipe(response.writeHead(answer.statusCode!, answer.headers));
    });
    incoming.pipe(outgoing);
  });
  proxy.on('connect', (incoming, socket: Socket, rest) => {
    asked.push(`CONNECT ${incoming.url}`);
    if (!isKnown(incoming)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const backend = connect(Number(incoming.url!.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      backend.write(rest);
      backend.pipe(socket).pipe(backend);
    });
    for (const end of [socket, backend]) end.on('error', () => {});
    sockets.add(backend);
  });
  proxy.on('connection', (socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  t.after(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(proxy, 'listening');
  return { address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked };
}

for (const protocol of ['grpc', 'http/protobuf'] as const) {
  for (const secure of [true, false]) {
    const scheme = secure ? 'https' : 'http';

    test(`${protocol} to ${scheme}:// goes through a proxy`, async (t) => {
      const identity = createIdentity(t);
      const bodies: number[] = [];
      const endpoint =
        protocol === 'grpc'
          ? await startGrpcServer(
              t,
              ({ request }, callback) => {
                bodies.push(request.length);
                callback(null, Buffer.alloc(0));
              },
              secure ? { identity } : {},
            )
          : await startHttpServer(
              t,
              async (incoming, response) => {
                let length = 0;
                for await (const chunk of incoming) length += chunk.length;
                bodies.push(length);
                response.end();
              },
              secure ? identity : undefined,
            );
      const port = endpoint.split(':')[1];
      const { address, asked } = await startProxy(t);
      process.env[`${scheme.toUpperCase()}_PROXY`] = `http://me:s3cret@${address}`;
      const tls = { caFile: identity.caFile, insecureSkipVerify: false };
      const transport = transportTo(t, `${scheme}://backend.test:${port}`, { protocol, tls });
      for (let request = 0; request < 2; request++) {
        assert.equal((await transport.send(BODY, TIMEOUT)).status, 'success');
      }
      assert.deepEqual(bodies, [BODY.length, BODY.length]);
      // Plaintext HTTP/1.1 is forwarded request by request (RFC 9112 §3.2.2), all else is tunnelled.
      const forwarded = `POST http://backend.test:${port}/v1/traces`;
      const tunnel = [`CONNECT backend.test:${port}`];
      assert.deepEqual(asked, protocol === 'http/protobuf' && !secure ? [forwarded, forwarded] : tunnel);
    });
  }

  test(`${protocol}: a proxy that refuses is told by name`, async (t) => {
    const { address } = await startProxy(t);
    process.env.HTTPS_PROXY = `http://me:wrong@${address}`;
    const outcome = await transportTo(t, 'https://backend.test:4317', { protocol }).send(BODY, TIMEOUT);
    assert.ok(outcome.status === 'retryable');
    const words = `the proxy ${address} answers 407 Proxy Authentication Required for backend.test:4317`;
    assert.ok(outcome.error!.message.includes(words), outcome.error!.message);
    assert.doesNotMatch(outcome.error!.message, /wrong/);
  });
}

test('gRPC over a Unix domain socket', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'unix-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const path = join(dir, 'otlp.sock');
  await startGrpcServer(t, (_, callback) => callback(null, Buffer.alloc(0)), { address: `unix:${path}` });
  for (const endpoint of [`unix://${path}`, `unix:${path}`]) {
    const transport = transportTo(t, endpoint, { insecure: true });
    assert.equal((await transport.send(BODY, TIMEOUT)).status, 'success');
  }
});
