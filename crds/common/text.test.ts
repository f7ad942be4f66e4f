import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clip, listed } from './text.ts';

for (const [text, clipped] of [
  ['', ''],
  ['abcd', 'abcd'],
  ['abcde', 'abc…'],
] as const) {
  test(`"${text}" in four characters is "${clipped}"`, () => assert.equal(clip(text, 4), clipped));
}

for (const [names, text] of [
  [['a'], 'a'],
  [['b', 'a', 'b'], 'a, b'],
  [['d', 'c', 'b', 'a'], 'a, b and 2 more'],
] as const) {
  test(`of ${names.join(' ')} two are listed as "${text}"`, () => assert.equal(listed(names, 2), text));
}
