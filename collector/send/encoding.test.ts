import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { startGrpcServer, startHttp2Server, startHttpServer, transportTo } from './servers.fixture.ts';

const TIMEOUT = 5_000;
const BODY = Buffer.concat([randomBytes(1_000), Buffer.alloc(2 ** 20, 'span')]);
const http = { protocol: 'http/protobuf' } as const;
const DECODERS: Record<string, (bytes: Buffer) => Buffer> = {
  none: (bytes) => bytes,
  gzip: (bytes) => gunzipSync(bytes),
  zstd: (bytes) => zstdDecompressSync(bytes),
};
const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;

for (const compression of COMPRESSIONS) {
  const named = compression === 'none' ? undefined : compression;

  test(`over HTTP, compression ${compression}`, async (t) => {
    const received: Buffer[] = [];
    const endpoint = await startHttpServer(t, async (request, response) => {
      assert.equal(request.headers['content-encoding'], named);
      received.push(await buffer(request));
      response.writeHead(200).end();
    });
    const transport = transportTo(t, `http://${endpoint}`, { ...http, compression });
    for (const body of [new Uint8Array(), BODY]) assert.equal((await transport.send(body, TIMEOUT)).status, 'success');
    assert.deepEqual(
      received.map((bytes) => DECODERS[compression](bytes)),
      [Buffer.alloc(0), BODY],
    );
    assert.equal(received[1].length < BODY.length / 8, compression !== 'none');
  });

  test(`over gRPC, compression ${compression}`, async (t) => {
    const received: Buffer[] = [];
    const endpoint = await startHttp2Server(t, async (stream, _, headers) => {
      assert.equal(headers['grpc-encoding'], named);
      const message = await buffer(stream);
      assert.deepEqual([message[0], message.readUInt32BE(1)], [named ? 1 : 0, message.length - 5]);
      received.push(message.subarray(5));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' }, { endStream: true });
    });
    const transport = transportTo(t, `http://${endpoint}`, { compression });
    for (const body of [new Uint8Array(), BODY]) assert.equal((await transport.send(body, TIMEOUT)).status, 'success');
    assert.deepEqual(
      received.map((bytes) => DECODERS[compression](bytes)),
      [Buffer.alloc(0), BODY],
    );
  });
}

const ADVICE = /\(it does not take compression: zstd; set otlp\.compression: gzip or none\)$/;

test('a gRPC server that does not know zstd', async (t) => {
  const endpoint = await startGrpcServer(t, (_, callback) => callback(null, Buffer.alloc(0)));
  const response = await transportTo(t, `http://${endpoint}`, { compression: 'zstd' }).send(BODY, TIMEOUT);
  assert.ok(response.status === 'failure');
  assert.match(response.error.message, /UNIMPLEMENTED/);
  assert.match(response.error.message, ADVICE);
});

// google.rpc.Status { code: 3, message: … }, as the OpenTelemetry Collector answers.
const text = 'unsupported Content-Encoding: zstd';
const STATUS = Buffer.concat([Buffer.from([8, 3, 0x12, text.length]), Buffer.from(text)]);
for (const [status, type, body] of [
  [415, 'text/plain', ''],
  [400, 'application/x-protobuf', STATUS],
] as const) {
  test(`an HTTP server that does not know zstd and answers ${status}`, async (t) => {
    const endpoint = await startHttpServer(t, async (request, response) => {
      await buffer(request);
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    const send = (compression: (typeof COMPRESSIONS)[number]) =>
      transportTo(t, `http://${endpoint}`, { ...http, compression }).send(BODY, TIMEOUT);
    const [zstd, none] = [await send('zstd'), await send('none')];
    assert.ok(zstd.status === 'failure' && none.status === 'failure');
    assert.match(zstd.error.message, ADVICE);
    assert.doesNotMatch(none.error.message, ADVICE);
  });
}

test('a refusal for another reason gets no advice on compression', async (t) => {
  const endpoint = await startHttpServer(t, async (request, response) => {
    await buffer(request);
    response.writeHead(400).end();
  });
  const response = await transportTo(t, `http://${endpoint}`, { ...http, compression: 'zstd' }).send(BODY, TIMEOUT);
  assert.ok(response.status === 'failure');
  assert.equal(response.error.message, 'HTTP status 400: Bad Request');
});
