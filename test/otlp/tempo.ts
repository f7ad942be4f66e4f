/**
 * What Tempo would not take, or not show as sent, by its documented limits and the rules of its metrics generator.
 * Tempo can't be had from the module proxy: the checker is ours.
 */
import type { AttributeValue, Span } from './decode.ts';
import { serviceGraph } from './service-graph.ts';

/** Limits of a tenant, and of the metrics generator. */
export type TempoLimits = {
  /** `metrics_ingestion_time_range_slack`: a span that ended longer ago, or later, gets no metrics. */
  slackMs: number;
  /** `max_bytes_per_trace`. */
  traceBytes: number;
  /** `max_attribute_bytes`: what is longer is cut. */
  attributeBytes: number;
};

/** What Tempo has unless told otherwise. */
const TEMPO_DEFAULTS: TempoLimits = { slackMs: 30_000, traceBytes: 5_000_000, attributeBytes: 2_048 };

/** Faults of the spans of a request of `bytes` that arrives at `now`, Unix milliseconds; none of good ones. */
export function tempoFaults(
  { spans, bytes, now }: { spans: readonly Span[]; bytes: number; now: number },
  limits: TempoLimits = TEMPO_DEFAULTS,
): string[] {
  const faults = spans.flatMap((span) => faultsOf(span, now, limits).map((fault) => `${span.name}: ${fault}`));
  for (const { name, kind } of serviceGraph(spans).waiting) faults.push(`${name}: ${kind} without a partner`);
  // No trace has more than all of its request.
  if (bytes > limits.traceBytes) faults.push(`${bytes} bytes`);
  return faults;
}

function faultsOf(span: Span, now: number, { slackMs, attributeBytes }: TempoLimits): string[] {
  const faults: string[] = [];
  if (!/^(?!0+$)[0-9a-f]{32}$/.test(span.traceId)) faults.push(`trace id ${span.traceId}`);
  if (!/^(?!0+$)[0-9a-f]{16}$/.test(span.spanId)) faults.push(`span id ${span.spanId}`);
  if (span.endTimeUnixNano < span.startTimeUnixNano) faults.push('ends before it starts');
  const late = now - Number(span.endTimeUnixNano / 1_000_000n);
  if (Math.abs(late) > slackMs) faults.push(`ended ${late / 1_000} s ago`);
  if (!span.resource['service.name']) faults.push('no service.name');
  for (const [name, value] of Object.entries({ ...span.resource, ...span.attributes })) {
    if (sizeOf(value) > attributeBytes) faults.push(`${name} of ${sizeOf(value)} bytes`);
  }
  return faults;
}

function sizeOf(value: AttributeValue): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : 8;
}
