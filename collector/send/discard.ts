import { COUNTER, type Counters } from '../ledger/ledger.ts';
import type { Sender } from './sender.ts';

/** Stands in for the sender when no endpoint is configured: counts flows as dropped. */
export function createDiscard(counters: Counters): Sender {
  return {
    push(batch) {
      counters[COUNTER['flowsDropped.no_endpoint']] += batch.flows;
      counters[COUNTER.flowsInFlight] -= batch.flows;
      batch.release();
    },
    adopt() {},
    drain: () => Promise.resolve(),
  };
}
