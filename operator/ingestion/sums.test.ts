import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import * as zlib from 'node:zlib';
import { NOTHING } from '../../crds/account.ts';
import type { Report } from '../../crds/report.ts';
import { countersOf, reportOf } from './reporter.fixture.ts';
import { Sums } from './sums.ts';

const BOOKS = 'b'.repeat(16);
const boot = (digit: string) => digit.repeat(32);

/** A report of a run that goes on with the books of runs that counted `flows`. */
const after = (flows: number, crashes: number): Pick<Report, 'earlier'> => ({
  earlier: { books: BOOKS, account: { ...NOTHING, counters: countersOf({ flows, exported: flows }) }, crashes },
});

function shown(sums: Sums) {
  const { account, crashes } = sums.totals();
  const { flows, exported, dropped } = account.counters;
  return { flows, exported, dropped, crashes, ...account.droppedByReason };
}

test('of a pod the last report counts, with what earlier runs have counted', () => {
  const sums = new Sums();
  sums.take('a', reportOf(1, { flows: 10, exported: 10 }, { boot: boot('1'), ...after(0, 0) }));
  sums.take('a', reportOf(2, { flows: 30, exported: 30 }, { boot: boot('1'), ...after(0, 0) }));
  sums.take('a', reportOf(1, { flows: 5, exported: 5 }, { boot: boot('2'), ...after(32, 1) }));
  assert.deepEqual(shown(sums), { flows: 37, exported: 37, dropped: 0, crashes: 1 });
});

test('a collector without books that begins anew adds to what it had told, and what it had in memory is gone', () => {
  const sums = new Sums();
  sums.take('a', reportOf(9, { flows: 30, exported: 26 }, { boot: boot('1'), inFlight: 4 }));
  sums.take('a', reportOf(1, { flows: 5, exported: 5 }, { boot: boot('2') }));
  assert.deepEqual(shown(sums), { flows: 35, exported: 31, dropped: 4, crashes: 1, crash: 4 });
});

test('what books say that are older than what was told takes nothing back', () => {
  const sums = new Sums();
  sums.take('a', reportOf(1, { flows: 50, exported: 50 }, { boot: boot('1'), ...after(0, 0) }));
  sums.take('a', reportOf(1, { flows: 3, exported: 3 }, { boot: boot('2'), ...after(40, 1) }));
  assert.deepEqual(shown(sums), { flows: 50, exported: 50, dropped: 0, crashes: 1 });
});

test('a pod that is gone for a minute leaves its sums', () => {
  const sums = new Sums();
  sums.take('a', reportOf(1, { flows: 50, exported: 40 }, { droppedByReason: { queue_full: 3 }, inFlight: 7 }));
  const both = shown(sums);
  sums.retire(new Map(), 0);
  sums.retire(new Map(), 59_999);
  assert.deepEqual([shown(sums), sums.size], [both, 1]);
  sums.retire(new Map(), 60_000);
  assert.deepEqual([shown(sums), sums.size], [{ ...both, dropped: 7, crash: 7 }, 0]);
});

for (const [what, spoolGoes, gone] of [
  ['in an emptyDir', true, { dropped: 12, crash: 2, spool_gone: 10 }],
  ['in a folder of the node', false, { dropped: 2, crash: 2 }],
] as const) {
  test(`what a pod that is gone has left ${what}, also for another operator`, () => {
    const first = new Sums();
    first.take('a', reportOf(1, { flows: 50, exported: 38 }, { inFlight: 2, spooled: 10 }));
    first.retire(new Map([['a', spoolGoes]]), 0);
    const next = new Sums();
    next.load(first.encode());
    for (const sums of [first, next]) {
      for (const now of [0, 60_000]) sums.retire(new Map(), now);
      assert.deepEqual(shown(sums), { flows: 50, exported: 38, crashes: 0, ...gone });
    }
  });
}

test('a collector that is started again in its pod finds its disk', () => {
  const sums = new Sums();
  sums.retire(new Map([['a', true]]), 0);
  sums.take('a', reportOf(9, { flows: 30, exported: 20 }, { boot: boot('1'), spooled: 10 }));
  sums.retire(new Map([['a', true]]), 0);
  sums.take('a', reportOf(1, { flows: 0, exported: 10 }, { boot: boot('2') }));
  assert.deepEqual(shown(sums), { flows: 30, exported: 30, dropped: 0, crashes: 1 });
});

suite('another operator', () => {
  const first = new Sums();
  first.take('gone', reportOf(1, { flows: 7, exported: 7 }));
  for (const now of [0, 60_000]) first.retire(new Map(), now);
  first.take('a', reportOf(1, { flows: 50, exported: 50 }, { boot: boot('1') }));
  first.take('b', reportOf(1, { flows: 20, exported: 20 }, { boot: boot('1'), droppedByReason: { shutdown: 2 } }));

  test('goes on with what was kept', () => {
    const next = new Sums();
    next.load(first.encode());
    assert.deepEqual(next.totals(), first.totals());
  });
  test('counts once what it has heard of before', () => {
    const next = new Sums();
    next.take('a', reportOf(2, { flows: 60, exported: 60 }, { boot: boot('1') }));
    next.take('c', reportOf(2, { flows: 1, exported: 1 }));
    next.load(first.encode());
    assert.equal(shown(next).flows, 7 + 60 + 20 + 1);
  });
  test('knows that a collector has begun anew meanwhile', () => {
    const next = new Sums();
    next.take('a', reportOf(2, { flows: 5, exported: 5 }, { boot: boot('2') }));
    next.load(first.encode());
    assert.deepEqual([shown(next).flows, shown(next).crashes], [7 + 50 + 5 + 20, 1]);
  });
  test('finds counters by their names, which may be others', () => {
    const next = new Sums();
    const { gunzipSync, gzipSync } = zlib;
    const record = JSON.parse(gunzipSync(first.encode()).toString());
    record.names = ['new', ...record.names.slice(0, -2)];
    for (const pod of Object.values<unknown[]>(record.pods)) pod[4] = [9, ...(pod[4] as number[]).slice(0, -2)];
    next.load(gzipSync(JSON.stringify(record)));
    assert.deepEqual(shown(next), shown(first));
  });
});

test('of 20,000 pods as many are kept as there is room for', () => {
  const sums = new Sums();
  for (let index = 0; index < 20_000; index++) {
    const counts = { packets: index * 7_919, flows: index * 104_729, exported: index * 104_723, lostFlows: index * 31 };
    const id = createHash('sha256').update(String(index)).digest('hex');
    sums.take(randomUUID(), reportOf(1, counts, { boot: id.slice(0, 32) }));
  }
  assert.ok(sums.encode().length <= 700 * 1_024);
});
