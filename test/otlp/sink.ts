/**
 * An OTLP receiver for tests: a real gRPC or HTTP server on a loopback port that keeps the spans it was sent and
 * answers as it is told to.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { decodeRequest, type Span } from './decode.ts';
import { encodeMessage } from './schema.ts';

/** How a request is answered. `code` is a gRPC status for gRPC and an HTTP status for HTTP. */
export type Answer =
  /** `afterMs`: it takes so long; what the client does meanwhile is its own affair. */
  | { kind: 'accept'; afterMs?: number }
  | { kind: 'partial'; rejectedSpans: number; message: string }
  | { kind: 'refuse'; code: number; message?: string; retryAfterSeconds?: number }
  /** Never answered; the client has to give up by its own timeout. */
  | { kind: 'hang' };

/** A request as it arrived, whatever it was answered. Header names are lower case. */
export type SinkRequest = {
  headers: Record<string, string>;
  spans: Span[];
  /** Size of the uncompressed message in bytes. */
  size: number;
};

export type SinkOptions = {
  protocol: 'grpc' | 'http/protobuf';
  /** PEM texts; with `ca`, clients must show a certificate signed by it. */
  tls?: { cert: string; key: string; ca?: string };
  /** Address to listen on; 127.0.0.1 by default. */
  host?: string;
  /** 0, the default, lets the kernel choose. */
  port?: number;
};

export type Sink = {
  /** Base URL, such as `http://127.0.0.1:4317`; for HTTP, clients append `/v1/traces`. */
  endpoint: string;
  port: number;
  /** Spans of all accepted requests, in order of arrival. Those of a partial success are all kept. */
  spans(): Span[];
  requests(): SinkRequest[];
  /** Resolves when `ready` holds, looked at every few milliseconds; rejects after `timeoutMs`. */
  until(ready: (sink: Sink) => boolean, timeoutMs?: number): Promise<void>;
  /** How requests are answered from now on. */
  answer(answer: Answer | ((request: SinkRequest) => Answer)): void;
  /** Closes connections at once, pending requests included. */
  close(): Promise<void>;
};

/** Starts a sink. Its `endpoint` is for this machine. */
export async function startSink({ protocol, tls, host = '127.0.0.1', port = 0 }: SinkOptions): Promise<Sink> {
  const requests: SinkRequest[] = [];
  const accepted: Span[] = [];
  let decide: (request: SinkRequest) => Answer = () => ({ kind: 'accept' });

  function receive(body: Uint8Array, headers: Record<string, string>): Answer {
    const request = { headers, spans: decodeRequest(body), size: body.length };
    requests.push(request);
    const answer = decide(request);
    if (answer.kind === 'accept' || answer.kind === 'partial') accepted.push(...request.spans);
    return answer;
  }

  const server = await listenOtlp({ protocol, ...(tls && { tls }), host, port }, receive);
  const sink: Sink = {
    endpoint: `${tls ? 'https' : 'http'}://127.0.0.1:${server.port}`,
    port: server.port,
    spans: () => [...accepted],
    requests: () => [...requests],
    answer: (answer) => {
      decide = typeof answer === 'function' ? answer : () => answer;
    },
    async until(ready, timeoutMs = 10_000) {
      const deadline = Date.now() + timeoutMs;
      while (!ready(sink)) {
        if (Date.now() > deadline) {
          throw new Error(`not ready in ${timeoutMs} ms: ${requests.length} requests, ${accepted.length} spans`);
        }
        await sleep(5);
      }
    },
    close: server.close,
  };
  return sink;
}

/** What a request with this body, not compressed, is answered. */
export type Receive = (body: Buffer, headers: Record<string, string>) => Answer;
type Address = { host: string; port: number };
/** `close` breaks all connections. */
export type Listening = { port: number; close(): Promise<void> };

/** Listens for requests, and keeps nothing of them. */
export function listenOtlp(
  { protocol, tls, host = '127.0.0.1', port = 0 }: SinkOptions,
  receive: Receive,
): Promise<Listening> {
  return (protocol === 'grpc' ? listenGrpc : listenHttp)(receive, tls, { host, port });
}

