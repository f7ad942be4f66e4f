import { COUNTER, type Counters } from '../ledger/ledger.ts';
import type { Exporter } from './sender.ts';

/** Stands in for the exporter when no endpoint is configured: counts flows as dropped. */
export function createDiscard(counters: Counters): Exporter {
  return {
    push(batch) {
      counters[COUNTER['flowsDropped.no_endpoint']] += batch.flows;
      counters[COUNTER.flowsInFlight] -= batch.flows;
      batch.release();
    },
    drain: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
