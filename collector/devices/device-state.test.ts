import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DeviceStates } from './device-state.ts';
import type { Fact } from './facts.ts';

const teller = (inUse = false) => ({ isInUse: () => inUse });
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
    const state = new DeviceStates().create(teller());
    for (const [whose, fact, receivedAt, news] of steps) {
      if (whose === 'others') state.adopt(fact, { receivedAt }, 0);
      else assert.equal(state.take(fact, receivedAt, 0) !== undefined, news);
    }
    assert.equal(state.find('boot', 0)?.ms, ms);
  });
}

test('what is told here counts for more than what is adopted, whatever their times', () => {
  const state = new DeviceStates().create(teller());
  const adopted = (ms: number, receivedAt: number) => state.adopt(started(ms), { receivedAt, adopted: true }, 0);
  adopted(1, 9_999);
  assert.equal(state.find('boot', 0)?.ms, 1);
  state.take(started(2), 100, 0);
  adopted(3, 99_999);
  assert.equal(state.find('boot', 0)?.ms, 2);
  state.adopt(started(4), { receivedAt: 200 }, 0);
  assert.equal(state.find('boot', 0)?.ms, 4, 'of another worker');
});

test('what is adopted leaves half of the room to what is told here', () => {
  const states = new DeviceStates();
  const [telling, flooding] = [teller(), teller()];
  const [told, flooded] = [states.create(telling), states.create(flooding)];
  for (let id = 0; id < 10; id++) told.take({ kind: 'interface', id, name: 'x' }, 1, 0);
  for (let id = 0; id < 100_000; id++) {
    flooded.adopt({ kind: 'interface', id, name: 'x'.repeat(256) }, { receivedAt: 1, adopted: true }, 0);
  }
  const bytes = states.budget.sizeOf(flooding);
  assert.ok(bytes <= 8 * 2 ** 20 + 4_096, String(bytes));
  assert.equal(states.budget.entriesOf(telling), 10);
});

test('name and description may come in different records, and an empty one takes a name away', () => {
  const state = new DeviceStates().create(teller());
  state.take({ kind: 'interface', id: 3, name: 'Gi0/3' }, 1, 0);
  const both = { kind: 'interface', id: 3, name: 'Gi0/3', description: 'to core' };
  assert.deepEqual(state.take({ kind: 'interface', id: 3, description: 'to core' }, 2, 0), both);
  state.take({ kind: 'interface', id: 3, name: '' }, 3, 0);
  assert.deepEqual(state.find('interface', 3), { ...both, name: '' });
});

test('samplers that agree have a common rate', () => {
  const state = new DeviceStates().create(teller());
  assert.equal(state.commonRate, undefined);
  state.take(rate(1, 100), 1, 0);
  state.take({ kind: 'rate of selector', id: 1, interval: 100 }, 1, 0);
  assert.equal(state.commonRate, 100);
  state.take(rate(2, 200), 1, 0);
  assert.equal(state.commonRate, undefined);
  state.take(rate(2, 100), 1, 0);
  assert.equal(state.commonRate, 100);
});

test('a rate of 0 takes back what was told, and says nothing of what was not', () => {
  const state = new DeviceStates().create(teller());
  assert.equal(state.take(rate(1, 0), 1, 0), undefined);
  assert.equal(state.find('rate of sampler', 1), undefined);
  state.take(rate(1, 100), 2, 0);
  state.take(rate(2, 200), 2, 0);
  assert.deepEqual(state.take(rate(1, 0), 3, 0), rate(1, 0), 'others are told');
  assert.equal(state.take(rate(1, 0), 4, 0), undefined);
  assert.equal(state.commonRate, 200);
  assert.deepEqual([...state.rates()], [rate(2, 200)]);
  state.adopt(rate(1, 100), { receivedAt: 2 }, 0);
  assert.deepEqual(state.find('rate of sampler', 1), rate(1, 0), 'it supersedes what others knew before');
});

suite('bounds', () => {
  const KIB = 'x'.repeat(256);
  const named = (id: number): Fact => ({ kind: 'interface', id, name: KIB, description: KIB });

  test('of one exporter the domain loses its own oldest facts that tells too much', () => {
    const states = new DeviceStates();
    const exporter = teller();
    const [quiet, noisy] = [states.create(exporter), states.create(exporter)];
    quiet.take(rate(1, 100), 1, 0);
    for (let id = 0; id < 50_000; id++) noisy.take(named(id), 1, 0);
    assert.ok(quiet.find('rate of sampler', 1));
    assert.equal(noisy.find('interface', 0), undefined);
    assert.ok(noisy.find('interface', 49_999));
  });

  test('an exporter that tells too much loses its own oldest facts', () => {
    const states = new DeviceStates();
    const quiet = states.create(teller());
    quiet.take(rate(1, 100), 1, 0);
    const exporter = teller();
    const domains = Array.from({ length: 20 }, () => states.create(exporter));
    for (let id = 0; id < 100_000; id++) domains[id % domains.length].take(named(id), 1, 0);
    assert.equal(domains[0].find('interface', 0), undefined);
    assert.ok(domains[19].find('interface', 99_999));
    const bytes = states.budget.sizeOf(exporter);
    assert.ok(bytes <= 16 * 2 ** 20 && bytes > 14 * 2 ** 20, `${bytes} bytes`);
    assert.ok(quiet.find('rate of sampler', 1));
  });

  test('what is told again is not the oldest', () => {
    const state = new DeviceStates().create(teller());
    state.take(rate(1, 100), 1, 0);
    for (let id = 0; id < 50_000; id++) {
      state.take(named(id), 1, 0);
      if (id % 1_000 === 0) state.take(rate(1, 100), 1, 0);
    }
    assert.ok(state.find('rate of sampler', 1));
  });

  test('of many exporters those lose that have told most, and those first that send no flows', () => {
    let forgotten = 0;
    const states = new DeviceStates(() => forgotten++);
    const tables = teller(true);
    const state = states.create(tables);
    for (let id = 0; id < 1_000; id++) state.take(named(id), 1, 0);
    const quiet = Array.from({ length: 10 }, () => states.create(teller()));
    for (const [id, state] of quiet.entries()) state.take(rate(id, 100), 1, 0);
    for (let exporter = 0; exporter < 2_000; exporter++) {
      const state = states.create(teller());
      for (let id = 0; id < 100; id++) state.take(named(id), 1, 0);
    }
    const { size } = states.budget;
    assert.ok(size <= 64 * 2 ** 20 && size > 50 * 2 ** 20, `${size} bytes`);
    assert.equal(states.budget.entriesOf(tables), 1_000);
    assert.equal(states.budget.entries + forgotten, 1_000 + 10 + 2_000 * 100);
  });

  test('a domain or exporter that is forgotten frees its memory', () => {
    const states = new DeviceStates();
    const exporter = teller();
    const [one, other] = [states.create(exporter), states.create(exporter)];
    for (let id = 0; id < 100; id++) for (const state of [one, other]) state.take(named(id), 1, 0);
    one.clear();
    assert.equal(states.budget.entries, 100);
    states.forget(exporter);
    assert.equal(states.budget.size, 0);
  });
});
