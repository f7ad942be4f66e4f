import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTER, type CounterName, createCounters, imbalance, sumCounters } from './ledger.ts';
import { tallyError, tallyFlows, tallyPacket } from './tally.ts';

function counted(counters: ReturnType<typeof createCounters>): Partial<Record<CounterName, number>> {
  const names = Object.keys(COUNTER) as CounterName[];
  return Object.fromEntries(names.map((name) => [name, counters[COUNTER[name]]]).filter(([, count]) => count !== 0));
}

test('a packet', () => {
  const counters = createCounters();
  tallyPacket(counters, 100, 5_000);
  tallyPacket(counters, 1_400, 6_000);
  assert.deepEqual(counted(counters), {
    packets: 2,
    packetBytes: 1_500,
    lastPacketTime: 6_000,
    'packetSize.1': 1,
    'packetSize.6': 1,
  });
});

test('errors', () => {
  const counters = createCounters();
  tallyError(counters, 'malformed');
  tallyError(counters, 'held_discarded', 3);
  assert.deepEqual(counted(counters), { 'packetErrors.malformed': 1, 'packetErrors.held_discarded': 3 });
});

test('flows that are neither encoded, left out nor without a plan are dropped by the limit of records', () => {
  const counters = createCounters();
  counters[COUNTER.flowsFiltered] = 4;
  tallyFlows(counters, { flows: 30, exportedFlows: 21, leftOutFlows: 4, unplannedFlows: 3 });
  assert.deepEqual(counted(counters), {
    flows: 30,
    flowsFiltered: 4,
    flowsInFlight: 21,
    'flowsDropped.record_limit': 2,
    'flowsDropped.plan_limit': 3,
    'flowsPerPacket.5': 1,
  });
  assert.equal(imbalance(sumCounters([counters])), 0);
});
