import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NewsBudget } from './news-budget.ts';

test('a table is told at once, and then so much a second', () => {
  const budget = new NewsBudget();
  assert.equal(budget.take(10_000, 0), 10_000);
  assert.equal(budget.take(10_000, 0), 6_384);
  assert.equal(budget.take(10_000, 5), 0);
  assert.equal(budget.take(10_000, 1_005), 100);
  assert.equal(budget.take(20_000, 10_000_000), 16_384);
});

test('a clock that is set back adds nothing', () => {
  const budget = new NewsBudget();
  budget.take(16_384, 10_000);
  assert.equal(budget.take(1, 0), 0);
});
