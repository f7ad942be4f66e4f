import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table, wrap } from './help.ts';

test('a text is broken between words at 100 columns', () => {
  const text = `${'x'.repeat(60)} ${'y'.repeat(39)} z`;
  assert.deepEqual(wrap(text, 0).split('\n'), [text.slice(0, -2), 'z']);
  assert.deepEqual(wrap(text, 1).split('\n'), ['x'.repeat(60), ` ${'y'.repeat(39)} z`]);
  assert.deepEqual(wrap(`a ${'w'.repeat(120)} b`, 4).split('\n'), ['a', `    ${'w'.repeat(120)}`, '    b']);
});

test('meanings begin in one column, below what is too long', () => {
  const rows = [
    ['-x', 'one'],
    ['--long N', 'two'],
  ] as const;
  assert.equal(table(rows), '  -x         one\n  --long N   two\n');
  assert.equal(table(rows, 8), '  -x    one\n  --long N\n        two\n');
  assert.equal(table([...rows, ['', 'three']], 8).split('\n')[3], '        three');
});
