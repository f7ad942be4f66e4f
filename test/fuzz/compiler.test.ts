/**
 * V8's compilers: what they take for plans is outside of its heap, so that this looks at all memory of a process of its
 * own, which this file is.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { dataSet, templateSet } from '../generator/set.ts';
import { startFlood } from './beside.ts';

const MIB = 2 ** 20;
/** A process that does nothing else has some 120 MiB; eight templates took 3.7 GB once, one of them 0.9. */
const MAX_GROWTH = 320 * MIB;
const VARIABLE = 65_535;

test('eight templates of 1,024 fields of variable length, and much data of each', async () => {
  const flood = startFlood();
  const before = process.memoryUsage.rss();
  const record = Buffer.concat(Array(1_024).fill(Buffer.from([3, 97, 98, 99])));
  const data = (id: number) => dataSet(id, Array<Buffer>(14).fill(record));
  for (let template = 0; template < 8; template++) {
    const fields = Array.from({ length: 1_024 }, (_, field) => ({
      id: 200 + ((field + 7 * template) % 260),
      length: VARIABLE,
    }));
    flood.send(`10.0.0.${template}`, 1, templateSet(10, [{ id: 256, fields }]));
  }
  const flows = flood.count('flows');
  for (let round = 0; round < 60; round++) {
    for (let template = 0; template < 8; template++) flood.send(`10.0.0.${template}`, 1, data(256));
    // V8 compiles beside, and puts in place what it has when this thread rests.
    await setTimeout(1);
  }
  assert.equal(flood.count('flows') - flows, 60 * 8 * 14);
  assert.ok(flood.count('flowsExported') > 1_000);
  const growth = process.memoryUsage.rss() - before;
  assert.ok(growth < MAX_GROWTH, `grew by ${Math.round(growth / MIB)} MiB`);
  flood.check(64 * MIB);
});
