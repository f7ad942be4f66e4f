/** Questions the tests ask of the spans that arrived. */
import assert from 'node:assert/strict';
import type { Span } from '../otlp/decode.ts';
import type { Status } from './collector.ts';

export function rootSpans(spans: readonly Span[]): Span[] {
  return spans.filter(({ parentSpanId }) => parentSpanId === '');
}

export function flowSpans(spans: readonly Span[]): Span[] {
  return spans.filter(({ name }) => name.startsWith('flow_'));
}

/** Span ids: two spans with the same one are the same span sent twice. */
export function distinct(spans: readonly Span[]): number {
  return new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`)).size;
}

/** Every flow is exported, none is left anywhere. */
export function assertAllExported({ ledger }: Status, flows: number): void {
  const { flowsExported, flowsFiltered, flowsSampledOut, flowsInFlight, imbalance } = ledger;
  assert.deepEqual(
    { flows: ledger.flows, flowsExported, flowsFiltered, flowsSampledOut, flowsInFlight, imbalance },
    { flows, flowsExported: flows, flowsFiltered: 0, flowsSampledOut: 0, flowsInFlight: 0, imbalance: 0 },
  );
  assert.deepEqual(new Set(Object.values(ledger.flowsDropped)), new Set([0]));
}
