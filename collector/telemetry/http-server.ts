/**
 * The collector shows itself: health, metrics, status and the page for people, on one HTTP port. In comes
 * `CollectorState`, which the main thread keeps; nothing goes back but the request for traces to show. Health and
 * metrics are for all who reach it; what shows flows and devices is for those only who may see it, see `refusal`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { boundConnections, type ConnectionLimits, timeoutsOf } from '../../crds/common/connections.ts';
import { bearsToken, isKnownHost, isLocal, readToken } from '../../crds/common/http-access.ts';
import type { Log } from '../../crds/common/log.ts';
import { CollectorError } from '../common/errors.ts';
import { exporterDetails } from './exporter-details.ts';
import { searchFlows } from './flow-search.ts';
import { createHistory, GROUPINGS, STEP_MS } from './history.ts';
import { listenHttp } from './listen-http.ts';
import { createMetricProducer } from './metrics.ts';
import { PAGE } from './page/assets.generated.ts';
import { PROMETHEUS_TYPE, renderPrometheus } from './prometheus.ts';
import { createSampler } from './sampler.ts';
import type { CollectorState } from './state.ts';
import { statusOf } from './status.ts';
import { createTraceStore } from './traces.ts';

const TICK_MS = 1_000;
/** Monitoring and a few people; more would be somebody's mistake. */
export const CONNECTION_LIMITS: ConnectionLimits = { max: 128, maxOfAddress: 32, arrivalMs: 5_000 };
/** A connection over which nothing goes for this long is closed, in milliseconds: an answer that nobody takes. */
const IDLE_MS = 30_000;

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

type Reply = { status: number; type: string; body: string; headers?: Record<string, string> };

/** For all who reach the port, by any name: they tell of counts and states alone. */
const PUBLIC = ['/metrics', '/livez', '/readyz'];

/**
 * Serves all of this on `config.http`. Rejects with a CollectorError that says what to do when it can't listen there.
 * Between processes that may share the port (a pod and its successor) the kernel spreads connections. `local` tells
 * connections from this machine.
 */
