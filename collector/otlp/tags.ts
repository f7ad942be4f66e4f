/**
 * What OTLP's messages are made of, by the names of `opentelemetry/proto` (collector/trace/v1, trace/v1, resource/v1,
 * common/v1): the tag of each field that we write or read. A tag is the field's number × 8 + its wire type; all are one
 * byte but that of `flags`.
 */
export const EXPORT_TRACE_SERVICE_REQUEST = { resourceSpans: 0x0a } as const;
export const RESOURCE_SPANS = { resource: 0x0a, scopeSpans: 0x12 } as const;
export const RESOURCE = { attributes: 0x0a } as const;
export const SCOPE_SPANS = { scope: 0x0a, spans: 0x12 } as const;
export const INSTRUMENTATION_SCOPE = { name: 0x0a, version: 0x12 } as const;
export const SPAN = {
  traceId: 0x0a,
  spanId: 0x12,
  traceState: 0x1a,
  parentSpanId: 0x22,
  name: 0x2a,
  kind: 0x30,
  startTimeUnixNano: 0x39,
  endTimeUnixNano: 0x41,
  attributes: 0x4a,
  links: 0x6a,
  status: 0x7a,
  flags: 0x85,
} as const;
export const LINK = { traceId: 0x0a, spanId: 0x12, flags: 0x35 } as const;
export const STATUS = { message: 0x12, code: 0x18 } as const;
export const KEY_VALUE = { key: 0x0a, value: 0x12 } as const;
export const KEY_VALUE_LIST = { values: 0x0a } as const;
export const ARRAY_VALUE = { values: 0x0a } as const;
export const ANY_VALUE = {
  stringValue: 0x0a,
  boolValue: 0x10,
  intValue: 0x18,
  doubleValue: 0x21,
  arrayValue: 0x2a,
  kvlistValue: 0x32,
  bytesValue: 0x3a,
} as const;

/** `Span.SpanKind` and `Status.StatusCode`, as far as we write them. */
export const SPAN_KIND = { internal: 1, server: 2, client: 3 } as const;
export const STATUS_CODE = { error: 2 } as const;
