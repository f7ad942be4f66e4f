/**
 * Where collectors report: HTTPS with JSON, for those only who prove to be one. The leader alone listens, so that
 * others refuse connections and a collector that tries again comes to it. Everything that comes in is bounded.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type * as z from 'zod';
import { boundConnections, type ConnectionLimits, timeoutsOf } from '../../crds/common/connections.ts';
import type { Log } from '../../crds/common/log.ts';
import { readUpTo } from '../../crds/common/stream.ts';
import { instrument, type MetricDefinition, type Metrics } from '../runtime/metrics.ts';
import type { Key } from '../runtime/resource.ts';
import type { KeyPair } from './certificate.ts';
import type { Identity, Reviewer } from './reviewer.ts';

export type Answer =
  | { status: 200; body: object }
  | { status: 400 | 401 | 404 | 405 | 409 | 413 | 415 | 503; error: string };

/** What may be asked under a path. The request's body is JSON of that schema, and bounded. */
export type Route<Body = unknown> = {
  maxBytes: number;
  schema: z.ZodType<Body>;
  answer(identity: Identity, body: Body): Answer;
};

export type ServerOptions = {
  host: string | undefined;
  port: number;
  certificate: KeyPair;
  routes: Readonly<Record<string, Route>>;
  /** Whether there is such a resource. */
  knows(key: Key): boolean;
  review: Reviewer;
  metrics: Metrics;
  log: Log;
};

export type ReportServer = {
  port: number;
  /** New connections get this certificate. */
  setCertificate(certificate: KeyPair): void;
  close(): Promise<void>;
};

/**
 * A collector has one connection, for less than a second of a minute. Each takes up to 75 KB: all of them a fifth of
 * the memory that the chart gives the operator.
 */
export const CONNECTION_LIMITS: ConnectionLimits = { max: 1_024, maxOfAddress: 256, arrivalMs: 5_000 };
/** Requests that are read at once of one pod, which sends one after another, and of all: each may be 1 MiB. */
const MAX_READ_OF_POD = 2;
const MAX_READ = 64;
/** Connections are kept over the longest interval between reports, in milliseconds. */
const KEEP_ALIVE_MS = 75_000;
/** But no more than this many, as each takes 75 KB: others connect anew for each report, resuming their TLS session. */
const MAX_KEPT = 64;
const MAX_HEADER_BYTES = 8_192;
/** Seconds after which a collector that could not be answered may try again. */
const RETRY_AFTER = '5';

export const REQUESTS_METRIC = {
  name: 'netflow2traces_reports_total',
  type: 'counter',
  description: 'Requests of collectors, by HTTP status.',
  labels: ['code'],
} as const satisfies MetricDefinition;

/** Serves until `close`. Rejects with Node's error when it can't listen there. */
export async function serveReports(options: ServerOptions): Promise<ReportServer> {
  const { host, port, certificate, routes, knows, review, metrics, log } = options;
  const requests = instrument(metrics.meter, REQUESTS_METRIC);
  const closing = new AbortController();
  /** Requests that are being read, by the pod that sends them. */
  const reading = new Map<string, number>();
  let readingInAll = 0;

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { method, url = '', headers } = request;
    if (!Object.hasOwn(routes, url)) return { status: 404, error: 'not found' };
    if (method !== 'POST') return { status: 405, error: 'only POST is understood' };
    const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(headers.authorization ?? '') ?? [];
    if (!token) return { status: 401, error: 'a bearer token is missing' };
    const { maxBytes, schema, answer } = routes[url];
    if (Number(headers['content-length'] ?? 0) > maxBytes) return { status: 413, error: `above ${maxBytes} bytes` };
    const reviewed = await review(token, closing.signal);
    if ('refused' in reviewed) return { status: 401, error: reviewed.refused };
    if ('unavailable' in reviewed) return { status: 503, error: reviewed.unavailable };
    const { collector } = reviewed;
    if (!knows(collector)) return { status: 404, error: `there is no NetflowCollector ${collector}` };
    const { uid } = reviewed.pod;
    const ofPod = reading.get(uid) ?? 0;
    if (ofPod >= MAX_READ_OF_POD || readingInAll >= MAX_READ)
      return { status: 503, error: 'too many requests are being read' };
    reading.set(uid, ofPod + 1);
    readingInAll++;
    // What is too long is left unread, so that the answer gets through.
    const bytes = await readUpTo(request.iterator({ destroyOnReturn: false }), maxBytes).finally(() => {
      readingInAll--;
      const left = reading.get(uid)! - 1;
      if (left > 0) reading.set(uid, left);
      else reading.delete(uid);
    });
    if (bytes === undefined) return { status: 413, error: `above ${maxBytes} bytes` };
    let body: unknown;
    try {
      body = JSON.parse(bytes.toString());
    } catch {
      return { status: 400, error: 'not JSON' };
    }
    const parsed = schema.safeParse(body);
    if (parsed.success) return answer(reviewed, parsed.data);
    const [{ path, message }] = parsed.error.issues;
    return { status: 400, error: `${path.join('.')}: ${message}` };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const result = await answer(request);
    requests.add(1, { code: String(result.status) });
    const { status } = result;
    if (status !== 200)
      log.warn('a report is refused', { status, error: result.error, from: request.socket.remoteAddress });
    const text = JSON.stringify(status === 200 ? result.body : { error: result.error });
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(status === 503 && { 'retry-after': RETRY_AFTER }),
      // What is left of the body is not read.
      ...((!request.complete || connections() > MAX_KEPT) && { connection: 'close' }),
    });
    response.end(text);
  }

  const server = createServer(
    {
      cert: certificate.certificate,
      key: certificate.key,
      minVersion: 'TLSv1.3',
      ...timeoutsOf(CONNECTION_LIMITS),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => {
      handle(request, response).catch((error) => {
        // The connection broke, or the server is closing.
        log.debug('a report could not be read', { error: String(error) });
        request.socket.destroy();
      });
    },
  );
  const connections = boundConnections(server, CONNECTION_LIMITS);
  server.on('tlsClientError', (error) => log.debug('a TLS handshake failed', { error: error.message }));
  server.listen({ host, port });
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    setCertificate: ({ certificate: cert, key }) => server.setSecureContext({ cert, key, minVersion: 'TLSv1.3' }),
    async close() {
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
