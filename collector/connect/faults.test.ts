import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createIdentity, expired, type Identity } from '../send/identity.fixture.ts';
import { type otlpConfig, startGrpcServer, startHttpServer, transportTo } from '../send/servers.fixture.ts';

const TIMEOUT = 5_000;
const BODY = Buffer.alloc(100_000);
type Protocol = 'grpc' | 'http/protobuf';
type Tls = Partial<ReturnType<typeof otlpConfig>['tls']>;

/** A real server; over TLS when it has an identity. Its `host:port`. */
function start(t: TestContext, protocol: Protocol, identity?: Identity): Promise<string> {
  if (protocol === 'grpc') return startGrpcServer(t, (_, callback) => callback(null, Buffer.alloc(0)), { identity });
  return startHttpServer(t, (request, response) => request.resume().on('end', () => response.end()), identity);
}

async function errorOf(t: TestContext, url: string, protocol: Protocol, tls: Tls = {}): Promise<string> {
  const transport = transportTo(t, url, { protocol, tls: { insecureSkipVerify: false, ...tls } });
  const outcome = await transport.send(BODY, TIMEOUT);
  assert.ok(outcome.status === 'retryable');
  assert.ok(outcome.error!.message.length < 400, 'it is short');
  return outcome.error!.message;
}

for (const protocol of ['grpc', 'http/protobuf'] as const) {
  const prefix = protocol === 'grpc' ? '^gRPC status UNAVAILABLE: ' : '^';
  const expect = (message: string, words: string) => assert.match(message, new RegExp(prefix + words));

  test(`${protocol}: another authority`, async (t) => {
    const url = `https://${await start(t, protocol, createIdentity(t))}`;
    const words = 'the backend’s certificate is not signed by an authority that we trust: set otlp.tls.caFile .*';
    expect(await errorOf(t, url, protocol), words);
    expect(await errorOf(t, url, protocol, { caFile: createIdentity(t).caFile }), words);
  });

  test(`${protocol}: another name`, async (t) => {
    const identity = createIdentity(t);
    const { caFile } = identity;
    const url = `https://${await start(t, protocol, identity)}`;
    const message = await errorOf(t, url, protocol, { caFile, serverName: 'other.test' });
    expect(message, 'the backend’s certificate is for another name: set otlp.tls.serverName to one that it has .*');
    assert.match(message, /other\.test.*backend\.test/);
  });

  test(`${protocol}: expired`, async (t) => {
    const identity = createIdentity(t);
    const { caFile } = identity;
    const url = `https://${await start(t, protocol, expired(identity))}`;
    expect(
      await errorOf(t, url, protocol, { caFile }),
      'the backend’s certificate is not valid at this time: renew it',
    );
  });

  test(`${protocol}: TLS to plaintext`, async (t) => {
    const url = `https://${await start(t, protocol)}`;
    expect(
      await errorOf(t, url, protocol),
      'the backend speaks plaintext on this port, not TLS: write http:// in otlp',
    );
  });

  test(`${protocol}: plaintext to TLS`, async (t) => {
    const url = `http://${await start(t, protocol, createIdentity(t))}`;
    const message = await errorOf(t, url, protocol);
    assert.match(message, /^the backend speaks TLS on this port, not plaintext: write https:\/\/ in otlp\.endpoint/);
  });

  test(`${protocol}: the other protocol`, async (t) => {
    const other = protocol === 'grpc' ? 'http/protobuf' : 'grpc';
    const identity = createIdentity(t);
    const url = `https://${await start(t, other, identity)}`;
    const message = await errorOf(t, url, protocol, { caFile: identity.caFile });
    expect(message, 'the backend speaks another version of HTTP on this port: change otlp.protocol, or the port');
  });

  test(`${protocol}: nobody listens`, async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(
      await errorOf(t, `http://127.0.0.1:${port}`, protocol),
      `nobody listens there: start the backend, .* in otlp\\.endpoint \\(connect ECONNREFUSED 127\\.0\\.0\\.1:${port}\\)$`,
    );
  });

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`${protocol}: a certificate of ours is wanted, ${maxVersion}`, async (t) => {
      const identity = createIdentity(t);
      const { key, cert, caFile } = identity;
      const options = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true, maxVersion };
      const server: Server = protocol === 'grpc' ? createSecureServer(options) : createHttpsServer(options);
      server.on('sessionError', () => {}).listen(0, '127.0.0.1');
      t.after(() => server.close());
      await once(server, 'listening');
      const message = await errorOf(t, `https://127.0.0.1:${(server.address() as AddressInfo).port}`, protocol, {
        caFile,
      });
      expect(message, 'the backend wants a certificate of ours.*: set otlp.tls.certFile and keyFile');
    });
  }
}

test('any other failure stays as it is', async (t) => {
  const endpoint = await startHttpServer(t, (request) => request.socket.resetAndDestroy());
  assert.equal(await errorOf(t, `http://${endpoint}`, 'http/protobuf'), 'read ECONNRESET');
});
