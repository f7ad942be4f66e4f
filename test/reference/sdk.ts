/** What OpenTelemetry's own serializer writes for the spans that the reference expects. */
import {
  type HrTime,
  type Attributes as SdkAttributes,
  type SpanContext,
  SpanKind,
  type SpanStatusCode,
} from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { type Attributes, STATUS_CODES } from '../otlp/decode.ts';
import { type SpanTree, withDoubles } from '../otlp/normalize.ts';

/** An `ExportTraceServiceRequest` with these traces. Numbers are written as the SDK has them, as doubles. */
export function serialize(traces: readonly SpanTree[]): Uint8Array {
  const resource = resourceFromAttributes({ 'service.name': 'reference' });
  let lastId = 0;
  const nextId = (digits: number) => (++lastId).toString(16).padStart(digits, '0');

  function readable(span: SpanTree, traceId: string, parentSpanContext?: SpanContext): ReadableSpan[] {
    const context: SpanContext = { traceId, spanId: nextId(16), traceFlags: 1 };
    const self: ReadableSpan = {
      name: span.name,
      kind: SpanKind[span.kind as keyof typeof SpanKind],
      spanContext: () => context,
      parentSpanContext,
      startTime: hrTime(span.startTimeUnixNano),
      endTime: hrTime(span.endTimeUnixNano),
      status: { code: STATUS_CODES.indexOf(span.status.code) as SpanStatusCode, message: span.status.message },
      attributes: sdkAttributes(span.attributes),
      links: [],
      events: [],
      duration: [0, 0],
      ended: true,
      resource,
      instrumentationScope: { name: 'reference' },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
    return [self, ...span.children.flatMap((child) => readable(child, traceId, context))];
  }

  const spans = traces.flatMap((root) => readable(root, nextId(32)));
  const bytes = ProtobufTraceSerializer.serializeRequest(spans);
  if (!bytes) throw new Error('the official serializer returned nothing');
  return bytes;
}

function sdkAttributes(attributes: Attributes): SdkAttributes {
  return withDoubles(attributes) as SdkAttributes;
}

function hrTime(nanoseconds: bigint): HrTime {
  return [Number(nanoseconds / 1_000_000_000n), Number(nanoseconds % 1_000_000_000n)];
}
