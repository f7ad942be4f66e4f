/**
 * Which outcomes of a request are worth another try, and when: the rules of the OTLP specification ("Failures",
 * "OTLP/gRPC Throttling", "OTLP/HTTP Throttling"), and two of our own, so that no flow is lost for what somebody can
 * put right. Refused credentials are tried again, as tokens and certificates are replaced while we run; and what is too
 * large may be sent in parts.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { backoffDelay } from '../../crds/common/backoff.ts';
import { GRPC } from './grpc-status.ts';
import type { Outcome } from './outcome.ts';

const RETRYABLE_GRPC: ReadonlySet<number> = new Set([
  GRPC.CANCELLED,
  GRPC.DEADLINE_EXCEEDED,
  GRPC.ABORTED,
  GRPC.OUT_OF_RANGE,
  GRPC.UNAVAILABLE,
  GRPC.DATA_LOSS,
  // Beyond the specification: credentials.
  GRPC.UNAUTHENTICATED,
  GRPC.PERMISSION_DENIED,
]);
/** 401 and 403, credentials, are beyond the specification. */
const RETRYABLE_HTTP: ReadonlySet<number> = new Set([401, 403, 429, 502, 503, 504]);
const TOO_LARGE_HTTP = 413;
/** The codes of a message that is too large; both mean something else too. */
const TOO_LARGE_GRPC: ReadonlySet<number> = new Set([GRPC.RESOURCE_EXHAUSTED, GRPC.OUT_OF_RANGE]);
/**
 * What gRPC servers say then: "received message larger than max" in Go, C++, Python and JavaScript, "message exceeds
 * maximum size" in Java, "message exceeds the maximum configured message size" in .NET, "message length too large" in
 * Rust. An exhausted quota has the same code and none of these words.
 */
const TOO_LARGE_MESSAGE = /\bmessage\b.*\b(larger than max|exceeds (the )?max|length too large)/is;

/** What is known of a gRPC call that failed. */
export type GrpcFailure = {
  code: number;
  message: string;
  /** Milliseconds, from the server's RetryInfo. */
  retryDelay?: number;
  /** Of an answer without a gRPC status, as from a proxy. */
  httpStatus?: number;
};

/** The outcome of a gRPC call that failed. */
export function grpcFailure({ code, message, retryDelay, httpStatus }: GrpcFailure): Outcome {
  const error = new Error(`gRPC status ${grpcName(code)}${message === '' ? '' : `: ${message}`}`);
  const tooLarge = TOO_LARGE_GRPC.has(code) && retryDelay === undefined && TOO_LARGE_MESSAGE.test(message);
  if (tooLarge || httpStatus === TOO_LARGE_HTTP) return { status: 'failure', error, tooLarge: true };
  const retryable = RETRYABLE_GRPC.has(code) || (code === GRPC.RESOURCE_EXHAUSTED && retryDelay !== undefined);
  return retryable ? { status: 'retryable', error, retryInMillis: retryDelay } : { status: 'failure', error };
}

/** The outcome of an HTTP request with a status other than 2xx. `retryAfter`: milliseconds from Retry-After. */
export function httpFailure(status: number, message: string, retryAfter?: number): Outcome {
  const error = new Error(`HTTP status ${status}${message === '' ? '' : `: ${message}`}`);
  if (RETRYABLE_HTTP.has(status)) return { status: 'retryable', error, retryInMillis: retryAfter };
  return { status: 'failure', error, tooLarge: status === TOO_LARGE_HTTP };
}

/** Reads a Retry-After header, seconds or a date (RFC 9110 §10.2.3), as milliseconds from `now` (Unix ms). */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * Milliseconds to wait after the `failures`-th failure in a row (1, 2, …): doubled each time up to `maxInterval`,
 * half of it random so that collectors do not come back all at once; never less than `wish`, what the server asked
 * for, but a wish beyond `maxElapsed` counts as that. `random` gives numbers in [0, 1).
 */
export function retryDelay(
  failures: number,
  retry: CollectorConfig['otlp']['retry'],
  random: () => number,
  wish = 0,
): number {
  const options = { initial: retry.initialInterval, max: retry.maxInterval };
  return Math.max(backoffDelay(failures, options, random), Math.min(wish, retry.maxElapsed));
}

function grpcName(code: number): string {
  return Object.entries(GRPC).find(([, value]) => value === code)?.[0] ?? String(code);
}
