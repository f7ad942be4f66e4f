import { fields, hex, text, type Value } from './protobuf-reader.ts';
import { message } from './protobuf-writer.ts';
import { EXPORT_TRACE_SERVICE_REQUEST, RESOURCE_SPANS, SCOPE_SPANS, SPAN } from './tags.ts';

/** A whole `ExportTraceServiceRequest`, and the spans and flow spans in it. */
export type Request = { body: Uint8Array; spans: number; flows: number };

/** Names of the spans that are not flows: those of the packet itself. */
const PACKET_SPANS: ReadonlySet<string> = new Set(['netflow.export', 'netflow.parse_packet']);

type Span = { bytes: Uint8Array; trace: string; flow: boolean };

/**
 * Two requests of about the same size with the spans of one, as a batch writer makes it; spans of one trace stay
 * together. Undefined when there is one trace only. Throws a RangeError when the bytes are not valid.
 */
export function splitRequest({ body }: { body: Uint8Array }): [Request, Request] | undefined {
  const [resourceSpans] = fields(body).get(EXPORT_TRACE_SERVICE_REQUEST.resourceSpans)!;
  const ofResource = fields(bytesOf(resourceSpans));
  const ofScope = fields(bytesOf(ofResource.get(RESOURCE_SPANS.scopeSpans)![0]));
  const resource = bytesOf(ofResource.get(RESOURCE_SPANS.resource)![0]);
  const scope = bytesOf(ofScope.get(SCOPE_SPANS.scope)![0]);
  const spans = ofScope.get(SCOPE_SPANS.spans)!.map((span) => readSpan(bytesOf(span)));
  const cut = middle(spans);
  if (cut === undefined) return undefined;
  const make = (part: readonly Span[]): Request => ({
    body: message(
      EXPORT_TRACE_SERVICE_REQUEST.resourceSpans,
      message(RESOURCE_SPANS.resource, resource),
      message(
        RESOURCE_SPANS.scopeSpans,
        message(SCOPE_SPANS.scope, scope),
        ...part.map(({ bytes }) => message(SCOPE_SPANS.spans, bytes)),
      ),
    ),
    spans: part.length,
    flows: part.filter(({ flow }) => flow).length,
  });
  return [make(spans.slice(0, cut)), make(spans.slice(cut))];
}

/** Where a trace begins that is nearest to the middle of the bytes; undefined when only the first one does. */
function middle(spans: readonly Span[]): number | undefined {
  const half = spans.reduce((total, { bytes }) => total + bytes.length, 0) / 2;
  let before = 0;
  let best: { index: number; distance: number } | undefined;
  for (const [index, { bytes, trace }] of spans.entries()) {
    const distance = Math.abs(before - half);
    if (index > 0 && trace !== spans[index - 1].trace && distance < (best?.distance ?? Infinity)) {
      best = { index, distance };
    }
    before += bytes.length;
  }
  return best?.index;
}

function readSpan(bytes: Uint8Array): Span {
  const span = fields(bytes);
  return { bytes, trace: hex(span.get(SPAN.traceId)?.[0]), flow: !PACKET_SPANS.has(text(span.get(SPAN.name)?.[0])) };
}

function bytesOf(value: Value): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new RangeError('protobuf: a number where a message belongs');
}
