import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DeviceStates } from './device-state.ts';
import type { Fact } from './facts.ts';

const started = (ms: number): Fact => ({ kind: 'boot', id: 0, ms });
const original = (address: string): Fact => ({ kind: 'original exporter', id: 0, address });
const rate = (id: number, interval: number): Fact => ({ kind: 'rate of sampler', id, interval });

/** What came, when it was received and by whom; whether our own was news. */
for (const [name, steps, ms] of [
  ['the first is news', [['own', started(1), 100, true]], 1],
  [
    'the same again is none',
    [
      ['own', started(1), 100, true],
      ['own', started(1), 200, false],
    ],
    1,
  ],
  [
    'another is',
    [
      ['own', started(1), 100, true],
      ['own', started(2), 200, true],
    ],
    2,
  ],
  ['of others it is taken', [['others', started(1), 100]], 1],
  [
    'unless ours is later',
    [
      ['own', started(1), 100, true],
      ['own', started(1), 300, false],
      ['others', started(2), 200],
    ],
    1,
  ],
  [
    'or at the same time',
    [
      ['own', started(1), 100, true],
      ['others', started(2), 100],
    ],
    1,
  ],
  [
    'a later one of others replaces ours',
    [
      ['own', started(1), 100, true],
      ['others', started(2), 200],
    ],
    2,
  ],
  [
    'each is as old as itself',
    [
      ['own', started(1), 100, true],
      ['own', original('0a000001'), 300, true],
      ['own', original('0a000001'), 301, false],
      ['own', original('0a000002'), 302, true],
      ['others', started(2), 200],
    ],
    2,
  ],
  [
    'what a clock that is ahead told does not outlast the exporter’s own word',
    [
      ['others', started(1), 9_999],
      ['own', started(2), 100, true],
    ],
    2,
  ],
] as [string, (['own', Fact, number, boolean] | ['others', Fact, number])[], number][]) {
  test(`what options data tell: ${name}`, () => {
    const state = new DeviceStates().create({});
    for (const [whose, fact, receivedAt, news] of steps) {
      if (whose === 'others') state.adopt(fact, { receivedAt });
      else assert.equal(state.take(fact, receivedAt) !== undefined, news);
    }
    assert.equal(state.find('boot', 0)?.ms, ms);
  });
}

test('what is told here counts for more than what is adopted, whatever their times', () => {
  const state = new DeviceStates().create({});
  const adopted = (ms: number, receivedAt: number) => state.adopt(started(ms), { receivedAt, adopted: true });
  adopted(1, 9_999);
  assert.equal(state.find('boot', 0)?.ms, 1);
  state.take(started(2), 100);
  adopted(3, 99_999);
  assert.equal(state.find('boot', 0)?.ms, 2);
  state.adopt(started(4), { receivedAt: 200 });
  assert.equal(state.find('boot', 0)?.ms, 4, 'of another worker');
});

test('what is adopted leaves half of the room to what is told here', () => {
  const states = new DeviceStates();
  const [told, flooded] = [states.create({}), states.create({})];
  for (let id = 0; id < 10; id++) told.take({ kind: 'interface', id, name: 'x' }, 1);
  for (let id = 0; id < 100_000; id++) {
    flooded.adopt({ kind: 'interface', id, name: 'x'.repeat(256) }, { receivedAt: 1, adopted: true });
  }
  assert.ok(flooded.bytes <= 6 * 2 ** 20 + 4_096, String(flooded.bytes));
  assert.equal([...told.facts()].length, 10);
});

test('name and description may come in different records, and an empty one takes a name away', () => {
  const state = new DeviceStates().create({});
  state.take({ kind: 'interface', id: 3, name: 'Gi0/3' }, 1);
  const both = { kind: 'interface', id: 3, name: 'Gi0/3', description: 'to core' };
  assert.deepEqual(state.take({ kind: 'interface', id: 3, description: 'to core' }, 2), both);
  state.take({ kind: 'interface', id: 3, name: '' }, 3);
  assert.deepEqual(state.find('interface', 3), { ...both, name: '' });
});

test('samplers that agree have a common rate', () => {
  const state = new DeviceStates().create({});
  assert.equal(state.commonRate, undefined);
  state.take(rate(1, 100), 1);
  state.take({ kind: 'rate of selector', id: 1, interval: 100 }, 1);
  assert.equal(state.commonRate, 100);
  state.take(rate(2, 200), 1);
  assert.equal(state.commonRate, undefined);
  state.take(rate(2, 100), 1);
  assert.equal(state.commonRate, 100);
});

suite('bounds', () => {
  const KIB = 'x'.repeat(256);
  const named = (id: number): Fact => ({ kind: 'interface', id, name: KIB, description: KIB });
  const told = (state: { facts(): Iterable<unknown> }) => [...state.facts()].length;

  test('a domain that tells too much loses its own oldest facts', () => {
    const states = new DeviceStates();
    const exporter = {};
    const [quiet, noisy] = [states.create(exporter), states.create(exporter)];
    quiet.take(rate(1, 100), 1);
    for (let id = 0; id < 50_000; id++) noisy.take(named(id), 1);
    assert.equal(quiet.find('rate of sampler', 1)?.kind, 'rate of sampler');
    assert.equal(noisy.find('interface', 0), undefined);
    assert.ok(noisy.find('interface', 49_999));
    assert.ok(noisy.bytes <= 12 * 2 ** 20 && noisy.bytes > 11 * 2 ** 20, `${noisy.bytes} bytes`);
  });

  test('what is told again is not the oldest', () => {
    const state = new DeviceStates().create({});
    state.take(rate(1, 100), 1);
    for (let id = 0; id < 50_000; id++) {
      state.take(named(id), 1);
      if (id % 1_000 === 0) state.take(rate(1, 100), 1);
    }
    assert.ok(state.find('rate of sampler', 1));
  });

  test('an exporter of many domains loses its own', () => {
    const states = new DeviceStates();
    const quiet = states.create({});
    quiet.take(rate(1, 100), 1);
    const exporter = {};
    const domains = Array.from({ length: 20 }, () => states.create(exporter));
    for (let id = 0; id < 100_000; id++) domains[id % domains.length].take(named(id), 1);
    const bytes = domains.reduce((sum, domain) => sum + domain.bytes, 0);
    assert.ok(bytes <= 16 * 2 ** 20 && bytes > 13 * 2 ** 20, `${bytes} bytes`);
    assert.equal(told(quiet), 1);
  });

  test('of many exporters those lose that have told most', () => {
    const states = new DeviceStates();
    const quiet = Array.from({ length: 10 }, () => states.create({}));
    for (const [id, state] of quiet.entries()) state.take(rate(id, 100), 1);
    for (let exporter = 0; exporter < 2_000; exporter++) {
      const state = states.create({});
      for (let id = 0; id < 100; id++) state.take(named(id), 1);
    }
    assert.ok(states.bytes <= 64 * 2 ** 20 && states.bytes > 50 * 2 ** 20, `${states.bytes} bytes`);
    assert.deepEqual(quiet.map(told), Array(10).fill(1));
  });

  test('a domain that is forgotten frees its memory', () => {
    const states = new DeviceStates();
    const exporter = {};
    const state = states.create(exporter);
    for (let id = 0; id < 100; id++) state.take(named(id), 1);
    states.remove(exporter, state);
    assert.equal(states.bytes, 0);
  });
});
