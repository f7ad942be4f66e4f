import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Budget, type BudgetOptions, type Worth } from './budget.ts';

type Value = { owner: string; id: number; size: number; used: number; worth: Worth; part?: string };

function create(options: Partial<BudgetOptions<string, Value>>) {
  const forgotten: string[] = [];
  const budget = new Budget<string, Value>({
    ofAll: {},
    ownerOf: ({ owner }) => owner,
    sizeOf: ({ size }) => size,
    usedAt: ({ used }) => used,
    worthOf: ({ worth }) => worth,
    partOf: ({ part }) => part,
    ...options,
    forget: ({ owner, id }) => forgotten.push(`${owner}${id}`),
  });
  let used = 0;
  const add = (owner: string, id: number, change: Partial<Value> = {}): Value => {
    const value: Value = { owner, id, size: 1, used: used++, worth: 0, ...change };
    budget.add(value);
    return value;
  };
  return { budget, add, forgotten };
}

suite('a bound of all', () => {
  test('in entries: who has most loses what it used longest ago', () => {
    const { budget, add, forgotten } = create({ ofAll: { entries: 4 } });
    const [first] = [0, 1, 2].map((id) => add('noisy', id));
    add('quiet', 0);
    first.used = 99;
    add('quiet', 1);
    assert.deepEqual(forgotten, ['noisy1']);
    assert.deepEqual([budget.entries, budget.entriesOf('noisy'), budget.entriesOf('quiet')], [4, 2, 2]);
  });

  test('in size: each counts with its own', () => {
    const { budget, add, forgotten } = create({ ofAll: { size: 100 } });
    for (let id = 0; id < 5; id++) add('many', id, { size: 5 });
    add('large', 0, { size: 70 });
    add('large', 1, { size: 10 });
    assert.deepEqual(forgotten, ['large0']);
    assert.deepEqual([budget.size, budget.sizeOf('many'), budget.sizeOf('large')], [35, 25, 10]);
  });

  test('what is worth more goes later, however much its owner has', () => {
    const { add, forgotten } = create({ ofAll: { entries: 5 } });
    for (const id of [0, 1, 2]) add('large', id, { worth: 2 });
    add('small', 0);
    add('small', 1, { worth: 1 });
    for (const id of [3, 4]) add('large', id, { worth: 2 });
    assert.deepEqual(forgotten, ['small0', 'small1']);
    add('large', 5, { worth: 2 });
    assert.deepEqual(forgotten, ['small0', 'small1', 'large0']);
  });

  test('the largest come down to the same level, and who is below it loses nothing', () => {
    const { budget, add } = create({ ofAll: { size: 1_000 } });
    for (const [owner, count] of [
      ['a', 500],
      ['b', 300],
      ['c', 100],
    ] as const)
      for (let id = 0; id < count; id++) add(owner, id);
    for (let id = 0; id < 101; id++) add('d', id);
    const counts = ['a', 'b', 'c', 'd'].map((owner) => budget.entriesOf(owner));
    assert.deepEqual(counts.slice(1), [300, 100, 101]);
    assert.ok(counts[0] < 400 && counts[0] > 350, `${counts[0]}`);
  });

  test('of those who have little the longest silent lose all, or, of worth 2, the newest', () => {
    for (const [worth, left] of [
      [0, ['8', '15']],
      [2, ['0', '7']],
    ] as [Worth, string[]][]) {
      const { budget, add } = create({ ofAll: { entries: 8 }, since: Number });
      for (let owner = 0; owner < 16; owner++) add(String(owner), 0, { worth });
      const owners = [...budget.values()].map(({ owner }) => owner);
      assert.ok(owners.length <= 8 && owners.includes(left[0] === '8' ? '15' : '0'), owners.join());
      assert.ok(!owners.includes(left[0] === '8' ? '0' : '8'), owners.join());
    }
  });

  test('room is made for much at once', () => {
    const { add, forgotten } = create({ ofAll: { entries: 800 } });
    for (let id = 0; id < 801; id++) add('one', id);
    assert.equal(forgotten.length, 101);
    add('one', 801);
    assert.equal(forgotten.length, 101);
  });

  test('what has no room at all is not kept', () => {
    const { budget, add, forgotten } = create({ ofAll: { size: 10 } });
    add('one', 0, { size: 11 });
    assert.deepEqual([forgotten, budget.size, budget.entries], [['one0'], 0, 0]);
  });

  test('what is new is not what goes', () => {
    const { budget, add } = create({ ofAll: { entries: 3 } });
    for (const id of [0, 1, 2]) add('old', id, { worth: 2 });
    add('new', 0);
    assert.equal(budget.entriesOf('new'), 1);
  });
});

suite('a bound of one', () => {
  test('who has too many loses what it used longest ago', () => {
    const { budget, add, forgotten } = create({ ofOne: { entries: 2 } });
    add('other', 0);
    for (const id of [0, 1, 2]) add('one', id, { worth: 2 });
    assert.deepEqual(forgotten, ['one0']);
    assert.equal(budget.entries, 3);
  });

  test('of its parts the largest loses', () => {
    const { add, forgotten } = create({ ofOne: { size: 30 } });
    add('one', 0, { part: 'quiet', size: 5 });
    for (const id of [1, 2, 3]) add('one', id, { part: 'noisy', size: 10 });
    assert.deepEqual(forgotten, ['one1']);
  });
});

test('what is deleted makes room, once', () => {
  const { budget, add, forgotten } = create({ ofAll: { entries: 2 } });
  const [one] = [0, 1].map((id) => add('one', id));
  assert.deepEqual([budget.delete(one), budget.delete(one)], [true, false]);
  add('one', 2);
  assert.deepEqual([forgotten, budget.entries, [...budget.of('one')].length], [[], 2, 2]);
});
