import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import { Exporter, type HeldSet } from './exporter.ts';
import { HeldSets } from './held.ts';
import { heldSet, storedTemplate, template } from './templates.fixture.ts';

/** Bytes that a set of 488 bytes counts as. */
const SET = 1_000;
const LENGTH = 488;
const KEY = 7;

function create(heldBytesPerExporter: number, heldBytes: number) {
  let discarded = 0;
  const limits = { ...collectorConfig.parse({}).limits, heldBytesPerExporter, heldBytes };
  const held = new HeldSets(limits, () => discarded++);
  const exporters = ['10.0.0.1', '10.0.0.2'].map((address) => new Exporter(address, 0, address, 1, 0));
  /** How many were given up for a set. */
  const add = (set: HeldSet): number => {
    const before = discarded;
    held.add(set);
    return discarded - before;
  };
  return { held, add, exporters };
}

function take(held: HeldSets, exporter: Exporter, key: number): HeldSet[] {
  return held.take(storedTemplate(exporter, key), () => assert.fail());
}

test('sets are taken in the order they came, once', () => {
  const {
    held,
    add,
    exporters: [one, other],
  } = create(10 * SET, 10 * SET);
  const sets = [heldSet(one, KEY, 1), heldSet(one, 8, 2), heldSet(one, KEY, 3), heldSet(other, KEY, 4)];
  for (const set of sets) assert.equal(add(set), 0);
  assert.deepEqual(take(held, one, KEY), [sets[0], sets[2]]);
  assert.deepEqual(take(held, one, KEY), []);
  assert.deepEqual([one.heldSets, other.heldSets], [1, 1]);
});

test('an exporter that holds too much loses its oldest', () => {
  const {
    held,
    add,
    exporters: [one, other],
  } = create(2 * SET, 10 * SET);
  add(heldSet(other, KEY, LENGTH));
  const sets = [1, 2, 3].map((time) => heldSet(one, KEY, LENGTH, time));
  assert.deepEqual(
    sets.map((set) => add(set)),
    [0, 0, 1],
  );
  assert.deepEqual(take(held, one, KEY), sets.slice(1));
  assert.equal(other.heldSets, 1);
});

test('when all hold too much, who holds most loses its oldest, and before that who sends no flows', () => {
  const {
    held,
    add,
    exporters: [one, other],
  } = create(10 * SET, 3 * SET);
  const sets = [1, 2, 3].map((time) => heldSet(other, KEY, LENGTH, time));
  assert.deepEqual([add(heldSet(one, KEY, LENGTH, 0)), ...sets.map(add)], [0, 0, 0, 1]);
  assert.deepEqual([...other.held.get(KEY)!], sets.slice(1));
  other.decoded(1, 4);
  assert.equal(add(heldSet(other, KEY, LENGTH, 4)), 1);
  assert.deepEqual([one.heldSets, other.heldSets, held.bytes], [0, 3, 3 * SET]);
});

test('a set larger than the limit is not held', () => {
  const {
    held,
    add,
    exporters: [one],
  } = create(SET, 10 * SET);
  assert.equal(add(heldSet(one, KEY, LENGTH + 1)), 1);
  assert.equal(held.bytes, 0);
});

test('small sets count with what they cost', () => {
  const {
    add,
    exporters: [one],
  } = create(10 * SET, 10 * SET);
  for (let set = 0; set < 1_000; set++) add(heldSet(one, KEY, 1));
  assert.ok(one.heldSets < 20);
});

test('what is too old is given up', () => {
  const {
    held,
    add,
    exporters: [one, other],
  } = create(10 * SET, 10 * SET);
  const sets = [heldSet(one, KEY, 1, 10), heldSet(other, KEY, 1, 20), heldSet(one, KEY, 1, 30)];
  for (const set of sets) add(set);
  assert.equal(held.expire(10), 0);
  assert.equal(held.expire(21), 2);
  assert.deepEqual(take(held, one, KEY), [sets[2]]);
});

test('bytes are given back however sets go', () => {
  const {
    held,
    add,
    exporters: [one, other],
  } = create(10 * SET, 10 * SET);
  for (const key of [1, 2, 3]) for (const exporter of [one, other]) add(heldSet(exporter, key, LENGTH, key));
  take(held, one, 1);
  assert.equal(held.bytes, 5 * SET);
  held.expire(2);
  assert.equal(held.bytes, 4 * SET);
  assert.equal(held.forget(one), 2);
  assert.equal(held.forget(one), 0);
  assert.deepEqual([held.bytes, one.heldBytes, other.heldBytes], [2 * SET, 0, 2 * SET]);
});

test('sets that do not fit a template wait for another, and are told once', () => {
  const {
    held,
    add,
    exporters: [one],
  } = create(10 * SET, 10 * SET);
  const sets = [heldSet(one, KEY, 8), heldSet(one, KEY, 5)];
  for (const set of sets) {
    set.bytes.fill(255);
    add(set);
  }
  const misfits: HeldSet[] = [];
  const fitting = (length: number) =>
    held.take(storedTemplate(one, KEY, template(256, length)), (set) => misfits.push(set));
  assert.deepEqual([fitting(9), fitting(8), fitting(5)], [[], [sets[0]], [sets[1]]]);
  assert.deepEqual(misfits, sets);
});
