/**
 * Reads OTLP spans back from their protobuf bytes, for the page. Fields are those of `trace.proto` and `common.proto`
 * of OTLP 1; what is unknown is skipped.
 */
import { fields, hex, text, type Value, walk } from '../otlp/protobuf-reader.ts';

export type AttributeValue = string | number | boolean | null | AttributeValue[] | { [key: string]: AttributeValue };

/** One span. Ids are lower-case hexadecimal, times Unix nanoseconds in decimal. */
export type Span = {
  traceId: string;
  spanId: string;
  /** Empty for a root. */
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

/** The field `ScopeSpans.spans`. */
const SPANS = 2;

/** Reads the concatenated `ScopeSpans.spans` fields in `bytes`. Throws a RangeError when they are not valid. */
export function readSpans(bytes: Uint8Array): Span[] {
  return (fields(bytes).get(SPANS) ?? []).map((value) => readSpan(asBytes(value)));
}

/** The span without a parent, or undefined. The others are not read. Throws a RangeError like `readSpans`. */
export function readRoot(bytes: Uint8Array): Span | undefined {
  const root = (fields(bytes).get(SPANS) ?? []).find((span) => !hex(fields(asBytes(span)).get(4)?.[0]));
  return root instanceof Uint8Array ? readSpan(root) : undefined;
}

/** Trace id of the first span, and the number of spans. Throws a RangeError when `bytes` are not valid. */
export function scanSpans(bytes: Uint8Array): { traceId: string; spans: number } {
  const spans = fields(bytes).get(SPANS) ?? [];
  return { traceId: hex(fields(asBytes(spans[0])).get(1)?.[0]), spans: spans.length };
}

function readSpan(bytes: Uint8Array): Span {
  const of = fields(bytes);
  const status = fields(asBytes(of.get(15)?.[0]));
  return {
    traceId: hex(of.get(1)?.[0]),
    spanId: hex(of.get(2)?.[0]),
    parentSpanId: hex(of.get(4)?.[0]),
    name: text(of.get(5)?.[0]),
    kind: KINDS[Number(asInteger(of.get(6)?.[0]))] ?? 'unspecified',
    start: String(asInteger(of.get(7)?.[0])),
    end: String(asInteger(of.get(8)?.[0])),
    attributes: readKeyValues(of.get(9) ?? [], 0),
    status: { code: STATUS_CODES[Number(asInteger(status.get(3)?.[0]))] ?? 'unset', message: text(status.get(2)?.[0]) },
  };
}

function readKeyValues(values: readonly Value[], depth: number): Record<string, AttributeValue> {
  return Object.fromEntries(
    values.map((value) => {
      const pair = fields(asBytes(value));
      return [text(pair.get(1)?.[0]), readAnyValue(asBytes(pair.get(2)?.[0]), depth)];
    }),
  );
}

function readAnyValue(bytes: Uint8Array, depth: number): AttributeValue {
  if (depth > MAX_DEPTH) return null;
  for (const { field, value } of walk(bytes)) {
    if (field === 1) return text(value);
    if (field === 2) return asInteger(value) !== 0n;
    if (field === 3) return exactInteger(BigInt.asIntN(64, asInteger(value)));
    if (field === 4) return Buffer.from(BigUint64Array.of(asInteger(value)).buffer).readDoubleLE();
    if (field === 5) return (fields(asBytes(value)).get(1) ?? []).map((item) => readAnyValue(asBytes(item), depth + 1));
    if (field === 6) return readKeyValues(fields(asBytes(value)).get(1) ?? [], depth + 1);
    if (field === 7) return hex(value);
  }
  return null;
}

/** A number where it is exact, else its decimal digits: JSON has no 64-bit integers. */
function exactInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

// What has another wire type than its field's is as good as absent.

function asBytes(value: Value | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function asInteger(value: Value | undefined): bigint {
  return typeof value === 'bigint' ? value : 0n;
}
