import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffDelay, exponentialDelay } from './backoff.ts';

const OPTIONS = { initial: 100, max: 1_000 };

for (const [failures, full] of [
  [1, 100],
  [2, 200],
  [4, 800],
  [5, 1_000],
  [5_000, 1_000],
] as const) {
  test(`the wait after failure ${failures} is ${full} ms, half of it random`, () => {
    assert.equal(exponentialDelay(failures, OPTIONS), full);
    assert.equal(
      backoffDelay(failures, OPTIONS, () => 0),
      full / 2,
    );
    assert.equal(
      backoffDelay(failures, OPTIONS, () => 0.5),
      full * 0.75,
    );
  });
}
