import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Template } from '../decode/template.ts';
import type { Exporter } from './exporter.ts';
import { templateKey } from './exporter.ts';
import { createStore, heldSet, template } from './templates.fixture.ts';

const HOUR = 3_600_000;
const ids = (exporter: Exporter): number[] => Array.from(exporter.templates.values(), (stored) => stored.template.id);
const lengthOf = (exporter: Exporter, id: number): number | undefined =>
  exporter.templates.get(templateKey(10, 0, id))?.template.minLength;

test('a template is told by version, domain and id', () => {
  const keys = [9, 10].flatMap((version) =>
    [0, 1, 2 ** 32 - 1].flatMap((domain) => [256, 65_535].map((id) => templateKey(version, domain, id))),
  );
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(keys.every(Number.isSafeInteger));
});

describe('a template', () => {
  /**
   * What is learned one after another: the length of its field, Export Time; what becomes of it, and what then holds.
   */
  for (const [name, steps] of [
    [
      'identical: a refresh',
      [
        [1, 100, 'new', 1],
        [1, 101, 'refreshed', 1],
      ],
    ],
    [
      'different: replaces',
      [
        [1, 100, 'new', 1],
        [2, 101, 'changed', 2],
      ],
    ],
    [
      'different at the same time: replaces',
      [
        [1, 100, 'new', 1],
        [2, 100, 'changed', 2],
      ],
    ],
    [
      'late: does not restore the old one',
      [
        [1, 100, 'new', 1],
        [2, 101, 'changed', 2],
        [1, 100, 'late', 2],
      ],
    ],
    [
      'late by a minute',
      [
        [1, 100, 'new', 1],
        [2, 160, 'changed', 2],
        [1, 100, 'late', 2],
      ],
    ],
    [
      'clock set back by more',
      [
        [1, 161, 'new', 1],
        [2, 100, 'changed', 2],
        [1, 101, 'changed', 1],
      ],
    ],
    [
      'late behind a refresh',
      [
        [2, 100, 'new', 2],
        [2, 150, 'refreshed', 2],
        [1, 149, 'late', 2],
      ],
    ],
    [
      'a late refresh',
      [
        [1, 150, 'new', 1],
        [1, 140, 'refreshed', 1],
        [2, 145, 'late', 1],
      ],
    ],
    [
      'clock set back, then a refresh: what comes after it is not late',
      [
        [1, 200, 'new', 1],
        [1, 100, 'refreshed', 1],
        [2, 150, 'changed', 2],
      ],
    ],
    [
      'no clock at all',
      [
        [1, 0, 'new', 1],
        [2, 0, 'changed', 2],
      ],
    ],
  ] as [string, [number, number, string, number][]][]) {
    test(name, () => {
      const { store, exporters } = createStore();
      const exporter = exporters.add(0, '10.0.0.1', 1, 0);
      for (const [length, exportTime, outcome, holds] of steps) {
        assert.equal(store.learn(exporter, 0, template(256, length), exportTime, 0).outcome, outcome);
        assert.equal(lengthOf(exporter, 256), holds);
      }
      assert.equal(store.size, 1);
    });
  }

  for (const [name, [learned, announced], holds] of [
    ['received by another later replaces', [100, 101], 2],
    ['received by another earlier does not', [100, 99], 1],
    ['received by another at the same time does not', [100, 100], 1],
  ] as [string, [number, number], number][]) {
    test(name, () => {
      const { store, exporters } = createStore();
      const exporter = exporters.add(0, '10.0.0.1', 1, 0);
      store.learn(exporter, 0, template(256, 1), 7, learned);
      store.adopt(exporter, 0, template(256, 2), { exportTime: 7, receivedAt: announced, port: 1 }, 200);
      assert.equal(lengthOf(exporter, 256), holds);
    });
  }

  for (const [name, [first, then], holds] of [
    ['announced here replaces what is adopted, however late it says it is', ['adopted', 'own'], 2],
    ['announced here is not replaced by what is adopted', ['own', 'adopted'], 1],
    ['announced to another worker neither', ['worker', 'adopted'], 1],
    ['announced to another worker replaces what is adopted', ['adopted', 'worker'], 2],
    ['that is adopted is replaced by what is adopted and later', ['adopted', 'later'], 2],
  ] as [string, string[], number][]) {
    test(name, () => {
      const { store, exporters } = createStore();
      const exporter = exporters.add(0, '10.0.0.1', 1, 0);
      for (const [index, whose] of [first, then].entries()) {
        const of = template(256, index + 1);
        const received = { exportTime: 7_000, receivedAt: whose === 'later' ? 9_999 : 9_000, port: 1 };
        if (whose === 'own') store.learn(exporter, 0, of, 6_990, 100);
        else store.adopt(exporter, 0, of, { ...received, adopted: whose !== 'worker' }, 100);
      }
      assert.equal(lengthOf(exporter, 256), holds);
      assert.equal(exporter.flipping, false);
    });
  }

  test('that is adopted takes nobody’s place', () => {
    const { store, exporters } = createStore({ templatesPerExporter: 2, templates: 3 });
    const [one, other] = ['10.0.0.1', '10.0.0.2'].map((address) => exporters.add(0, address, 1, 0));
    for (const exporter of [one, one, other].entries()) store.learn(exporter[1], 0, template(256 + exporter[0]), 1, 1);
    const received = { exportTime: 7, receivedAt: 9_999, port: 1, adopted: true };
    for (const exporter of [one, other]) store.adopt(exporter, 0, template(300), received, 2);
    assert.deepEqual([ids(one), ids(other)], [[256, 257], [258]]);
  });

  test('that is repeated is told again: when it was adopted, and every ten minutes', () => {
    const { store, exporters } = createStore();
    const exporter = exporters.add(0, '10.0.0.1', 1, 0);
    const received = { exportTime: 7, receivedAt: 100, port: 1, adopted: true };
    store.adopt(exporter, 0, template(256), received, 0);
    const outcomes = [1, 2, 600_000, 600_001, 600_002].map(
      (now) => store.learn(exporter, 0, template(256), 7 + now, now).outcome,
    );
    assert.deepEqual(outcomes, ['repeated', 'refreshed', 'refreshed', 'repeated', 'refreshed']);
  });

  test('received by another releases what waits for it, once', () => {
    const { store, exporters } = createStore();
    const exporter = exporters.add(0, '10.0.0.1', 1, 0);
    const set = heldSet(exporter, templateKey(10, 0, 256), 1);
    store.hold(set);
    const received = { exportTime: 7, receivedAt: 100, port: 1 };
    assert.deepEqual(store.adopt(exporter, 0, template(256), received, 200), [set]);
    assert.deepEqual(store.adopt(exporter, 0, template(256), received, 200), []);
  });

  test('of options data differs from one of flows with the same bytes', () => {
    const { store, exporters } = createStore();
    const exporter = exporters.add(0, '10.0.0.1', 1, 0);
    store.learn(exporter, 0, template(256), 0, 0);
    assert.equal(store.learn(exporter, 0, template(256, 1, { options: true }), 0, 0).outcome, 'changed');
  });

  test('belongs to its domain, its version and its exporter', () => {
    const { store, exporters } = createStore();
    const [one, other] = ['10.0.0.1', '10.0.0.2'].map((address) => exporters.add(0, address, 1, 0));
    const outcomes = (
      [
        [one, 0, template(256)],
        [one, 1, template(256)],
        [one, 0, template(256, 1, { version: 9 })],
        [other, 0, template(256)],
      ] as [Exporter, number, Template][]
    ).map(([exporter, domain, of]) => store.learn(exporter, domain, of, 0, 0).outcome);
    assert.deepEqual(outcomes, ['new', 'new', 'new', 'new']);
    assert.equal(store.size, 4);
  });

  test('releases the data sets that wait for it, and no others', () => {
    const { store, exporters } = createStore();
    const [one, other] = ['10.0.0.1', '10.0.0.2'].map((address) => exporters.add(0, address, 1, 0));
    const key = templateKey(10, 0, 256);
    const sets = [heldSet(one, key, 1), heldSet(one, key, 2), heldSet(one, key + 1, 3), heldSet(other, key, 4)];
    for (const set of sets) store.hold(set);
    assert.deepEqual(store.learn(one, 0, template(256), 0, 0).released, sets.slice(0, 2));
    assert.deepEqual(store.learn(one, 0, template(256), 0, 0).released, []);
  });
});

