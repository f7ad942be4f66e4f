import { Buffer } from 'node:buffer';
import { fields, hex, text, type Value } from './protobuf-reader.ts';
import { message } from './protobuf-writer.ts';
import { EXPORT_TRACE_SERVICE_REQUEST, RESOURCE_SPANS, SCOPE_SPANS, SPAN, SPAN_KIND } from './tags.ts';

/** A whole `ExportTraceServiceRequest`, and the spans and flow spans in it. */
export type Request = { body: Uint8Array; spans: number; flows: number };

/** Names of the spans that are not flows: those of the packet itself. */
const PACKET_SPANS: ReadonlySet<string> = new Set(['netflow.export', 'netflow.parse_packet']);

/**
 * A span, what stands around it, and whether it is a flow's: a server's below that of its client is of the same flow.
 */
type Span = { bytes: Uint8Array; of: Envelope; trace: string; flow: boolean };
type Envelope = { resource: Uint8Array; scope: Uint8Array };

/**
 * Two requests of about the same size with the spans of one, as a batch writer makes it; spans of one trace that are
 * side by side stay together. Undefined when there is one trace only. Throws a RangeError when the bytes are not valid.
 */
export function splitRequest({ body }: { body: Uint8Array }): [Request, Request] | undefined {
  const spans = fields(body)
    .get(EXPORT_TRACE_SERVICE_REQUEST.resourceSpans)!
    .flatMap((resourceSpans) => {
      const ofResource = fields(bytesOf(resourceSpans));
      const ofScope = fields(bytesOf(ofResource.get(RESOURCE_SPANS.scopeSpans)![0]));
      const resource = bytesOf(ofResource.get(RESOURCE_SPANS.resource)![0]);
      const scope = bytesOf(ofScope.get(SCOPE_SPANS.scope)![0]);
      const of = { resource, scope };
      return ofScope.get(SCOPE_SPANS.spans)!.map((span) => readSpan(bytesOf(span), of));
    });
  const cut = middle(spans);
  return cut === undefined ? undefined : [requestOf(spans.slice(0, cut)), requestOf(spans.slice(cut))];
}

function requestOf(spans: readonly Span[]): Request {
  const byEnvelope = Map.groupBy(spans, ({ of }) => of);
  const bodies = Array.from(byEnvelope, ([{ resource, scope }, own]) =>
    message(
      EXPORT_TRACE_SERVICE_REQUEST.resourceSpans,
      message(RESOURCE_SPANS.resource, resource),
      message(
        RESOURCE_SPANS.scopeSpans,
        message(SCOPE_SPANS.scope, scope),
        ...own.map(({ bytes }) => message(SCOPE_SPANS.spans, bytes)),
      ),
    ),
  );
  return { body: Buffer.concat(bodies), spans: spans.length, flows: spans.filter(({ flow }) => flow).length };
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

function readSpan(bytes: Uint8Array, of: Envelope): Span {
  const span = fields(bytes);
  const isServer = Number(span.get(SPAN.kind)?.[0]) === SPAN_KIND.server;
  const flow = !PACKET_SPANS.has(text(span.get(SPAN.name)?.[0])) && !isServer;
  return { bytes, of, trace: hex(span.get(SPAN.traceId)?.[0]), flow };
}

function bytesOf(value: Value): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new RangeError('protobuf: a number where a message belongs');
}
