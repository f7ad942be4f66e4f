import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KeptDomain } from '../templates/kept-sequences.ts';
import { accountWith, BOOKS, RUN, recordWith } from './books.fixture.ts';
import { carry } from './carry.ts';
import type { RunRecord } from './record.ts';

const OTHER = 'c'.repeat(16);
const ID = 'd'.repeat(16);
const none = new Map<string, number>();

test('without earlier books, new ones begin', () => {
  const { earlier, ...rest } = carry([], none, ID);
  assert.deepEqual(earlier, { books: ID, account: accountWith(), crashes: 0 });
  assert.deepEqual(rest, { sequences: [], crashed: 0, unbooked: 0, merged: [] });
});

suite('of a run that was killed', () => {
  const account = accountWith({ flows: 100, exported: 60, filtered: 5, sampledOut: 4, dropped: 1 }, { queue_full: 1 });
  for (const [name, record, left, expected] of [
    ['what was in memory is gone', { account }, none, { crashed: 30, unbooked: 0, flows: 100 }],
    ['what is on disk is not', { account, spools: [RUN] }, [[RUN, 12]], { crashed: 18, unbooked: 0, flows: 100 }],
    ['what it had taken over counts', { account, adopted: 7 }, none, { crashed: 37, unbooked: 0, flows: 100 }],
    [
      'what it had not taken over yet is still there',
      { account, adopted: 0, found: 9, spools: [RUN, OTHER] },
      [[OTHER, 9]],
      { crashed: 30, unbooked: 0, flows: 100 },
    ],
    [
      'what came after it had written, and is on disk, has come all the same',
      { account, spools: [RUN] },
      [[RUN, 50]],
      { crashed: 0, unbooked: 20, flows: 120 },
    ],
    [
      'what another collector has taken over is not in memory',
      { account, spools: [RUN], spooled: 11 },
      none,
      { crashed: 19, unbooked: 0, flows: 100 },
    ],
    [
      'folders of others are theirs',
      { account, spools: [RUN] },
      [
        [RUN, 0],
        [OTHER, 5],
      ],
      { crashed: 30, unbooked: 0, flows: 100 },
    ],
  ] as [string, Partial<RunRecord>, Iterable<[string, number]>, object][]) {
    test(name, () => {
      const carried = carry([recordWith(record)], new Map(left), ID);
      assert.deepEqual(
        { crashed: carried.crashed, unbooked: carried.unbooked, flows: carried.earlier.account.counters.flows },
        expected,
      );
      assert.deepEqual([carried.earlier.books, carried.earlier.crashes, carried.merged], [BOOKS, 1, [RUN]]);
    });
  }
});

test('of a run that ended in order nothing is gone', () => {
  const account = accountWith({ flows: 100, exported: 60 });
  const { earlier, crashed } = carry([recordWith({ closed: true, account })], none, ID);
  assert.deepEqual([earlier.crashes, crashed, earlier.account], [0, 0, account]);
});

test('runs add up, each once, although a file that was merged is still there', () => {
  const first = recordWith({ run: OTHER, account: accountWith({ flows: 5 }, { crash: 1 }), time: 1 });
  const second = recordWith({
    earlier: { books: BOOKS, account: first.account, crashes: 1 },
    account: accountWith({ flows: 7, exported: 7 }, { crash: 2, shutdown: 1 }),
    merged: [OTHER],
    unbooked: 3,
  });
  const { earlier, unbooked } = carry([first, second], none, ID);
  assert.deepEqual(earlier, {
    books: BOOKS,
    account: accountWith({ flows: 12, exported: 7 }, { crash: 3, shutdown: 1 }),
    crashes: 2,
  });
  assert.equal(unbooked, 3);
});

test('of sequences the one heard of last counts, unless that is long ago', () => {
  const domain = (key: string, at: number, last: number): KeptDomain => ({
    ...{ key, at },
    sequence: { last, sysUptime: 0, exportTime: 0, carried: { flows: 1, options: 0, templates: null }, account: null },
  });
  const time = 2 * 86_400_000;
  const { sequences } = carry(
    [
      recordWith({ run: OTHER, time, sequences: [domain('a', time - 10, 1), domain('b', time - 5, 2)] }),
      recordWith({ time, sequences: [domain('b', time - 20, 3), domain('old', 1, 4)] }),
    ],
    none,
    ID,
  );
  assert.deepEqual(
    sequences.map(({ key, sequence: { last } }) => [key, last]),
    [
      ['a', 1],
      ['b', 2],
    ],
  );
});
