/**
 * An OTLP receiver that costs little, for load: its own process, gRPC straight over node:http2 and HTTP over node:http.
 * It answers every request with success and counts; it decodes only with --verify.
 *
 *     node test/bench/sink.ts [--grpc PORT] [--http PORT] [--delay MS] [--verify]
 *
 * Ports default to ones the kernel chooses. The first line printed is JSON: the port of each transport, and the file of
 * the CA of those over TLS. On the HTTP port, GET /count tells what it counted and PUT /delay/MS sets how long each
 * answer takes from now on.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  createSecureServer as createHttp2SecureServer,
  createServer as createHttp2Server,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { writeIdentity } from '../../collector/send/identity.fixture.ts';
import { decodeRequest } from '../otlp/decode.ts';
import { countSpans } from './count-spans.ts';

/** What the first line says. */
export type SinkStart = { ports: Record<'grpc' | 'http' | 'grpc+tls' | 'http+tls', number>; caFile: string };

/** What GET /count answers. `bytes` are those of the uncompressed requests. */
export type SinkCount = {
  requests: number;
  bytes: number;
  spans: number;
  flows: number;
  /** Requests that are not what OTLP says. */
  invalid: number;
  /** The last reason for that. */
  error?: string;
  cpuSeconds: number;
};

/** Flow-control windows as wide as those that gRPC servers grow to, so that the sink does not hold back its clients. */
const STREAM_WINDOW = 4 * 2 ** 20;
const SESSION_WINDOW = 16 * 2 ** 20;
const EMPTY_GRPC_MESSAGE = Buffer.alloc(5);
/** A flag, 1 for compressed, and the length. */
const GRPC_PREFIX = 5;
/** What gRPC servers refuse by default; a longer request is cut, and so counted as invalid. */
const MAX_REQUEST = 4 * 2 ** 20 + GRPC_PREFIX;
/** Buffers of requests past, so that the memory of bodies is not collected at full rate. */
const spare: Buffer[] = [];

const { values: options } = parseArgs({
  options: {
    grpc: { type: 'string', default: '0' },
    http: { type: 'string', default: '0' },
    delay: { type: 'string', default: '0' },
    verify: { type: 'boolean', default: false },
  },
});
let delayMs = Number(options.delay);
const count = { requests: 0, bytes: 0, spans: 0, flows: 0, invalid: 0, error: undefined as string | undefined };

const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-sink-'));
process.once('SIGTERM', () => {
  rmSync(folder, { recursive: true });
  process.exit();
});
const { caFile, key, cert } = writeIdentity(folder);
const settings = { initialWindowSize: STREAM_WINDOW };
const grpc = createHttp2Server({ settings });
const grpcTls = createHttp2SecureServer({ settings, key, cert });
for (const server of [grpc, grpcTls]) {
  server.on('session', (session) => session.setLocalWindowSize(SESSION_WINDOW));
  server.on('stream', async (stream: ServerHttp2Stream, headers) => {
    // A client that goes away in the middle of a request is its own affair.
    stream.on('error', () => {});
    accept(await read(stream), GRPC_PREFIX, headers['grpc-encoding']);
    await sleep(delayMs);
    if (!stream.closed) answerGrpc(stream, headers[':path'] ?? '');
  });
}
const ports = {
  grpc: await listen(grpc, options.grpc),
  http: await listen(createServer(answerHttp), options.http),
  'grpc+tls': await listen(grpcTls, '0'),
  'http+tls': await listen(createSecureServer({ key, cert }, answerHttp), '0'),
};
console.log(JSON.stringify({ ports, caFile } satisfies SinkStart));

async function answerHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/count') {
    const { user, system } = process.cpuUsage();
    response.end(JSON.stringify({ ...count, cpuSeconds: (user + system) / 1e6 } satisfies SinkCount));
    return;
  }
  if (request.url?.startsWith('/delay/')) {
    delayMs = Number(request.url.slice('/delay/'.length));
    response.end();
    return;
  }
  accept(await read(request), 0, request.headers['content-encoding']);
  await sleep(delayMs);
  response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
}

/** Reads a request to its end, into a buffer that is to be given back to `spare`. */
async function read(stream: Readable): Promise<{ buffer: Buffer; length: number }> {
  const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(MAX_REQUEST);
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.copy(buffer, length);
  });
  await once(stream, 'end').catch(() => {});
  return { buffer, length };
}

function accept({ buffer, length }: { buffer: Buffer; length: number }, prefix: number, encoding: unknown): void {
  count.requests++;
  try {
    const message = buffer.subarray(prefix, length);
    const body = decode(message, encoding);
    if (options.verify) decodeRequest(body);
    const { spans, flows } = countSpans(body);
    count.bytes += body.length;
    count.spans += spans;
    count.flows += flows;
  } catch (error) {
    count.invalid++;
    count.error = String(error);
  } finally {
    spare.push(buffer);
  }
}

function decode(message: Buffer, encoding: unknown): Buffer {
  if (encoding === 'gzip') return gunzipSync(message);
  return encoding === 'zstd' ? zstdDecompressSync(message) : message;
}

function answerGrpc(stream: ServerHttp2Stream, path: string): void {
  const known = path === '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  const unimplemented = 12;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': known ? 0 : unimplemented }));
  stream.end(EMPTY_GRPC_MESSAGE);
}

async function listen(server: Server | Http2Server | Http2SecureServer, port: string): Promise<number> {
  server.listen(Number(port), '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
