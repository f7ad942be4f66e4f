/** What Jaeger tells of the traces it has, by the interface of its own page. */
import { join } from 'node:path';

type Tag = { key: string; value: string | number | boolean };
type Reference = { refType: 'CHILD_OF' | 'FOLLOWS_FROM'; traceID: string; spanID: string };

/** Times are Unix microseconds. */
type JaegerSpan = {
  traceID: string;
  spanID: string;
  operationName: string;
  references: Reference[];
  startTime: number;
  duration: number;
  tags: Tag[];
  processID: string;
  warnings: string[] | null;
};
type JaegerTrace = { traceID: string; spans: JaegerSpan[]; processes: Record<string, { serviceName: string }> };

/** A span as Jaeger shows it. Times are Unix microseconds. */
export type ShownSpan = {
  traceId: string;
  spanId: string;
  name: string;
  service: string;
  /** Lower case, such as `client`. */
  kind: string;
  start: number;
  duration: number;
  /** Its parent's id, which is in the same trace. */
  parent: string | undefined;
  /** `trace id/span id` of what it is linked to. */
  links: string[];
  attributes: Record<string, string | number | boolean>;
  warnings: string[];
};

/** Calls by edge, such as `web → db`. */
export type Edges = Record<string, number>;

export type Jaeger = {
  /** `host:port` at which it takes spans over gRPC. */
  endpoint: string;
  /** All spans of the traces in which a span of the service has all these attributes. */
  search(service: string, attributes?: Record<string, string>): Promise<ShownSpan[]>;
  /** The spans of a trace. */
  trace(id: string): Promise<ShownSpan[]>;
  services(): Promise<string[]>;
  /** The graph of services. */
  dependencies(): Promise<Edges>;
};

/** Jaeger looks for spans by when they started, which flows may have done long ago. */
const WINDOW_MS = 366 * 86_400_000;
const HOUR_MS = 3_600_000;
/** The most traces that it tells at once. */
const LIMIT = '1500';

/** The Jaeger at this address. */
export function jaegerAt(address: string): Jaeger {
  async function get<T>(path: string, query: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`http://${address}:16686/api/${path}?${new URLSearchParams(query)}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`Jaeger answers ${response.status} to ${path}: ${text}`);
    return (JSON.parse(text) as { data: T | null }).data ?? ([] as T);
  }

  return {
    endpoint: `${address}:4317`,
    async search(service, attributes = {}) {
      const [start, end] = [Date.now() - WINDOW_MS, Date.now() + HOUR_MS].map((ms) => String(ms * 1_000));
      const tags = JSON.stringify(attributes);
      return shown(await get<JaegerTrace[]>('traces', { service, tags, start, end, limit: LIMIT }));
    },
    trace: async (id) => shown(await get<JaegerTrace[]>(join('traces', id))),
    services: () => get<string[]>('services'),
    async dependencies() {
      const query = { endTs: String(Date.now() + HOUR_MS), lookback: String(WINDOW_MS) };
      const links = await get<{ parent: string; child: string; callCount: number }[]>('dependencies', query);
      return Object.fromEntries(links.map(({ parent, child, callCount }) => [`${parent} → ${child}`, callCount]));
    },
  };
}

function shown(traces: readonly JaegerTrace[]): ShownSpan[] {
  return traces.flatMap(({ spans, processes }) =>
    spans.map((span) => {
      const { 'span.kind': kind, ...attributes } = Object.fromEntries(span.tags.map(({ key, value }) => [key, value]));
      const ofType = (type: Reference['refType']) => span.references.filter(({ refType }) => refType === type);
      return {
        traceId: span.traceID,
        spanId: span.spanID,
        name: span.operationName,
        service: processes[span.processID].serviceName,
        kind: String(kind),
        start: span.startTime,
        duration: span.duration,
        parent: ofType('CHILD_OF')[0]?.spanID,
        links: ofType('FOLLOWS_FROM').map(({ traceID, spanID }) => `${traceID}/${spanID}`),
        attributes,
        warnings: span.warnings ?? [],
      };
    }),
  );
}
