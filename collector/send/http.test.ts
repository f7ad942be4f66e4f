import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createIdentity } from './identity.fixture.ts';
import { startHttpServer, transportTo } from './servers.fixture.ts';

const TIMEOUT = 5_000;
const BODY = randomBytes(2 ** 20);
const http = { protocol: 'http/protobuf' } as const;
const PROTOBUF = { 'content-type': 'application/x-protobuf' };

/** Answers as a backend does when all is well. */
function accept(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(200, PROTOBUF).end(Buffer.from([0x0a, 0x02, 0x08, 0x03]));
}

for (const compression of ['none', 'gzip'] as const) {
  test(`a request arrives whole, compression ${compression}`, async (t) => {
    const requests: { request: IncomingMessage; body: Buffer }[] = [];
    const endpoint = await startHttpServer(t, async (request, response) => {
      requests.push({ request, body: await buffer(request) });
      accept(request, response);
    });
    const headers = { 'X-Scope-OrgID': 'net', 'Content-Type': 'ours wins' };
    const transport = transportTo(t, `http://${endpoint}/otlp`, { ...http, compression, headers });
    for (const body of [new Uint8Array(), BODY]) {
      const response = await transport.send(body, TIMEOUT);
      assert.deepEqual(response, { status: 'success', data: Buffer.from([0x0a, 0x02, 0x08, 0x03]) });
    }
    assert.deepEqual(
      requests.map(({ body }) => (compression === 'gzip' ? gunzipSync(body) : body)),
      [Buffer.alloc(0), BODY],
    );
    const { method, url, headers: received } = requests[1].request;
    assert.deepEqual([method, url, received.host], ['POST', '/otlp/v1/traces', endpoint]);
    assert.equal(received['content-type'], 'application/x-protobuf');
    assert.equal(received['content-encoding'], compression === 'gzip' ? 'gzip' : undefined);
    assert.equal(received['x-scope-orgid'], 'net');
    assert.match(received['user-agent']!, /^netflow2traces\/\d/);
    assert.equal(requests[0].request.socket, requests[1].request.socket, 'the connection is kept');
  });
}

test('TLS', async (t) => {
  const identity = createIdentity(t);
  const { caFile } = identity;
  const endpoint = await startHttpServer(t, accept, identity);
  const send = async (tls: { caFile?: string; serverName?: string; insecureSkipVerify?: boolean }) => {
    const changes = { ...http, tls: { insecureSkipVerify: false, ...tls } };
    const response = await transportTo(t, `https://${endpoint}`, changes).send(BODY, TIMEOUT);
    return response.status === 'success' ? 'success' : `${response.status} ${response.error?.message}`;
  };
  assert.equal(await send({ caFile }), 'success');
  assert.equal(await send({ caFile, serverName: 'backend.test' }), 'success');
  assert.equal(await send({ insecureSkipVerify: true }), 'success');
  assert.match(await send({}), /^retryable .*(unable|self-signed)/);
  assert.match(await send({ caFile, serverName: 'other.test' }), /^retryable .*other\.test/);
  assert.match(await send({ caFile: '/nowhere.pem' }), /^retryable .*otlp\.tls\.caFile/);
});

/** Reads the request, then answers with a status, headers and a body. */
function answer(status: number, headers: Record<string, string> = {}, body: Buffer | string = ''): RequestListener {
  return async (request, response) => {
    await buffer(request);
    response.writeHead(status, headers).end(body);
  };
}

