import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateBudget } from './rate-budget.ts';

const OF_ONE = { burst: 1_024, perSecond: 10 };
const OF_ALL = { burst: 16_384, perSecond: 100 };

/** How often an exporter may take 1 at `now`. */
function takeAll(budget: RateBudget, exporter: object, now: number): number {
  let taken = 0;
  while (taken < 100_000 && budget.take(exporter, 1, now)) taken++;
  return taken;
}

test('half a bucket at once, then some every second, and a whole bucket after a pause', () => {
  const budget = new RateBudget(OF_ONE, OF_ALL);
  const exporter = {};
  assert.deepEqual(
    [1_000, 1_000, 1_500, 2_500, 9_000_000].map((now) => takeAll(budget, exporter, now)),
    [512, 0, 5, 10, 1_024],
  );
});

test('more than is left may be taken once, and is paid for afterwards', () => {
  const budget = new RateBudget(OF_ONE, OF_ALL);
  const exporter = {};
  assert.equal(budget.take(exporter, 600, 0), true);
  assert.equal(budget.take(exporter, 1, 8_000), false);
  assert.equal(budget.take(exporter, 1, 9_000), true);
});

test('many that are new have most of what there is for all, and then what flows into that', () => {
  const budget = new RateBudget(OF_ONE, OF_ALL);
  const flood = Array.from({ length: 1_000 }, () => ({}));
  const takeBy = (now: number) => flood.reduce<number>((sum, exporter) => sum + takeAll(budget, exporter, now), 0);
  let taken = 0;
  for (let second = 0; second < 20; second++) {
    taken += takeBy(second * 1_000);
    const most = OF_ALL.burst + second * OF_ALL.perSecond;
    assert.ok(taken <= most && taken > most / 2, `${taken} in ${second} s`);
  }
});

test('who seldom takes something gets it beside any flood', () => {
  const budget = new RateBudget(OF_ONE, OF_ALL);
  const quiet = {};
  assert.equal(budget.take(quiet, 1, 0), true);
  for (let second = 60; second < 120; second++)
    for (let exporter = 0; exporter < 100; exporter++) takeAll(budget, {}, second * 1_000);
  assert.ok(takeAll(budget, quiet, 120_000) > OF_ONE.burst / 8);
});

test('a clock that is set back gives nothing, and takes nothing', () => {
  const budget = new RateBudget(OF_ONE, OF_ALL);
  const exporter = {};
  takeAll(budget, exporter, 10_000);
  assert.deepEqual(
    [5_000, 6_000].map((now) => takeAll(budget, exporter, now)),
    [0, 10],
  );
});

test('what is given back can be taken beside what flows in', () => {
  const budget = new RateBudget(OF_ONE, OF_ALL);
  const exporter = {};
  takeAll(budget, exporter, 0);
  budget.charge(exporter, -2_000, 0);
  assert.equal(takeAll(budget, exporter, 0), 2_000);
});
