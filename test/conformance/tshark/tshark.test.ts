import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareWithTshark } from './compare.ts';
import { missingTshark } from './dissect.ts';

const missing = missingTshark();
if (missing && process.env.CI) throw new Error(missing);

test("captures decode as Wireshark's dissector shows them", { skip: missing }, async (t) => {
  const rows = compareWithTshark();
  for (const { capture, differ } of rows) await t.test(capture, () => assert.deepEqual(differ, []));

  const sum = (read: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + read(row), 0);
  assert.ok(sum(({ compared }) => compared) > 30_000, 'fields compared');
  assert.ok(sum(({ explained }) => explained.length) < 50, 'disagreements explained');
});
