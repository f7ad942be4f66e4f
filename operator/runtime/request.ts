/** One call to the API server: a span, a metric, a bound in time, and errors of the closed set. */
import {
  context,
  ProxyTracerProvider,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { type Clock, type Deadline, startDeadline } from './clock.ts';
import { ApiError, type Status, toApiError } from './errors.ts';
import { readText } from './lines.ts';
import type { Metrics } from './metrics.ts';
import type { Transport, TransportResponse } from './transport.ts';

export type Call = {
  method: string;
  path: string;
  /** The path with placeholders for names: the same for all objects. */
  route: string;
  query?: Record<string, string | undefined>;
  /** Sent as JSON. */
  body?: unknown;
  /** Default: `application/json`. */
  contentType?: string;
  signal: AbortSignal;
  /** Milliseconds in which the answer must be complete. The reader of a stream restarts them with each piece. */
  timeout: number;
};

export type Requester = {
  /**
   * Sends the call and hands the answer to `read`, all within one span. `read` cancels the deadline when it is done
   * with the body; when it throws, that is done for it.
   */
  send<R>(call: Call, read: (response: TransportResponse, deadline: Deadline) => Promise<R>): Promise<R>;
};

/** Longest body of an error that is read, in bytes. */
const MAX_ERROR_BYTES = 1 << 20;

export type RequesterOptions = {
  transport: Transport;
  metrics: Metrics;
  clock: Clock;
  userAgent: string;
  traced: boolean;
};

/** Makes what sends single requests, each with a deadline, a span and its metrics. */
export function createRequester({ transport, metrics, clock, userAgent, traced }: RequesterOptions): Requester {
  // Without a provider behind it, a tracer does nothing.
  const tracer = (traced ? trace : new ProxyTracerProvider()).getTracer('kubernetes-client');

  async function exchange(call: Call, deadline: Deadline, span: Span): Promise<TransportResponse> {
    const { method } = call;
    const headers: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent };
    if (call.body !== undefined) headers['content-type'] = call.contentType ?? 'application/json';
    propagation.inject(context.active(), headers);
    let code = '<error>';
    try {
      const body = call.body === undefined ? undefined : JSON.stringify(call.body);
      const path = call.path + queryOf(call.query);
      const response = await transport.send({ method, path, headers, body, signal: deadline.signal });
      code = String(response.status);
      span.setAttribute('http.response.status_code', response.status);
      if (response.status < 200 || response.status > 299) throw await readError(response);
      return response;
    } finally {
      metrics.clientRequests.add(1, { code, method, host: transport.host });
    }
  }

  return {
    send(call, read) {
      const attributes = {
        'http.request.method': call.method,
        'url.path': call.path,
        'url.template': call.route,
        'server.address': transport.host,
      };
      return tracer.startActiveSpan(
        `${call.method} ${call.route}`,
        { kind: SpanKind.CLIENT, attributes },
        async (span) => {
          const deadline = startDeadline(clock, call.timeout, call.signal);
          try {
            return await read(await exchange(call, deadline, span), deadline);
          } catch (error) {
            const known = classify(error, call, deadline);
            span.setStatus({ code: SpanStatusCode.ERROR, message: String(known) });
            span.setAttribute('error.type', known instanceof ApiError ? known.failure : 'aborted');
            deadline.cancel();
            throw known;
          } finally {
            span.end();
          }
        },
      );
    },
  };
}

/** What the caller gets to see: its own reason when it aborted the call, else an ApiError. */
export function classify(error: unknown, { method, path, signal }: Call, deadline: Deadline): unknown {
  if (signal.aborted) return signal.reason;
  const what = `${method} ${path}`;
  if (deadline.expired()) return new ApiError('Timeout', `${what}: no answer in time`, { cause: error });
  if (error instanceof ApiError) return error;
  if (error instanceof Error && error.name === 'AbortError') return error;
  return new ApiError('Network', `${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
}

async function readError(response: TransportResponse): Promise<ApiError> {
  let status: Status | undefined;
  try {
    status = JSON.parse(await readText(response.body, MAX_ERROR_BYTES)) as Status;
  } catch {
    // Not a Status: the code says enough.
  }
  const retryAfter = response.headers['retry-after'];
  return toApiError(response.status, status ?? undefined, typeof retryAfter === 'string' ? retryAfter : undefined);
}

function queryOf(query: Call['query'] = {}): string {
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return set.length === 0 ? '' : `?${new URLSearchParams(set)}`;
}