export async function serveHttp(
  state: CollectorState,
  log: Log,
  local = isLocal,
): Promise<{ address: string; port: number; close(): Promise<void> }> {
  const { http, reports } = state.config;
  const { tokenFile } = http;
  const ofOperator = reports.dir !== undefined;
  try {
    if (tokenFile !== undefined) readToken(tokenFile);
  } catch (error) {
    throw new CollectorError('E_HTTP_TOKEN', (error as Error).message, error);
  }
  const producer = createMetricProducer(state);
  const sampler = createSampler(state);
  const history = createHistory(state);
  const traces = createTraceStore(state, (error) => log.warn('a trace for the page cannot be read', { error }));

  async function reply(path: string, query: URLSearchParams): Promise<Reply> {
    switch (path) {
      case '/livez':
        return health(causes(state).live);
      case '/readyz':
        return health([...causes(state).live, ...causes(state).ready]);
      case '/metrics':
        return { status: 200, type: PROMETHEUS_TYPE, body: await renderPrometheus(producer) };
      case '/status':
        return json(statusOf(state, sampler.recent(), sampler.lately(), Date.now()), 2);
      case '/api/history':
        return json(sampler.history());
      case '/api/traces':
        return json(traces.list());
      case '/api/flows':
        return search(query.get('filter') ?? '');
      case '/api/exporter': {
        const [listener, address] = [query.get('listener') ?? '', query.get('address') ?? ''];
        const port = Number(query.get('port'));
        return json(exporterDetails(state.announced(), { listener, address, port }, state.userElements));
      }
    }
    const grouping = GROUPINGS.find((name) => path === `/api/traffic/${name}`);
    if (grouping) return json(history.read(grouping));
    if (path.startsWith('/api/traces/')) {
      const spans = traces.get(path.slice('/api/traces/'.length), Number(query.get('from')) || 0);
      return spans ? json(spans) : notFound('this trace is not kept any more');
    }
    const asset = Object.hasOwn(PAGE, path) ? PAGE[path] : undefined;
    return asset ? { status: 200, ...asset } : notFound('not found');
  }

  function search(filter: string): Reply {
    const found = searchFlows(traces.flows(), filter, state.config.spans);
    return 'error' in found ? { status: 400, type: TEXT, body: `${found.error}\n` } : json(found);
  }

  /**
   * What keeps a request from being answered. With a token the page is for all: it asks for it, and has nothing itself.
   */
  function refusal({ socket, headers: { host, authorization } }: IncomingMessage, path: string): Reply | undefined {
    if (PUBLIC.includes(path)) return undefined;
    if (!isKnownHost(host, http.names)) return MISDIRECTED;
    if (tokenFile === undefined) return ofOperator && !local(socket) ? NOT_FROM_HERE : undefined;
    return Object.hasOwn(PAGE, path) || bearsToken(authorization, tokenFile) ? undefined : UNAUTHORIZED;
  }

  async function answer(request: IncomingMessage, path: string, query: string): Promise<Reply> {
    return refusal(request, path) ?? (await reply(path, new URLSearchParams(query)));
  }

  const server = createServer({ ...timeoutsOf(CONNECTION_LIMITS) }, (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      send(response, { status: 405, type: TEXT, body: 'only GET and HEAD\n' });
      return;
    }
    const [path, query = ''] = (request.url ?? '/').split(/\?(.*)/s, 2);
    answer(request, path, query).then(
      (answer) => send(response, answer),
      (error: unknown) => {
        log.error('an HTTP request failed', { path, error: String(error) });
        send(response, { status: 500, type: TEXT, body: 'internal error; see the log\n' });
      },
    );
  });
  server.setTimeout(IDLE_MS);
  boundConnections(server, CONNECTION_LIMITS);
  // A pod of the operator's shares its ports with the pod that it replaces.
  await listenHttp(server, http, ofOperator);

  const tick = (): void => {
    sampler.tick(performance.now());
    traces.tick();
  };
  const step = (): void => history.tick(performance.now(), Date.now());
  const timers = [setInterval(tick, TICK_MS), setInterval(step, STEP_MS)];
  for (const timer of timers) timer.unref();
  tick();
  step();

  const { address, port } = server.address() as AddressInfo;
  return {
    address,
    port,
    async close() {
      for (const timer of timers) clearInterval(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function causes(state: CollectorState): { live: string[]; ready: string[] } {
  return {
    live: state.live() ? [] : ['a worker does not answer'],
    ready: state.ready() ? [] : ['not all sockets are open yet, or the process is stopping'],
  };
}

function health(wrong: string[]): Reply {
  if (wrong.length === 0) return { status: 200, type: TEXT, body: 'ok\n' };
  return { status: 503, type: TEXT, body: `${wrong.join('\n')}\n` };
}

function json(value: unknown, indent?: number): Reply {
  return { status: 200, type: JSON_TYPE, body: JSON.stringify(value, null, indent) };
}

/** RFC 9110 §15.5.20. */
const MISDIRECTED: Reply = {
  status: 421,
  type: TEXT,
  body: 'not by this name: ask for localhost or an address, or add the name to http.names (spec.http.names)\n',
};

const NOT_FROM_HERE: Reply = {
  status: 403,
  type: TEXT,
  body: 'for this machine alone: kubectl port-forward pod/NAME 9464, or set spec.http.token; /metrics is for all\n',
};

const UNAUTHORIZED: Reply = {
  status: 401,
  type: TEXT,
  body: 'Authorization: Bearer TOKEN is missing or wrong\n',
  headers: { 'www-authenticate': 'Bearer realm="netflow2traces"' },
};

function notFound(what: string): Reply {
  return { status: 404, type: TEXT, body: `${what}\n` };
}

function send(response: ServerResponse, { status, type, body, headers }: Reply): void {
  response.writeHead(status, {
    ...HEADERS,
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
