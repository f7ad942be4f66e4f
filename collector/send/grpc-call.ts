import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { codeOfHttpStatus, codeOfReset, decodeMessage, GRPC } from './grpc-status.ts';
import { MAX_RESPONSE_BYTES, MAX_TIMER_MS } from './request.ts';
import { readRpcStatus } from './rpc-status.ts';

/** How a call ended. */
export type CallOutcome = {
  /** gRPC status. */
  code: number;
  message: string;
  /** Milliseconds, from RetryInfo. */
  retryDelay?: number;
  /** Of an answer without a gRPC status, as from a proxy. */
  httpStatus?: number;
  /** The response message, when `code` is OK and there was one. */
  data?: Uint8Array;
  /** No answer in the time we gave it. */
  timedOut: boolean;
};

/** Length of a message's prefix: a flag (compressed) and its length (PROTOCOL-HTTP2.md, "Length-Prefixed-Message"). */
const PREFIX_LENGTH = 5;

/** Sends one message on a fresh stream and waits for the status, until `end` by `performance.now`. Never rejects. */
export function callUnary(
  stream: ClientHttp2Stream,
  message: Uint8Array,
  compressed: boolean,
  timeoutMillis: number,
  end: number,
): Promise<CallOutcome> {
  const { promise, resolve } = Promise.withResolvers<CallOutcome>();
  const { session } = stream;
  const chunks: Buffer[] = [];
  let length = 0;
  let head: IncomingHttpHeaders | undefined;
  let trailers: IncomingHttpHeaders | undefined;
  let failure: (Error & { code?: string }) | undefined;

  const timer = setTimeout(
    () => finish({ code: GRPC.DEADLINE_EXCEEDED, message: `no answer in ${timeoutMillis} ms`, timedOut: true }),
    Math.min(end - performance.now(), MAX_TIMER_MS),
  );

  function finish(outcome: CallOutcome): void {
    clearTimeout(timer);
    if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
    resolve(outcome);
  }

  stream.on('response', (headers) => {
    head = headers;
  });
  stream.on('trailers', (headers) => {
    trailers = headers;
  });
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= PREFIX_LENGTH + MAX_RESPONSE_BYTES) chunks.push(chunk);
    else finish(outcomeOf(GRPC.UNKNOWN, `the answer is larger than ${MAX_RESPONSE_BYTES} bytes`));
  });
  stream.on('error', (error) => {
    failure = error;
  });
  stream.on('end', () => {
    const status = statusHeaders(head, trailers);
    if (status) finish(readOutcome(status, chunks));
  });
  stream.on('close', () => {
    const status = statusHeaders(head, trailers);
    if (status) finish(readOutcome(status, chunks));
    else if (failure) finish(outcomeOfFailure(failure, stream.rstCode));
    else if (session?.destroyed) finish(outcomeOf(GRPC.UNAVAILABLE, 'the connection was closed'));
    else finish(outcomeWithoutStatus(head, stream.rstCode));
  });

  const prefix = Buffer.allocUnsafe(PREFIX_LENGTH);
  prefix[0] = compressed ? 1 : 0;
  prefix.writeUInt32BE(message.length, 1);
  stream.cork();
  stream.write(prefix);
  stream.end(message);
  stream.uncork();
  return promise;
}

/** The headers that carry the status: the trailers, or the only ones when nothing was answered ("Trailers-Only"). */
function statusHeaders(head?: IncomingHttpHeaders, trailers?: IncomingHttpHeaders): IncomingHttpHeaders | undefined {
  return [trailers, head].find((headers) => headers?.['grpc-status'] !== undefined);
}

function readOutcome(status: IncomingHttpHeaders, chunks: Buffer[]): CallOutcome {
  const code = Number(status['grpc-status']);
  if (code === GRPC.OK) return { code, message: '', data: readMessage(chunks), timedOut: false };
  const details = status['grpc-status-details-bin'];
  return {
    code: Number.isInteger(code) ? code : GRPC.UNKNOWN,
    message: decodeMessage(String(status['grpc-message'] ?? '')),
    retryDelay: typeof details === 'string' ? readRpcStatus(Buffer.from(details, 'base64'))?.retryDelay : undefined,
    timedOut: false,
  };
}

/** A stream that failed: the server reset it, or the connection broke. */
function outcomeOfFailure(failure: Error & { code?: string }, resetCode: number): CallOutcome {
  const code = failure.code === 'ERR_HTTP2_STREAM_ERROR' ? codeOfReset(resetCode) : GRPC.UNAVAILABLE;
  return outcomeOf(code, failure.cause instanceof Error ? failure.cause.message : failure.message);
}

/** A stream that ended well, or was cancelled, without a gRPC status. */
function outcomeWithoutStatus(head: IncomingHttpHeaders | undefined, resetCode: number): CallOutcome {
  if (head === undefined || resetCode !== constants.NGHTTP2_NO_ERROR) {
    return outcomeOf(codeOfReset(resetCode), `the stream was reset with HTTP/2 code ${resetCode}`);
  }
  const httpStatus = Number(head[':status']);
  const type = head['content-type'] ?? 'no content type';
  const message = `HTTP status ${httpStatus}, ${type}: not an answer of a gRPC server`;
  return { ...outcomeOf(codeOfHttpStatus(httpStatus), message), httpStatus };
}

function outcomeOf(code: number, message: string): CallOutcome {
  return { code, message, timedOut: false };
}

/** The first message of the answer; undefined when there is none that we can read: the call succeeded all the same. */
function readMessage(chunks: Buffer[]): Uint8Array | undefined {
  const answer = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  if (answer.length < PREFIX_LENGTH || answer[0] !== 0) return undefined;
  const end = PREFIX_LENGTH + answer.readUInt32BE(1);
  return end > answer.length ? undefined : answer.subarray(PREFIX_LENGTH, end);
}