describe('data sets that a template does not explain', () => {
  const key = templateKey(10, 0, 256);
  const create = () => {
    const created = createStore();
    const exporter = created.exporters.add(0, '10.0.0.1', 1, 0);
    const set = heldSet(exporter, key, 19);
    set.bytes.fill(255);
    return { ...created, exporter, set };
  };

  test('wait for one that does', () => {
    const { store, exporter, set, misfits } = create();
    store.hold(set);
    assert.deepEqual(store.learn(exporter, 0, template(256, 12), 0, 0).released, []);
    assert.deepEqual(store.learn(exporter, 0, template(256, 14), 1, 0).released, []);
    assert.deepEqual(store.learn(exporter, 0, template(256, 19), 2, 0).released, [set]);
    assert.deepEqual(misfits, [19]);
  });

  test('are of it when the exporter repeats it, and so are later ones', () => {
    const { store, exporters, exporter, set } = create();
    store.learn(exporter, 0, template(256, 12), 7, 0);
    assert.equal(store.findTemplate(exporters.domain(exporter, 10, 0, 0), key, 0)?.padded, false);
    store.hold(set);
    assert.deepEqual(store.learn(exporter, 0, template(256, 12), 7, 0).released, [], 'the same packet, once more');
    assert.deepEqual(store.learn(exporter, 0, template(256, 12), 6, 0).released, [], 'a late packet');
    assert.deepEqual(store.learn(exporter, 0, template(256, 12), 8, 0).released, [set]);
    assert.equal(store.findTemplate(exporters.domain(exporter, 10, 0, 0), key, 0)?.padded, true);
    store.learn(exporter, 0, template(256, 11), 9, 0);
    assert.equal(store.findTemplate(exporters.domain(exporter, 10, 0, 0), key, 0)?.padded, false);
  });

  test('not when they hold no whole record', () => {
    const { store, exporter, set } = create();
    store.learn(exporter, 0, template(256, 20), 7, 0);
    store.hold(set);
    assert.deepEqual(store.learn(exporter, 0, template(256, 20), 8, 0).released, []);
  });

  test('nor when there are two exporters behind the address', () => {
    const { store, exporter, set } = create();
    for (const [time, length] of [12, 14, 12].entries()) store.learn(exporter, 0, template(256, length), time, 0);
    store.hold(set);
    assert.deepEqual(store.learn(exporter, 0, template(256, 12), 8, 0).released, []);
  });
});

