import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type handleUnaryCall, Metadata } from '@grpc/grpc-js';
import { GRPC } from './grpc-status.ts';
import { createIdentity } from './identity.fixture.ts';
import { METRICS, startGrpcServer, TRACES, transportTo } from './servers.fixture.ts';

const TIMEOUT = 5_000;
const ANSWER = Buffer.from([0x0a, 0x02, 0x08, 0x03]);

/** A server that answers everything well, and what it was sent. */
function recorder() {
  const calls: { path: string; metadata: Metadata; request: Buffer; deadline: number }[] = [];
  const handler: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
    const { metadata, request } = call;
    calls.push({ path: call.getPath(), metadata, request, deadline: Number(call.getDeadline()) });
    callback(null, ANSWER);
  };
  return { calls, handler };
}

for (const compression of ['none', 'gzip'] as const) {
  test(`a message arrives whole, compression ${compression}`, async (t) => {
    const { calls, handler } = recorder();
    const transport = transportTo(t, `http://${await startGrpcServer(t, handler)}`, { compression });
    const bodies = [new Uint8Array(), randomBytes(2 ** 20), randomBytes(3 * 2 ** 20)];
    const responses = await Promise.all(bodies.map((body) => transport.send(body, TIMEOUT)));
    for (const response of responses) assert.deepEqual(response, { status: 'success', data: ANSWER });
    const received = calls.map(({ request }) => request).sort((a, b) => a.length - b.length);
    assert.deepEqual(
      received,
      bodies.map((body) => Buffer.from(body)),
    );
  });
}

test('headers, path, deadline and user agent', async (t) => {
  const { calls, handler } = recorder();
  const endpoint = `http://${await startGrpcServer(t, handler)}`;
  const headers = { 'X-Scope-OrgID': 'net', TE: 'ours wins' };
  const before = Date.now();
  assert.equal((await transportTo(t, endpoint, { headers }).send(ANSWER, TIMEOUT)).status, 'success');
  assert.equal((await transportTo(t, endpoint, {}, 'metrics').send(ANSWER, TIMEOUT)).status, 'success');
  assert.deepEqual(
    calls.map(({ path }) => path),
    [TRACES, METRICS],
  );
  const [{ metadata, deadline }] = calls;
  assert.deepEqual(metadata.get('x-scope-orgid'), ['net']);
  assert.match(String(metadata.get('user-agent')), /^netflow2traces\/\d/);
  assert.ok(deadline >= before + TIMEOUT && deadline <= Date.now() + TIMEOUT);
});

test('every status code comes through with its message', async (t) => {
  let code = 0;
  const endpoint = await startGrpcServer(t, (_, callback) => callback({ code, details: 'ünavailable %' }));
  const transport = transportTo(t, endpoint, { insecure: true });
  for (const [name, value] of Object.entries(GRPC).filter(([, value]) => value !== GRPC.OK)) {
    code = value;
    const response = await transport.send(ANSWER, TIMEOUT);
    assert.ok(response.status !== 'success');
    assert.equal(response.error?.message, `gRPC status ${name}: ünavailable %`);
  }
});

test('RetryInfo tells when to come back', async (t) => {
  // google.rpc.Status { details: [Any { RetryInfo { retry_delay: 7 s } }] }
  const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
  const any = Buffer.concat([Buffer.from([0x0a, type.length]), type, Buffer.from([0x12, 4, 0x0a, 2, 0x08, 7])]);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.concat([Buffer.from([0x1a, any.length]), any]));
  const code = GRPC.RESOURCE_EXHAUSTED;
  const endpoint = await startGrpcServer(t, (_, callback) => callback({ code, details: 'slow down', metadata }));
  const response = await transportTo(t, `http://${endpoint}`).send(ANSWER, TIMEOUT);
  assert.equal(response.status, 'retryable');
  assert.equal(response.retryInMillis, 7_000);
});

test('TLS', async (t) => {
  const identity = createIdentity(t);
  const { caFile } = identity;
  const { calls, handler } = recorder();
  const endpoint = await startGrpcServer(t, handler, { identity });
  const port = endpoint.split(':')[1];
  const send = async (url: string, tls: { caFile?: string; serverName?: string; insecureSkipVerify?: boolean }) => {
    const response = await transportTo(t, url, { tls: { insecureSkipVerify: false, ...tls } }).send(ANSWER, TIMEOUT);
    return response.status === 'success' ? 'success' : `${response.status} ${response.error?.message}`;
  };
  assert.equal(await send(`https://${endpoint}`, { caFile }), 'success');
  assert.equal(await send(endpoint, { caFile }), 'success', 'host:port is TLS unless insecure');
  assert.equal(await send(`https://localhost:${port}`, { caFile }), 'success');
  assert.equal(await send(`https://${endpoint}`, { caFile, serverName: 'backend.test' }), 'success');
  assert.equal(await send(`https://${endpoint}`, { insecureSkipVerify: true }), 'success');
  assert.equal(calls.length, 5);
  assert.match(await send(`https://${endpoint}`, {}), /^retryable .*UNAVAILABLE.*(unable|self-signed)/);
  assert.match(await send(`https://${endpoint}`, { caFile, serverName: 'other.test' }), /^retryable .*other\.test/);
  assert.match(
    await send(`https://${endpoint}`, { caFile: '/nowhere.pem' }),
    /^retryable .*otlp\.tls\.caFile.*nowhere/,
  );
  assert.match(await send(`http://${endpoint}`, {}), /^retryable .*UNAVAILABLE/);
  assert.equal(calls.length, 5);
});

test('64 large messages at once', async (t) => {
  const { calls, handler } = recorder();
  const transport = transportTo(t, `http://${await startGrpcServer(t, handler)}`);
  const body = randomBytes(3 * 2 ** 20);
  const responses = await Promise.all(Array.from({ length: 64 }, () => transport.send(body, 30_000)));
  assert.ok(responses.every(({ status }) => status === 'success'));
  assert.equal(calls.length, 64);
});