const RPC_STATUS = Buffer.from([0x12, 4, ...Buffer.from('nope')]);
const faults: { name: string; listener: RequestListener; timeout?: number; outcome: RegExp; wish?: number }[] = [
  {
    name: '400 with a Status',
    listener: answer(400, PROTOBUF, RPC_STATUS),
    outcome: /^failure HTTP status 400: nope$/,
  },
  { name: '401', listener: answer(401), outcome: /^retryable HTTP status 401: Unauthorized$/ },
  { name: '413', listener: answer(413), outcome: /^failure HTTP status 413/ },
  { name: '500', listener: answer(500), outcome: /^failure HTTP status 500/ },
  { name: 'a redirect', listener: answer(307, { location: '/' }), outcome: /^failure HTTP status 307/ },
  { name: '429', listener: answer(429, { 'retry-after': '7' }), outcome: /^retryable HTTP status 429/, wish: 7_000 },
  { name: '502', listener: answer(502), outcome: /^retryable HTTP status 502/ },
  { name: '503', listener: answer(503, { 'retry-after': '0' }), outcome: /^retryable HTTP status 503/, wish: 0 },
  { name: '504', listener: answer(504, PROTOBUF, '<html>'), outcome: /^retryable HTTP status 504: Gateway Timeout$/ },
  {
    name: 'a web page with status 200',
    listener: answer(200, { 'content-type': 'text/html; charset=utf-8' }, '<html>'),
    outcome: /^failure HTTP status 200, text\/html: not an answer to OTLP$/,
  },
  { name: '200 without a type', listener: answer(200, {}, 'ok'), outcome: /^failure HTTP status 200, no content type/ },
  { name: '204', listener: answer(204), outcome: /^success $/ },
  { name: 'no JSON', listener: answer(200, { 'content-type': 'application/json' }, 'OK'), outcome: /^failure/ },
  { name: 'an answer too large', listener: answer(200, {}, Buffer.alloc(5 * 2 ** 20)), outcome: /^failure .*larger/ },
  { name: 'no answer', listener: () => {}, timeout: 100, outcome: /^retryable no answer in 100 ms$/ },
  {
    name: 'an answer before the body was read',
    listener: (_, response) => response.writeHead(403).end(),
    outcome: /^retryable HTTP status 403/,
  },
  {
    name: 'an answer that breaks off',
    listener: (request, response) => {
      request.resume();
      response.writeHead(503, { 'content-length': 10 }).write('x');
      setImmediate(() => response.destroy());
    },
    outcome: /^retryable HTTP status 503/,
  },
  { name: 'a connection that breaks', listener: (request) => request.socket.destroy(), outcome: /^retryable/ },
  { name: 'a connection reset', listener: (request) => request.socket.resetAndDestroy(), outcome: /^retryable/ },
];

for (const { name, listener, timeout = TIMEOUT, outcome, wish } of faults) {
  test(`${name}; the next request works`, async (t) => {
    let faulty = true;
    const endpoint = await startHttpServer(t, (...exchange) => (faulty ? listener(...exchange) : accept(...exchange)));
    const transport = transportTo(t, `http://${endpoint}`, http);
    const response = await transport.send(BODY, timeout);
    const text = response.status === 'success' ? response.data : response.error?.message;
    assert.match(`${response.status} ${text}`, outcome);
    if (response.status === 'retryable') assert.equal(response.retryInMillis, wish);
    faulty = false;
    assert.equal((await transport.send(BODY, TIMEOUT)).status, 'success');
  });
}

// ExportTraceServiceResponse { partial_success { rejected_spans: 3, error_message: "no" } }
const PARTIAL = Buffer.from([0x0a, 6, 0x08, 3, 0x12, 2, 0x6e, 0x6f]);
for (const [type, body, data] of [
  ['application/x-protobuf', PARTIAL, PARTIAL],
  ['application/x-protobuf; charset=utf-8', PARTIAL, PARTIAL],
  ['Application/X-Protobuf;proto=x', PARTIAL, PARTIAL],
  ['application/json', '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}}', PARTIAL],
  ['application/json; charset=utf-8', '{"partialSuccess":null}', Buffer.of()],
  ['application/json', '{}', Buffer.of()],
  ['text/plain', '', Buffer.of()],
] as const) {
  test(`an answer of OTLP: ${type} ${body.length} bytes`, async (t) => {
    const endpoint = await startHttpServer(t, answer(200, { 'content-type': type }, body));
    const outcome = await transportTo(t, `http://${endpoint}`, http).send(BODY, TIMEOUT);
    assert.ok(outcome.status === 'success');
    assert.deepEqual(Buffer.from(outcome.data!), data);
  });
}

test('a kept connection that the server closes under the next request costs no failure', async (t) => {
  let requests = 0;
  const endpoint = await startHttpServer(t, async (request, response) => {
    requests++;
    if (requests === 2) request.socket.resetAndDestroy();
    else accept(request, response);
  });
  const transport = transportTo(t, `http://${endpoint}`, http);
  assert.equal((await transport.send(BODY, TIMEOUT)).status, 'success');
  assert.equal((await transport.send(BODY, TIMEOUT)).status, 'success');
  assert.equal(requests, 3);
});

test('shutdown ends requests under way', async (t) => {
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  const endpoint = await startHttpServer(t, () => resolve());
  const transport = transportTo(t, `http://${endpoint}`, http);
  const response = transport.send(BODY, 60_000);
  await arrived;
  transport.shutdown();
  assert.equal((await response).status, 'retryable');
  assert.equal((await transport.send(BODY, 60_000)).status, 'retryable');
});