describe('templates that flip between layouts', () => {
  /** Lengths of one template's field, each from a source port; then the port of the last packet. */
  for (const [name, learned, last, flipping] of [
    [
      'one layout on two ports',
      [
        [1, 1],
        [1, 2],
      ],
      1,
      false,
    ],
    [
      'another layout on the same port',
      [
        [1, 1],
        [2, 1],
      ],
      1,
      false,
    ],
    [
      'another layout on another port, where it stays',
      [
        [1, 1],
        [2, 2],
      ],
      2,
      false,
    ],
    [
      'another layout on another port, both in use',
      [
        [1, 1],
        [2, 2],
      ],
      1,
      true,
    ],
    [
      'a layout that comes back',
      [
        [1, 1],
        [2, 1],
        [1, 1],
      ],
      1,
      true,
    ],
    [
      'three layouts',
      [
        [1, 1],
        [2, 1],
        [3, 1],
      ],
      1,
      false,
    ],
  ] as [string, [length: number, port: number][], number, boolean][]) {
    test(name, () => {
      const { store, exporters } = createStore();
      const exporter = exporters.add(0, '10.0.0.1', 1, 0);
      for (const [time, [length, port]] of learned.entries()) {
        exporter.received(10, port, 100, time);
        store.learn(exporter, 0, template(256, length), time, time);
      }
      exporter.received(10, last, 100, 9);
      assert.equal(exporter.flipping, flipping);
    });
  }

  test('not those that come from another collector, which leaves the port out', () => {
    const { store, exporters } = createStore();
    const exporter = exporters.add(0, '10.0.0.1', 1, 0);
    store.learn(exporter, 0, template(256, 1), 0, 0);
    store.adopt(exporter, 0, template(256, 2), { exportTime: 1, receivedAt: 1, port: 0 }, 1);
    exporter.received(10, 1, 100, 2);
    assert.equal(exporter.flipping, false);
  });
});

