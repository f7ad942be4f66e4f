import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PacketSample } from './packet-sample.ts';

/** Flows that are looked at, and how many they stand for, when packets of 30 flows come, so many in a second. */
function sampled(sample: PacketSample, packets: number, fromMs: number, seconds: number) {
  let looked = 0;
  let estimate = 0;
  for (let index = 0; index < packets * seconds; index++) {
    if (!sample.takes(30, fromMs + (1_000 * index) / packets)) continue;
    looked += 30;
    estimate += 30 * sample.period;
  }
  return { looked, estimate };
}

test('looks at all packets while there are few, then at so many a second as it has time for', () => {
  const sample = new PacketSample();
  assert.deepEqual(sampled(sample, 60, 0, 10), { looked: 18_000, estimate: 18_000 });
  // 300,000 flows a second: one in 150.
  const many = sampled(sample, 10_000, 10_000, 20);
  assert.ok(many.looked < 20 * 2_000 * 1.5, `${many.looked} looked at`);
  assert.ok(Math.abs(many.estimate / 6_000_000 - 1) < 0.1, `${many.estimate} estimated`);
  sampled(sample, 60, 30_000, 2);
  assert.deepEqual(sampled(sample, 60, 32_000, 10), { looked: 18_000, estimate: 18_000 });
});

test('is bounded within a second too', () => {
  const sample = new PacketSample();
  const { looked, estimate } = sampled(sample, 1_000_000, 0, 1);
  assert.ok(looked < 30_000, `${looked} looked at`);
  assert.ok(Math.abs(estimate / 30_000_000 - 1) < 0.25, `${estimate} estimated`);
});
