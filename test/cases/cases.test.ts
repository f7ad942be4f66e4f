import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { suite, test } from 'node:test';
import { type Case, checkCase } from './case.ts';
import { LISTS } from './lists.ts';
import { LOSS } from './loss.ts';
import { OPTIONS } from './options.ts';
import { SAMPLED } from './sampled.ts';
import { TIME } from './time.ts';
import { TUPLE } from './tuple.ts';
import { TYPES } from './types.ts';

const TABLES: Record<string, readonly Case[]> = { OPTIONS, TUPLE, TIME, LOSS, SAMPLED, LISTS, TYPES };

for (const [name, cases] of Object.entries(TABLES)) {
  suite(`cases: ${name.toLowerCase()}`, () => {
    for (const entry of cases) {
      test(`${entry.file}: ${entry.shows}`, () => {
        if (entry.until === undefined) checkCase(entry);
        else
          assert.throws(
            () => checkCase(entry),
            assert.AssertionError,
            `it passes now: take until: '${entry.until}' away`,
          );
      });
    }
  });
}

test('every file is in a table', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.hex'));
  const named = new Set(Object.values(TABLES).flatMap((cases) => cases.map(({ file }) => `${file}.hex`)));
  assert.deepEqual([...named].sort(), files.sort());
});
