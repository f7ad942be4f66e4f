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
  const held = new HeldSets({ ...collectorConfig.parse({}).limits, heldBytesPerExporter, heldBytes });
  const exporters = ['10.0.0.1', '10.0.0.2'].map((address) => new Exporter(address, 0, address, 1, 0));
  return { held, exporters };
}

function take(held: HeldSets, exporter: Exporter, key: number): HeldSet[] {
  return held.take(storedTemplate(exporter, key), () => assert.fail());
}

test('sets are taken in the order they came, once', () => {
  const {
    held,
    exporters: [one, other],
  } = create(10 * SET, 10 * SET);
  const sets = [heldSet(one, KEY, 1), heldSet(one, 8, 2), heldSet(one, KEY, 3), heldSet(other, KEY, 4)];
  for (const set of sets) assert.equal(held.add(set), 0);
  assert.deepEqual(take(held, one, KEY), [sets[0], sets[2]]);
  assert.deepEqual(take(held, one, KEY), []);
  assert.deepEqual([one.held.size, other.held.size], [1, 1]);
});

test('an exporter that holds too much loses its oldest', () => {
  const {
    held,
    exporters: [one, other],
  } = create(2 * SET, 10 * SET);
  held.add(heldSet(other, KEY, LENGTH));
  const sets = [1, 2, 3].map((time) => heldSet(one, KEY, LENGTH, time));
  assert.deepEqual(
    sets.map((set) => held.add(set)),
    [0, 0, 1],
  );
  assert.deepEqual(take(held, one, KEY), sets.slice(1));
  assert.equal(other.held.size, 1);
});

test('when all hold too much, the oldest of all goes', () => {
  const {
    held,
    exporters: [one, other],
  } = create(10 * SET, 2 * SET);
  const sets = [heldSet(one, KEY, LENGTH), heldSet(other, KEY, LENGTH), heldSet(other, KEY, LENGTH)];
  assert.deepEqual(
    sets.map((set) => held.add(set)),
    [0, 0, 1],
  );
  assert.deepEqual([one.held.size, other.held.size], [0, 2]);
});

test('a set larger than the limit is not held', () => {
  const {
    held,
    exporters: [one],
  } = create(SET, 10 * SET);
  assert.equal(held.add(heldSet(one, KEY, LENGTH + 1)), 1);
  assert.equal(held.bytes, 0);
});

test('small sets count with what they cost', () => {
  const {
    held,
    exporters: [one],
  } = create(10 * SET, 10 * SET);
  for (let set = 0; set < 1_000; set++) held.add(heldSet(one, KEY, 1));
  assert.ok(one.held.size < 20);
});

test('what is too old is given up', () => {
  const {
    held,
    exporters: [one, other],
  } = create(10 * SET, 10 * SET);
  const sets = [heldSet(one, KEY, 1, 10), heldSet(other, KEY, 1, 20), heldSet(one, KEY, 1, 30)];
  for (const set of sets) held.add(set);
  assert.equal(held.expire(10), 0);
  assert.equal(held.expire(21), 2);
  assert.deepEqual(take(held, one, KEY), [sets[2]]);
});

test('bytes are given back however sets go', () => {
  const {
    held,
    exporters: [one, other],
  } = create(10 * SET, 10 * SET);
  for (const key of [1, 2, 3]) for (const exporter of [one, other]) held.add(heldSet(exporter, key, LENGTH, key));
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
    exporters: [one],
  } = create(10 * SET, 10 * SET);
  const sets = [heldSet(one, KEY, 8), heldSet(one, KEY, 5)];
  for (const set of sets) {
    set.bytes.fill(255);
    held.add(set);
  }
  const misfits: HeldSet[] = [];
  const fitting = (length: number) =>
    held.take(storedTemplate(one, KEY, template(256, length)), (set) => misfits.push(set));
  assert.deepEqual([fitting(9), fitting(8), fitting(5)], [[], [sets[0]], [sets[1]]]);
  assert.deepEqual(misfits, sets);
});