describe('limits', () => {
  test('of one exporter: the least recently refreshed or used template goes', () => {
    const { store, exporters } = createStore({ templatesPerExporter: 3 });
    const exporter = exporters.add(0, '10.0.0.1', 1, 0);
    for (const id of [256, 257, 258]) store.learn(exporter, 0, template(id), 0, 0);
    store.learn(exporter, 0, template(256), 0, HOUR);
    assert.equal(
      store.findTemplate(exporters.domain(exporter, 10, 0, 0), templateKey(10, 0, 257), HOUR)?.template.id,
      257,
    );
    store.learn(exporter, 0, template(259), 0, HOUR);
    assert.deepEqual(ids(exporter), [256, 257, 259]);
  });

  test('of all: who has most loses its least recently refreshed or used template', () => {
    const { store, exporters } = createStore({ templates: 3 });
    const [one, other] = ['10.0.0.1', '10.0.0.2'].map((address) => exporters.add(0, address, 1, 0));
    store.learn(one, 0, template(256), 0, 0);
    for (const [now, id] of [256, 257, 258].entries()) store.learn(other, 0, template(id), 0, now);
    assert.deepEqual([ids(one), ids(other), store.size], [[256], [257, 258], 3]);
  });

  test('of all: a template whose data came lately, of an exporter that sends flows, goes last', () => {
    const { store, exporters } = createStore({ templates: 4 });
    const [one, other] = ['10.0.0.1', '10.0.0.2'].map((address) => exporters.add(0, address, 1, 0));
    for (const id of [256, 257, 258]) store.learn(one, 0, template(id), 0, 0);
    for (const id of [256, 257]) store.findTemplate(exporters.domain(one, 10, 0, 0), templateKey(10, 0, id), 0);
    one.decoded(1, 0);
    for (const [now, id] of [256, 257, 258].entries()) store.learn(other, 0, template(id), 0, now + 1);
    assert.deepEqual([ids(one), ids(other)], [[256, 257, 258], [258]]);
    other.decoded(1, 4);
    store.learn(other, 0, template(259), 0, 4);
    store.findTemplate(exporters.domain(other, 10, 0, 5), templateKey(10, 0, 259), 5);
    assert.deepEqual([ids(one), ids(other)], [[256, 257, 258], [259]], 'first of who began to send flows last');
  });

  for (const [name, overrides] of [
    ['records', { raw: Buffer.alloc(2 ** 20) }],
    ['fields', { fields: Array(2 ** 14).fill({ pen: 0, id: 1, length: 1 }) }],
  ] as const) {
    test(`of memory: 128 MiB of ${name}`, () => {
      const { store, exporters } = createStore({ templatesPerExporter: 100_000, templates: 100_000 });
      const exporter = exporters.add(0, '10.0.0.1', 1, 0);
      for (let id = 256; id < 256 + 130; id++) store.learn(exporter, 0, template(id, 1, overrides), 0, 0);
      assert.ok(store.size < 128 && store.size > 110);
      assert.equal(ids(exporter).at(-1), 256 + 129);
    });
  }

  test('of age: what was neither refreshed nor used goes', () => {
    const { store, exporters } = createStore({}, { maxAge: HOUR });
    const exporter = exporters.add(0, '10.0.0.1', 1, 0);
    for (const id of [256, 257, 258]) store.learn(exporter, 0, template(id), 0, 0);
    store.learn(exporter, 0, template(256), 0, 1);
    store.findTemplate(exporters.domain(exporter, 10, 0, 0), templateKey(10, 0, 257), 1);
    store.expire(HOUR);
    assert.equal(store.size, 3);
    store.expire(HOUR + 1);
    assert.deepEqual(ids(exporter).sort(), [256, 257]);
  });

  test('of age: data sets that waited for too long go', () => {
    const { store, exporters, discarded } = createStore({ heldAge: 1_000 });
    const exporter = exporters.add(0, '10.0.0.1', 1, 0);
    store.hold(heldSet(exporter, 1, 10, 5_000));
    store.expire(6_000);
    assert.equal(discarded(), 0);
    store.expire(6_001);
    assert.deepEqual([discarded(), store.heldBytes], [1, 0]);
  });
});
