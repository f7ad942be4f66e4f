/** Brings spans into a form in which two requests that mean the same are deeply equal. */
import type { Attributes, AttributeValue, Span } from './decode.ts';

/** A span with its children instead of ids. Children are in the order of the request. */
export type SpanTree = Pick<Span, 'name' | 'kind' | 'startTimeUnixNano' | 'endTimeUnixNano' | 'status'> & {
  sampled: boolean;
  traceState: string;
  attributes: Attributes;
  children: SpanTree[];
};

/**
 * The trees that the spans of one or more requests form, in the order in which their roots come. Order of attributes
 * is lost. Throws when an id is not valid, not unique, or names a parent that is not among the spans.
 */
export function normalize(spans: readonly Span[]): SpanTree[] {
  const trees = new Map<string, SpanTree>();
  for (const span of spans) {
    if (!validId(span.traceId, 32) || !validId(span.spanId, 16)) throw new Error(`bad id in span ${span.name}`);
    const key = `${span.traceId} ${span.spanId}`;
    if (trees.has(key)) throw new Error(`span id ${key} occurs twice`);
    trees.set(key, {
      name: span.name,
      kind: span.kind,
      startTimeUnixNano: span.startTimeUnixNano,
      endTimeUnixNano: span.endTimeUnixNano,
      status: span.status,
      sampled: (span.flags & 1) === 1,
      traceState: span.traceState,
      attributes: sorted(span.attributes),
      children: [],
    });
  }
  const roots: SpanTree[] = [];
  for (const span of spans) {
    const tree = trees.get(`${span.traceId} ${span.spanId}`)!;
    if (span.parentSpanId === '') roots.push(tree);
    else {
      const parent = trees.get(`${span.traceId} ${span.parentSpanId}`);
      if (!parent) throw new Error(`the parent of span ${span.name} is missing`);
      parent.children.push(tree);
    }
  }
  return roots;
}

/**
 * The same attributes with every number as a double and no negative zero: all that OpenTelemetry's JavaScript SDK can
 * tell of a number.
 */
export function withDoubles(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, toDouble(value)]));
}

function toDouble(value: AttributeValue): AttributeValue {
  if (typeof value === 'bigint') return Number(value);
  if (value === 0) return 0;
  return Array.isArray(value) ? value.map(toDouble) : value;
}

function sorted(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function validId(id: string, digits: number): boolean {
  return id.length === digits && /[1-9a-f]/.test(id);
}
