import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdSource } from './ids.ts';

/** Ids as numbers count up from 1: two words each. */
function counting(): IdSource {
  let next = 1;
  return new IdSource((words) => {
    for (let index = 0; index < words.length; index++) words[index] = next++;
  });
}

function spanId(ids: IdSource): string {
  const bytes = new DataView(new ArrayBuffer(10));
  ids.writeSpanId(bytes, 1);
  return Buffer.from(bytes.buffer).toString('hex');
}

test('eight bytes go where a span id belongs', () => {
  const ids = counting();
  assert.deepEqual([spanId(ids), spanId(ids)], ['00010000000200000000', '00030000000400000000']);
});

test('a trace and its root get six words', () => {
  const into = new Int32Array(8);
  counting().draw(into, 1, 6);
  assert.deepEqual([...into], [0, 1, 2, 3, 4, 5, 6, 0]);
});

test('no id is all zeros', () => {
  const ids = new IdSource((words) => words.fill(0));
  const into = new Int32Array(6);
  ids.draw(into, 0, 6);
  assert.notDeepEqual(into.subarray(0, 4), new Int32Array(4));
  assert.notDeepEqual(into.subarray(4), new Int32Array(2));
  assert.notEqual(spanId(ids), '00'.repeat(10));
});

test('the random block is filled anew when it is used up', () => {
  const ids = counting();
  const seen = new Set<string>();
  for (let count = 0; count < 10_000; count++) seen.add(spanId(ids));
  assert.equal(seen.size, 10_000);
});

test('without a source of its own, ids are random', () => {
  const ids = new IdSource();
  assert.equal(new Set([spanId(ids), spanId(ids), spanId(new IdSource())]).size, 3);
});
