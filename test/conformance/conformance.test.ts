import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runConformance } from './run.ts';

const rows = runConformance();

describe('captures of real exporters', () => {
  for (const row of rows) {
    test(`${row.vendor}: ${row.capture}`, () => {
      assert.deepEqual(row.disagree, [], "the source's expectations");
      assert.deepEqual(row.differ, [], 'the reference');
      assert.equal(row.agree + row.explained.length, row.compared);
    });
  }
});

test('the table is about something', () => {
  const sum = (read: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + read(row), 0);
  assert.ok(sum(({ compared }) => compared) > 1_500, 'fields compared with expectations');
  assert.ok(sum(({ flows }) => flows) > 2_000, 'flows decoded');
  assert.ok(new Set(rows.map(({ vendor }) => vendor)).size >= 15, 'vendors');
});
