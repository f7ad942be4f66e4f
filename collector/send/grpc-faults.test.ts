import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { startGrpcServer, startHttp2Server, transportTo } from './servers.fixture.ts';

const TIMEOUT = 5_000;
const BODY = Buffer.alloc(2 ** 20, 'x');
const HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
const EMPTY_MESSAGE = Buffer.alloc(5);

/** Answers as a gRPC server does when all is well. */
function answer(stream: ServerHttp2Stream, message: Buffer = EMPTY_MESSAGE): void {
  stream.resume();
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(message);
}

type Fault = {
  name: string;
  onStream: (stream: ServerHttp2Stream, connection: Socket) => void;
  timeout?: number;
  outcome: RegExp;
};

/** One answer without a body, its status among the headers or not. */
function only(headers: Record<string, string | number>): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.resume();
    stream.respond({ ...HEADERS, ...headers }, { endStream: true });
  };
}

const faults: Fault[] = [
  {
    name: 'trailers-only, percent-encoded message',
    onStream: only({ 'grpc-status': '14', 'grpc-message': 'go%20away' }),
    outcome: /^retryable gRPC status UNAVAILABLE: go away$/,
  },
  {
    name: 'a status before the message was read',
    onStream: (stream) => stream.respond({ ...HEADERS, 'grpc-status': '16' }, { endStream: true }),
    outcome: /^retryable gRPC status UNAUTHENTICATED$/,
  },
  { name: 'a status that is not a number', onStream: only({ 'grpc-status': 'x' }), outcome: /^failure .*UNKNOWN/ },
  { name: 'a proxy’s 503', onStream: only({ ':status': 503 }), outcome: /^retryable .*UNAVAILABLE: HTTP status 503/ },
  { name: 'a proxy’s 413', onStream: only({ ':status': 413 }), outcome: /^failure too large .*HTTP status 413/ },
  { name: 'a proxy’s 404', onStream: only({ ':status': 404 }), outcome: /^failure .*UNIMPLEMENTED: HTTP status 404/ },
  {
    name: 'a web page',
    onStream: (stream) => {
      stream.resume();
      stream.respond({ ':status': 200, 'content-type': 'text/html' });
      stream.end('<html></html>');
    },
    outcome: /^failure .*UNKNOWN: HTTP status 200, text\/html: not an answer of a gRPC server$/,
  },
  {
    name: 'no answer at all',
    onStream: (stream) => stream.resume(),
    timeout: 200,
    outcome: /^retryable .*DEADLINE_EXCEEDED: no answer in 200 ms$/,
  },
  {
    name: 'a message never read',
    onStream: () => {},
    timeout: 200,
    outcome: /^retryable .*DEADLINE_EXCEEDED/,
  },
  {
    name: 'an answer that never ends',
    onStream: (stream) => stream.resume().respond(HEADERS),
    timeout: 200,
    outcome: /^retryable .*DEADLINE_EXCEEDED/,
  },
  {
    name: 'an answer that is too large',
    onStream: (stream) => answer(stream, Buffer.alloc(5 * 2 ** 20)),
    outcome: /^failure .*UNKNOWN: the answer is larger/,
  },
  {
    name: 'a broken message with status OK',
    onStream: (stream) => answer(stream, Buffer.from([0, 0, 0, 0, 9, 1])),
    outcome: /^success undefined$/,
  },
  {
    name: 'a reset',
    onStream: (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    outcome: /^failure .*INTERNAL/,
  },
  {
    name: 'a reset as cancelled',
    onStream: (stream) => stream.close(constants.NGHTTP2_CANCEL),
    outcome: /^retryable .*CANCELLED/,
  },
  {
    name: 'refused twice',
    onStream: (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
    outcome: /^retryable .*UNAVAILABLE/,
  },
  {
    name: 'a reset after the headers',
    onStream: (stream) => {
      stream.respond(HEADERS);
      setImmediate(() => stream.close(constants.NGHTTP2_CANCEL));
    },
    outcome: /^retryable .*CANCELLED/,
  },
  {
    name: 'a connection that breaks',
    onStream: (_, connection) => connection.destroy(),
    outcome: /^retryable .*UNAVAILABLE/,
  },
  {
    name: 'a connection reset',
    onStream: (_, connection) => connection.resetAndDestroy(),
    outcome: /^retryable .*UNAVAILABLE/,
  },
  {
    name: 'GOAWAY with an error',
    onStream: (stream) => stream.session?.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM),
    outcome: /^retryable/,
  },
];

for (const { name, onStream, timeout = TIMEOUT, outcome } of faults) {
  test(`${name}; the next call works`, async (t) => {
    let faulty = true;
    const endpoint = await startHttp2Server(t, (stream, connection) =>
      faulty ? onStream(stream, connection) : answer(stream),
    );
    const transport = transportTo(t, `http://${endpoint}`);
    const response = await transport.send(BODY, timeout);
    const text = response.status === 'success' ? response.data : response.error?.message;
    const tooLarge = response.status === 'failure' && response.tooLarge ? ' too large' : '';
    assert.match(`${response.status}${tooLarge} ${text}`, outcome);
    faulty = false;
    assert.deepEqual(await transport.send(BODY, TIMEOUT), { status: 'success', data: Buffer.alloc(0) });
  });
}

test('after GOAWAY calls under way finish, new ones take a new session', async (t) => {
  const streams: ServerHttp2Stream[] = [];
  const endpoint = await startHttp2Server(t, (stream) => {
    streams.push(stream);
    if (streams.length === 1) stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
    else answer(stream);
  });
  const transport = transportTo(t, `http://${endpoint}`);
  const first = transport.send(BODY, TIMEOUT);
  while (streams.length === 0) await new Promise(setImmediate);
  assert.equal((await transport.send(BODY, TIMEOUT)).status, 'success');
  answer(streams[0]);
  assert.equal((await first).status, 'success');
  assert.notEqual(streams[0].session, streams.at(-1)?.session);
});

test('a stream that the server refused is sent again at once', async (t) => {
  let calls = 0;
  const endpoint = await startHttp2Server(t, (stream) => {
    calls++;
    if (calls === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM);
    else answer(stream);
  });
  assert.equal((await transportTo(t, `http://${endpoint}`).send(BODY, TIMEOUT)).status, 'success');
  assert.equal(calls, 2);
});

test('a stalled call does not hold up the ones after it', async (t) => {
  const sessions = new Set<unknown>();
  const endpoint = await startHttp2Server(t, (stream) => {
    sessions.add(stream.session);
    if (sessions.size > 1) answer(stream);
  });
  const transport = transportTo(t, `http://${endpoint}`);
  assert.equal((await transport.send(BODY, 100)).status, 'retryable');
  assert.equal((await transport.send(BODY, TIMEOUT)).status, 'success');
  assert.equal(sessions.size, 2);
});

test('a peer that accepts and never speaks', async (t) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server, 'listening');
  const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const scheme of ['http', 'https']) {
    assert.match(JSON.stringify(await transportTo(t, `${scheme}://${endpoint}`).send(BODY, 100)), /retryable/);
  }
});

test('nobody listens, then somebody does', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const transport = transportTo(t, `http://127.0.0.1:${port}`);
  const response = await transport.send(BODY, TIMEOUT);
  assert.equal(response.status, 'retryable');
  assert.match(response.error!.message, /UNAVAILABLE.*ECONNREFUSED/);
  await startGrpcServer(t, (_, callback) => callback(null, Buffer.alloc(0)), { port });
  assert.equal((await transport.send(BODY, TIMEOUT)).status, 'success');
});

test('shutdown ends calls under way', async (t) => {
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  const endpoint = await startHttp2Server(t, () => resolve());
  const transport = transportTo(t, `http://${endpoint}`);
  const response = transport.send(BODY, 60_000);
  await arrived;
  transport.shutdown();
  assert.equal((await response).status, 'retryable');
  assert.equal((await transport.send(BODY, 60_000)).status, 'retryable');
});
