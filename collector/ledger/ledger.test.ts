import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  COUNTER,
  countInBucket,
  createCounters,
  FLOW_DROPS,
  imbalance,
  PACKET_SIZE,
  PACKET_SIZE_BUCKETS,
  sumCounters,
  writeOff,
} from './ledger.ts';

describe('the sum over workers', () => {
  for (const [name, values, expected] of [
    ['flows', [3, 4], 7],
    ['queueBytes', [3, 4], 7],
    ['packetErrors.malformed', [1, 0], 1],
    ['lastPacketTime', [5_000, 6_000], 6_000],
    ['lastExportTime', [0, 6_000], 6_000],
    ['queueOldestTime', [5_000, 6_000], 5_000],
    ['queueOldestTime', [0, 6_000], 6_000],
    ['queueOldestTime', [0, 0], 0],
    ['lastPacketTime', [], 0],
    ['queueOldestTime', [], 0],
    ['flows', [], 0],
  ] as const) {
    test(`${name} of ${values.join(' and ') || 'nobody'}: ${expected}`, () => {
      const rows = values.map((value) => {
        const counters = createCounters();
        counters[COUNTER[name]] = value;
        return counters;
      });
      assert.equal(sumCounters(rows)[name], expected);
    });
  }
});

describe('balance', () => {
  const ledger = (counts: Record<string, number>) => {
    const counters = createCounters();
    for (const [name, count] of Object.entries(counts)) counters[COUNTER[name as keyof typeof COUNTER]] = count;
    return sumCounters([counters]);
  };

  test('of nothing', () => assert.equal(imbalance(ledger({})), 0));
  test('a flow that is nowhere', () => assert.equal(imbalance(ledger({ flows: 1 })), 1));
  test('a flow that was not seen', () => assert.equal(imbalance(ledger({ flowsExported: 1 })), -1));
  for (const place of [
    'flowsExported',
    'flowsFiltered',
    'flowsSampledOut',
    'flowsInFlight',
    ...FLOW_DROPS.map((reason) => `flowsDropped.${reason}`),
  ]) {
    test(`a flow in ${place}`, () => assert.equal(imbalance(ledger({ flows: 1, [place]: 1 })), 0));
  }
});

test('what a worker held that is no more is lost, and the books balance', () => {
  const counters = createCounters();
  const counted = { flows: 10, flowsExported: 2, flowsFiltered: 1, 'flowsDropped.queue_full': 1, flowsInFlight: 5 };
  const held = { queueBytes: 9_000, queueBatches: 2, queueOldestTime: 5_000, heldBytes: 70 };
  for (const [name, count] of Object.entries({ ...counted, ...held })) {
    counters[COUNTER[name as keyof typeof COUNTER]] = count;
  }
  writeOff(counters);
  const ledger = sumCounters([counters]);
  // Five in flight, and one that was being encoded.
  assert.equal(ledger['flowsDropped.worker_crash'], 6);
  assert.equal(ledger.flowsInFlight, 0);
  assert.equal(imbalance(ledger), 0);
  for (const name of Object.keys(held)) assert.equal(ledger[name as keyof typeof held], 0, name);
});

describe('buckets', () => {
  for (const [value, bucket] of [
    [0, 0],
    [64, 0],
    [65, 1],
    [1_500, 6],
    [1_501, 7],
    [65_535, 9],
    [65_536, 10],
  ]) {
    test(`${value} falls into bucket ${bucket}`, () => {
      const counters = createCounters();
      countInBucket(counters, PACKET_SIZE, value);
      const buckets = counters.slice(PACKET_SIZE.first, PACKET_SIZE.first + PACKET_SIZE_BUCKETS.length + 1);
      assert.deepEqual(
        Array.from(buckets.keys()).filter((index) => buckets[index] === 1),
        [bucket],
      );
      assert.equal(
        counters.reduce((total, count) => total + count),
        1,
      );
    });
  }
});