const EXPORT: grpc.MethodDefinition<Buffer, Buffer> = {
  path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  requestStream: false,
  responseStream: false,
  requestSerialize: (bytes) => bytes,
  requestDeserialize: (bytes) => bytes,
  responseSerialize: (bytes) => bytes,
  responseDeserialize: (bytes) => bytes,
};

async function listenGrpc(receive: Receive, tls: SinkOptions['tls'], address: Address): Promise<Listening> {
  const server = new grpc.Server();
  const handle: grpc.handleUnaryCall<Buffer, Buffer> = ({ request, metadata }, callback) => {
    const headers = Object.fromEntries(Object.entries(metadata.getMap()).map(([key, value]) => [key, String(value)]));
    let answer: Answer;
    try {
      answer = receive(request, headers);
    } catch (error) {
      answer = { kind: 'refuse', code: grpc.status.INVALID_ARGUMENT, message: String(error) };
    }
    if (answer.kind === 'hang') return;
    if (answer.kind === 'refuse') callback(refusal(answer));
    else void delayed(answer).then(() => callback(null, Buffer.from(response(answer))));
  };
  server.addService({ Export: EXPORT }, { Export: handle });
  const credentials = tls
    ? grpc.ServerCredentials.createSsl(
        tls.ca ? Buffer.from(tls.ca) : null,
        [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }],
        tls.ca !== undefined,
      )
    : grpc.ServerCredentials.createInsecure();
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${address.host}:${address.port}`, credentials, (error, actual) =>
      error ? reject(error) : resolve(actual),
    );
  });
  return { port: bound, close: async () => server.forceShutdown() };
}

function refusal(answer: Answer & { kind: 'refuse' }): Partial<grpc.StatusObject> {
  const { code, message = 'refused by the test', retryAfterSeconds } = answer;
  const metadata = new grpc.Metadata();
  if (retryAfterSeconds !== undefined) {
    const seconds = Math.floor(retryAfterSeconds);
    const retryDelay = { seconds, nanos: Math.round((retryAfterSeconds - seconds) * 1e9) };
    const details = [
      { typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value: encodeMessage('RetryInfo', { retryDelay }) },
    ];
    metadata.set('grpc-status-details-bin', Buffer.from(encodeMessage('RpcStatus', { code, message, details })));
  }
  return { code, details: message, metadata };
}

async function listenHttp(receive: Receive, tls: SinkOptions['tls'], address: Address): Promise<Listening> {
  const handle = (request: IncomingMessage, reply: ServerResponse) => {
    void answerHttp(receive, request, reply).catch((error) => reply.writeHead(400).end(String(error)));
  };
  const server = tls
    ? createTlsServer({ ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined }, handle)
    : createServer(handle);
  server.listen(address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerHttp(receive: Receive, request: IncomingMessage, reply: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const type = request.headers['content-type'];
  if (request.method !== 'POST' || request.url !== '/v1/traces' || type !== 'application/x-protobuf') {
    reply.writeHead(404).end(`${request.method} ${request.url} ${type}`);
    return;
  }
  const raw = Buffer.concat(chunks);
  const answer = receive(
    request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw,
    plain(request.headers),
  );
  if (answer.kind === 'hang') return;
  if (answer.kind === 'refuse') {
    const retry = answer.retryAfterSeconds === undefined ? {} : { 'retry-after': String(answer.retryAfterSeconds) };
    reply.writeHead(answer.code, retry).end(answer.message);
    return;
  }
  await delayed(answer);
  reply.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(response(answer));
}

async function delayed(answer: Answer): Promise<void> {
  if (answer.kind === 'accept' && answer.afterMs !== undefined) await sleep(answer.afterMs);
}

function response(answer: Answer): Uint8Array {
  const partialSuccess =
    answer.kind === 'partial' ? { rejectedSpans: answer.rejectedSpans, errorMessage: answer.message } : undefined;
  return encodeMessage('ExportTraceServiceResponse', { partialSuccess });
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, String(value)]));
}
