/** Questions the tests ask of the spans that arrived. */
import assert from 'node:assert/strict';
import type { Span } from '../otlp/decode.ts';
import type { Collector, Status } from './collector.ts';

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

/**
 * Waits until `flows` flows are exported and asserts that there are no others, and none is left anywhere. Resolves with
 * the status that says so. Counters are read while a worker writes them, so the books are waited for, too.
 */
export async function assertAllExported(collector: Collector, flows: number): Promise<Status> {
  const status = await collector.until(
    ({ ledger }) => ledger.flowsExported >= flows && ledger.flowsInFlight === 0 && ledger.imbalance === 0,
  );
  const { ledger } = status;
  const { flowsExported, flowsFiltered, flowsSampledOut, flowsInFlight, imbalance } = ledger;
  assert.deepEqual(
    { flows: ledger.flows, flowsExported, flowsFiltered, flowsSampledOut, flowsInFlight, imbalance },
    { flows, flowsExported: flows, flowsFiltered: 0, flowsSampledOut: 0, flowsInFlight: 0, imbalance: 0 },
  );
  assert.deepEqual(new Set(Object.values(ledger.flowsDropped)), new Set([0]));
  return status;
}
