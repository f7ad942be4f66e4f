import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shares } from './shares.ts';

test('values are kept in the order in which they were put there last', () => {
  const shares = new Shares<number>(3);
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ] as const)
    shares.put('x', key, value);
  assert.deepEqual([...shares.values()], [2, 3]);
  assert.deepEqual([shares.get('a'), shares.get('c')], [3, undefined]);
});

test('who has most loses what it put there first', () => {
  const shares = new Shares<string>(100);
  shares.put('quiet', 'q', 'q');
  for (let index = 0; index < 1_000; index++) shares.put('noisy', `n${index}`, `n${index}`);
  const values = [...shares.values()];
  assert.equal(values[0], 'q');
  assert.equal(values.at(-1), 'n999');
  assert.ok(values.length <= 100 && values.length > 90, String(values.length));
});
