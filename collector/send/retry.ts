/**
 * Which outcomes of a request are worth another try, and when: the rules of the OTLP specification ("Failures",
 * "OTLP/gRPC Throttling", "OTLP/HTTP Throttling").
 */
import type { ExportResponse } from '@opentelemetry/otlp-exporter-base';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { backoffDelay } from '../../crds/common/backoff.ts';
import { GRPC } from './grpc-status.ts';

const RETRYABLE_GRPC: ReadonlySet<number> = new Set([
  GRPC.CANCELLED,
  GRPC.DEADLINE_EXCEEDED,
  GRPC.ABORTED,
  GRPC.OUT_OF_RANGE,
  GRPC.UNAVAILABLE,
  GRPC.DATA_LOSS,
]);
const RETRYABLE_HTTP: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** The outcome of a gRPC call that failed. `retryDelay`: milliseconds from the server's RetryInfo, if it sent one. */
export function grpcFailure(code: number, message: string, retryDelay?: number): ExportResponse {
  const error = new Error(`gRPC status ${grpcName(code)}${message === '' ? '' : `: ${message}`}`);
  const retryable = RETRYABLE_GRPC.has(code) || (code === GRPC.RESOURCE_EXHAUSTED && retryDelay !== undefined);
  return retryable ? { status: 'retryable', error, retryInMillis: retryDelay } : { status: 'failure', error };
}

/** The outcome of an HTTP request with a status other than 2xx. `retryAfter`: milliseconds from Retry-After. */
export function httpFailure(status: number, message: string, retryAfter?: number): ExportResponse {
  const error = new Error(`HTTP status ${status}${message === '' ? '' : `: ${message}`}`);
  return RETRYABLE_HTTP.has(status)
    ? { status: 'retryable', error, retryInMillis: retryAfter }
    : { status: 'failure', error };
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
