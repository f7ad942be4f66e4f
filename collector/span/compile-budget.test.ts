import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompileBudget } from './compile-budget.ts';

/** How many plans of 20 fields are allowed at `now`. */
function takeAll(budget: CompileBudget, now: number): number {
  let plans = 0;
  while (budget.take(20, now)) plans++;
  return plans;
}

test('hundreds of plans at once, then some every second', () => {
  const budget = new CompileBudget();
  assert.equal(takeAll(budget, 1_000_000), 342);
  assert.equal(takeAll(budget, 1_000_500), 43);
  assert.equal(takeAll(budget, 1_001_500), 85);
  assert.equal(takeAll(budget, 9_000_000), 342);
});

test('the largest plan is allowed, and paid for afterwards', () => {
  const budget = new CompileBudget();
  for (let plan = 0; plan < 5; plan++) assert.equal(budget.take(2_048, 1_000_000), plan < 4);
});

test('a clock that is set back gives nothing, and takes nothing', () => {
  const budget = new CompileBudget();
  takeAll(budget, 1_000_000);
  assert.equal(takeAll(budget, 500_000), 0);
  assert.equal(takeAll(budget, 501_000), 85);
});

test('what is given back can be spent beside the burst, at any time and once', () => {
  const budget = new CompileBudget();
  for (let plan = 0; plan < 4; plan++) assert.ok(budget.take(2_000, 1_000_000));
  assert.ok(budget.take(0, 9_000_000));
  budget.refund(5, 8_000);
  assert.equal(takeAll(budget, 90_000_000), Math.ceil((8_192 + 4 * 2_004) / 24));
  assert.equal(takeAll(budget, 180_000_000), 342);
});

test('after a refund there is at least the burst', () => {
  const budget = new CompileBudget();
  takeAll(budget, 1_000_000);
  budget.refund(1, 20);
  assert.equal(takeAll(budget, 1_000_000), 342);
});
