import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Lateness, RecentLateness } from './lateness.ts';

describe('buckets', () => {
  for (const [ms, bucket, seconds] of [
    [-90_000, 0, 0],
    [0, 0, 0],
    [1_000, 0, 1],
    [1_001, 1, 1.001],
    [2_000, 1, 2],
    [2_001, 2, 2.001],
    [15_000, 4, 15],
    [4_096_000, 12, 4_096],
    [4_096_001, 13, 4_096.001],
    [366 * 86_400_000, 13, 366 * 86_400],
  ]) {
    test(`${ms} ms`, () => {
      const lateness = new Lateness();
      lateness.add(ms);
      assert.deepEqual([lateness.counts.indexOf(1), lateness.seconds], [bucket, seconds]);
      lateness.clear();
      assert.deepEqual([lateness.counts.indexOf(1), lateness.seconds], [-1, 0]);
    });
  }
});

describe('what is usual', () => {
  /** Flows that came so many milliseconds late, in packets of their own. */
  function usual(...flows: [count: number, ms: number][]) {
    const recent = new RecentLateness();
    for (const [count, ms] of flows) {
      const lateness = new Lateness();
      for (let flow = 0; flow < count; flow++) lateness.add(ms);
      recent.add(lateness);
    }
    return recent.usual;
  }

  for (const [name, flows, expected] of [
    ['nothing is, of too few', [[9, 70_000]], undefined],
    ['one bucket', [[10, 70_000]], { from: 64, to: 128 }],
    ['not late', [[10, 10]], { from: 0, to: 1 }],
    ['very late', [[10, 9_000_000]], { from: 4_096, to: undefined }],
    [
      'the middle half',
      [
        [24, 10],
        [2, 40_000],
        [50, 70_000],
        [24, 3_000_000],
      ],
      { from: 32, to: 128 },
    ],
    [
      'of late',
      [
        [100_000, 70_000],
        [30_000, 10],
      ],
      { from: 0, to: 1 },
    ],
  ] as [string, [number, number][], object | undefined][]) {
    test(name, () => assert.deepEqual(usual(...flows), expected));
  }
});
