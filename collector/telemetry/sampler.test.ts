import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTER } from '../ledger/ledger.ts';
import { createSampler, ratesOf } from './sampler.ts';
import { socketFixture, stateFixture } from './state.fixture.ts';

test('rates are stated over the last ten seconds', () => {
  const state = stateFixture();
  const sampler = createSampler(state);
  assert.equal(ratesOf(sampler.recent()).windowSeconds, 0);
  for (let second = 0; second <= 30; second++) {
    sampler.tick(second * 1_000);
    state.counters[COUNTER.packets] += second < 20 ? 100 : 5;
    state.counters[COUNTER['flowsDropped.queue_full']] += 2;
  }
  const rates = ratesOf(sampler.recent());
  assert.equal(rates.windowSeconds, 10);
  assert.equal(rates.packetsPerSecond, 5);
  assert.equal(rates.droppedPerSecond, 2);
  const history = sampler.history();
  assert.equal(history.length, 30);
  assert.equal(history[0].packetsPerSecond, 100);
  assert.equal(history.at(-1)?.packetsPerSecond, 5);
});

test('what happened lately is of five minutes', () => {
  const state = stateFixture();
  const sampler = createSampler(state);
  for (let second = 0; second <= 400; second++) {
    sampler.tick(second * 1_000);
    if (second === 99 || second === 100) state.counters[COUNTER['packetErrors.malformed']]++;
  }
  const { seconds, counts } = sampler.lately();
  assert.deepEqual([seconds, counts['packetErrors.malformed']], [300, 1]);
});

test('the history is bounded', () => {
  const sampler = createSampler(stateFixture());
  for (let second = 0; second < 500; second++) sampler.tick(second * 1_000);
  assert.equal(sampler.history().length, 120);
});

test('kernel drops count from the first sample of the window; a socket opened anew starts at 0', () => {
  let droppedPackets = 50;
  const sampler = createSampler(stateFixture({}, { sockets: () => [socketFixture({ droppedPackets })] }));
  sampler.tick(0);
  droppedPackets = 58;
  sampler.tick(1_000);
  assert.equal(sampler.recent().socketDrops, 8);
  droppedPackets = 0;
  sampler.tick(2_000);
  assert.equal(sampler.recent().socketDrops, 0);
});

test('an imbalance counts only when it stays', () => {
  const state = stateFixture({}, {}, { flows: 30 });
  const sampler = createSampler(state);
  sampler.tick(0);
  assert.equal(sampler.recent().imbalance, 30);
  state.counters[COUNTER.flowsInFlight] = 30;
  sampler.tick(1_000);
  assert.equal(sampler.recent().imbalance, 0);
});
