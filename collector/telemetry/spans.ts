/**
 * Reads OTLP spans back from their protobuf bytes, for the page. What is unknown is skipped, and what has another wire
 * type than its field's is as good as absent.
 */
import { fields, hex, text, type Value, walk } from '../otlp/protobuf-reader.ts';
import { ANY_VALUE, ARRAY_VALUE, KEY_VALUE, KEY_VALUE_LIST, LINK, SCOPE_SPANS, SPAN, STATUS } from '../otlp/tags.ts';

export type AttributeValue = string | number | boolean | null | AttributeValue[] | { [key: string]: AttributeValue };

/** One span. Ids are lower-case hexadecimal, times Unix nanoseconds in decimal. */
export type Span = {
  traceId: string;
  spanId: string;
  /** Empty for a root; of a flow in a trace of its own, the packet's span that it is linked to. */
  parentSpanId: string;
  name: string;
  kind: SpanKind;
  start: string;
  end: string;
  attributes: Record<string, AttributeValue>;
  status: { code: 'unset' | 'ok' | 'error'; message: string };
};

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export type SpanKind = (typeof KINDS)[number];
const STATUS_CODES = ['unset', 'ok', 'error'] as const;

/** Nesting of lists in attributes that is followed. */
const MAX_DEPTH = 8;

/** Reads the concatenated `ScopeSpans.spans` fields in `bytes`. Throws a RangeError when they are not valid. */
export function readSpans(bytes: Uint8Array): Span[] {
  return (fields(bytes).get(SCOPE_SPANS.spans) ?? []).map((value) => readSpan(asBytes(value)));
}

/** The span of the packet itself, or undefined. The others are not read. Throws a RangeError like `readSpans`. */
export function readRoot(bytes: Uint8Array): Span | undefined {
  const root = (fields(bytes).get(SCOPE_SPANS.spans) ?? []).find((value) => {
    const span = fields(asBytes(value));
    return !hex(span.get(SPAN.parentSpanId)?.[0]) && !span.has(SPAN.links);
  });
  return root instanceof Uint8Array ? readSpan(root) : undefined;
}

/**
 * Trace id of the packet, and the number of spans: of flows in traces of their own, the one that they are linked to.
 * Throws a RangeError when `bytes` are not valid.
 */
export function scanSpans(bytes: Uint8Array): { traceId: string; spans: number } {
  const spans = fields(bytes).get(SCOPE_SPANS.spans) ?? [];
  const first = fields(asBytes(spans[0]));
  const [link] = first.get(SPAN.links) ?? [];
  const traceId = link ? fields(asBytes(link)).get(LINK.traceId) : first.get(SPAN.traceId);
  return { traceId: hex(traceId?.[0]), spans: spans.length };
}

function readSpan(bytes: Uint8Array): Span {
  const of = fields(bytes);
  const status = fields(asBytes(of.get(SPAN.status)?.[0]));
  return {
    traceId: hex(of.get(SPAN.traceId)?.[0]),
    spanId: hex(of.get(SPAN.spanId)?.[0]),
    parentSpanId:
      hex(of.get(SPAN.parentSpanId)?.[0]) || hex(fields(asBytes(of.get(SPAN.links)?.[0])).get(LINK.spanId)?.[0]),
    name: text(of.get(SPAN.name)?.[0]),
    kind: KINDS[Number(asInteger(of.get(SPAN.kind)?.[0]))] ?? 'unspecified',
    start: String(asInteger(of.get(SPAN.startTimeUnixNano)?.[0])),
    end: String(asInteger(of.get(SPAN.endTimeUnixNano)?.[0])),
    attributes: readKeyValues(of.get(SPAN.attributes) ?? [], 0),
    status: {
      code: STATUS_CODES[Number(asInteger(status.get(STATUS.code)?.[0]))] ?? 'unset',
      message: text(status.get(STATUS.message)?.[0]),
    },
  };
}

function readKeyValues(values: readonly Value[], depth: number): Record<string, AttributeValue> {
  return Object.fromEntries(
    values.map((value) => {
      const pair = fields(asBytes(value));
      return [text(pair.get(KEY_VALUE.key)?.[0]), readAnyValue(asBytes(pair.get(KEY_VALUE.value)?.[0]), depth)];
    }),
  );
}

function readAnyValue(bytes: Uint8Array, depth: number): AttributeValue {
  if (depth > MAX_DEPTH) return null;
  for (const { tag, value } of walk(bytes)) {
    switch (tag) {
      case ANY_VALUE.stringValue:
        return text(value);
      case ANY_VALUE.boolValue:
        return asInteger(value) !== 0n;
      case ANY_VALUE.intValue:
        return exactInteger(asInteger(value));
      case ANY_VALUE.doubleValue:
        return Buffer.from(BigUint64Array.of(asInteger(value)).buffer).readDoubleLE();
      case ANY_VALUE.arrayValue:
        return valuesIn(value, ARRAY_VALUE.values).map((item) => readAnyValue(asBytes(item), depth + 1));
      case ANY_VALUE.kvlistValue:
        return readKeyValues(valuesIn(value, KEY_VALUE_LIST.values), depth + 1);
      case ANY_VALUE.bytesValue:
        return hex(value);
    }
  }
  return null;
}

function valuesIn(message: Value, tag: number): readonly Value[] {
  return fields(asBytes(message)).get(tag) ?? [];
}

/** A number where it is exact, else its decimal digits: JSON has no 64-bit integers. */
function exactInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function asBytes(value: Value | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function asInteger(value: Value | undefined): bigint {
  return typeof value === 'bigint' ? value : 0n;
}
