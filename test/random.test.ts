import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pick, seeded } from './random.ts';

test('numbers are the same for the same seed, others for another, and even', () => {
  const take = (seed: number) => Array.from({ length: 10_000 }, seeded(seed));
  const numbers = take(1);
  assert.deepEqual(take(1), numbers);
  assert.equal(new Set([...numbers, ...take(2)]).size, 20_000);
  for (let tenth = 0; tenth < 10; tenth++) {
    const inside = numbers.filter((number) => Math.floor(number * 10) === tenth).length;
    assert.ok(Math.abs(inside - 1_000) < 150, `${inside} of 10,000 in tenth ${tenth}`);
  }
});

test('every item can be picked', () => {
  const random = seeded(1);
  assert.deepEqual(new Set(Array.from({ length: 100 }, () => pick(random, ['a', 'b', 'c']))), new Set('abc'));
});
