import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureMemory } from '../../../test/fuzz/memory.ts';
import { PlanCode } from './code.ts';
import { compile } from './span.ts';

/** A plan of some 50 KiB of source, unlike all others. */
function plan(seed: number): () => number {
  const code = new PlanCode();
  code.line('let n = 0;');
  for (let line = 0; line < 2_000; line++) code.line(`n = n * ${line} + ${seed};`);
  code.line('return n;');
  return compile<() => number>(code, 'plan', '');
}

test('plans that nobody has any longer take no memory', () => {
  plan(0)();
  const before = measureMemory();
  for (let seed = 1; seed <= 100; seed++) plan(seed)();
  const grown = measureMemory() - before;
  assert.ok(grown < 2 ** 20, `${grown} bytes`);
});
