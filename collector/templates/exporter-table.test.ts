import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createStore, heldSet, template } from './templates.fixture.ts';

describe('an exporter', () => {
  for (const [name, a, b, keyBySourcePort, same] of [
    ['is its address', [0, '10.0.0.1', 1], [0, '10.0.0.1', 2], false, true],
    ['is another at another address', [0, '10.0.0.1', 1], [0, '10.0.0.2', 1], false, false],
    ['is another on another listener', [0, '10.0.0.1', 1], [1, '10.0.0.1', 1], false, false],
    ['is the same on a dual-stack socket', [0, '10.0.0.1', 1], [0, '::ffff:10.0.0.1', 1], false, true],
    ['is the same on any link', [0, 'fe80::1', 1], [0, 'fe80::1%eth0', 1], false, true],
    ['is its port too, if so configured', [0, '10.0.0.1', 1], [0, '10.0.0.1', 2], true, false],
    ['is one on one port', [0, '10.0.0.1', 1], [0, '::ffff:10.0.0.1', 1], true, true],
  ] as [string, [number, string, number], [number, string, number], boolean, boolean][]) {
    test(name, () => {
      const { exporters } = createStore({}, { keyBySourcePort });
      const exporter = exporters.add(...a, 0);
      assert.equal(exporters.find(...b) === exporter, same);
    });
  }

  test('that was not heard of for longest is forgotten, with its templates and what it waits for', () => {
    const { store, exporters, discarded } = createStore({ exporters: 2 });
    const [first, second] = ['10.0.0.1', '10.0.0.2'].map((address) => exporters.add(0, address, 1, 0));
    store.learn(second, 0, template(256), 0, 0);
    store.hold(heldSet(second, 1, 100));
    first.received(10, 1, 100, 2_000);
    exporters.add(0, '10.0.0.3', 1, 2_000);
    assert.deepEqual(
      Array.from(exporters.all.values(), ({ address }) => address),
      ['10.0.0.1', '10.0.0.3'],
    );
    assert.deepEqual([store.size, store.heldBytes, discarded()], [0, 0, 1]);
  });
});

describe('domains', () => {
  test('of one exporter: the longest silent go', () => {
    const { exporters } = createStore();
    const exporter = exporters.add(0, '10.0.0.1', 1, 0);
    const domains = Array.from({ length: 1_024 }, (_, id) => exporters.domain(exporter, 10, id, id));
    exporters.domain(exporter, 10, 0, 2_000);
    exporters.domain(exporter, 10, 1_024, 2_000);
    assert.ok(exporter.domains.size <= 1_024);
    assert.equal(exporters.domain(exporter, 10, 0, 2_000), domains[0]);
    assert.equal(exporters.domain(exporter, 10, 1_023, 2_000), domains[1_023]);
    assert.notEqual(exporters.domain(exporter, 10, 1, 2_000), domains[1]);
  });

  test('of all: those of exporters that have many, unless flows came lately', () => {
    const { exporters, exceeded } = createStore();
    const quiet = exporters.add(0, '10.0.1.1', 1, 0);
    const mediator = exporters.add(0, '10.0.1.2', 1, 0);
    exporters.domain(quiet, 10, 0, 0);
    for (let id = 0; id < 1_000; id++) exporters.domain(mediator, 10, id, 0).flowsAt = 0;
    mediator.decoded(1, 0);
    const noisy = Array.from({ length: 66 }, (_, host) => exporters.add(0, `10.0.0.${host}`, 1, 0));
    for (const exporter of noisy) for (let id = 0; id < 1_000; id++) exporters.domain(exporter, 10, id, 1);
    assert.deepEqual([quiet.domains.size, mediator.domains.size], [1, 1_000]);
    const kept = noisy.reduce((count, { domains }) => count + domains.size, 0);
    assert.ok(kept <= 32_768 && kept > 25_000);
    assert.equal(exceeded.domains, 66_000 - kept);
  });
});
