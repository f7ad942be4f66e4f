/** Reads the bytes of an `ExportTraceServiceRequest` with protobufjs into plain objects that tests can compare. */
import protobuf from 'protobufjs';
import { otlpSchema } from './schema.ts';

/** An int is a bigint and a double is a number, so that a comparison tells them apart. */
export type AttributeValue = string | boolean | bigint | number | Uint8Array | null | AttributeValue[] | Attributes;
export type Attributes = { [key: string]: AttributeValue };

const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
export type SpanKindName = (typeof SPAN_KINDS)[number];
export const STATUS_CODES = ['UNSET', 'OK', 'ERROR'] as const;
export type StatusCodeName = (typeof STATUS_CODES)[number];

/** A span as received. Ids are lower-case hexadecimal; `parentSpanId` is empty for a root. */
export type Span = {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  flags: number;
  name: string;
  kind: SpanKindName;
  startTimeUnixNano: bigint;
  endTimeUnixNano: bigint;
  attributes: Attributes;
  status: { code: StatusCodeName; message: string };
  links: { traceId: string; spanId: string; flags: number }[];
  resource: Attributes;
  scope: { name: string; version: string };
};

type Wire = {
  resourceSpans: {
    resource: { attributes: WireKeyValue[] } | null;
    scopeSpans: { scope: { name: string; version: string } | null; spans: WireSpan[] }[];
  }[];
};
type WireSpan = Pick<Span, 'traceState' | 'flags' | 'name' | 'startTimeUnixNano' | 'endTimeUnixNano'> & {
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId: Uint8Array;
  kind: number;
  attributes: WireKeyValue[];
  status: { code: number; message: string } | null;
  links: { traceId: Uint8Array; spanId: Uint8Array; flags: number }[];
};
export type WireKeyValue = { key: string; value: WireValue | null };
type WireValue = {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: bigint;
  doubleValue?: number;
  arrayValue?: { values: WireValue[] };
  kvlistValue?: { values: WireKeyValue[] };
  bytesValue?: Uint8Array;
};

/**
 * The spans of a request, in its order. Throws on what the OTLP specification forbids or this schema does not know:
 * unknown fields, strings that are not UTF-8, an attribute key that is empty or occurs twice.
 */
export function decodeRequest(body: Uint8Array): Span[] {
  const { resourceSpans } = decodeMessage<Wire>('ExportTraceServiceRequest', body);
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const resourceAttributes = attributes(resource?.attributes ?? []);
    return scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        traceState: span.traceState,
        flags: span.flags,
        name: span.name,
        kind: named(SPAN_KINDS, span.kind),
        startTimeUnixNano: span.startTimeUnixNano,
        endTimeUnixNano: span.endTimeUnixNano,
        attributes: attributes(span.attributes),
        status: { code: named(STATUS_CODES, span.status?.code ?? 0), message: span.status?.message ?? '' },
        links: span.links.map(({ traceId, spanId, flags }) => ({ traceId: hex(traceId), spanId: hex(spanId), flags })),
        resource: resourceAttributes,
        scope: { name: scope?.name ?? '', version: scope?.version ?? '' },
      })),
    );
  });
}

/**
 * The message of this type as a plain object, with every field. Throws on unknown fields and strings that are not
 * UTF-8.
 */
export function decodeMessage<T>(name: string, body: Uint8Array): T {
  const type = otlpSchema.lookupType(`otlp.${name}`);
  const reader = protobuf.Reader.create(body);
  reader.discardUnknown = false;
  const message = type.decode(reader);
  refuseUnknownFields(message, type.name);
  return type.toObject(message, { longs: BigInt, arrays: true, defaults: true, oneofs: false }) as T;
}

/** Attributes by their keys. Throws on a key that is empty or occurs twice. */
export function attributes(list: WireKeyValue[]): Attributes {
  const result: Attributes = {};
  for (const { key, value } of list) {
    if (key === '') throw new Error('an attribute has an empty key');
    if (Object.hasOwn(result, key)) throw new Error(`the attribute ${key} occurs twice`);
    result[key] = attributeValue(value);
  }
  return result;
}

function attributeValue(value: WireValue | null): AttributeValue {
  if (value === null) return null;
  if (value.arrayValue) return value.arrayValue.values.map(attributeValue);
  if (value.kvlistValue) return attributes(value.kvlistValue.values);
  return value.stringValue ?? value.boolValue ?? value.intValue ?? value.doubleValue ?? value.bytesValue ?? null;
}

function refuseUnknownFields(value: unknown, path: string): void {
  if (ArrayBuffer.isView(value) || typeof value !== 'object' || value === null) return;
  if (value instanceof protobuf.Message && value.$unknowns?.length) throw new Error(`unknown fields in ${path}`);
  for (const [key, member] of Object.entries(value)) refuseUnknownFields(member, `${path}.${key}`);
}

function named<T extends string>(names: readonly T[], code: number): T {
  if (code < 0 || code >= names.length) throw new Error(`${code} is none of ${names.join(', ')}`);
  return names[code];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
