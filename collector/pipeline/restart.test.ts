/** What exporters sent while no collector ran is known to be lost by the first packet after it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { type KeptDomain, KeptSequences } from '../templates/kept-sequences.ts';
import { createHarness, type Harness, ipfix, NOW, v5, v9 } from './pipeline.fixture.ts';

const SECOND = 1_000;

/** So many workers of the next run. */
function nextRun(before: Harness[], workers: number, config: CollectorConfigInput = {}): Harness[] {
  const file: KeptDomain[] = JSON.parse(JSON.stringify(before.flatMap(({ pipeline }) => pipeline.keepSequences())));
  const claims = new Int32Array(new SharedArrayBuffer(4 * file.length));
  return Array.from({ length: workers }, () => createHarness(config, { kept: new KeptSequences(file, claims) }));
}

const lost = (harness: Harness) =>
  (['lostFlows', 'lostPackets', 'lostFlowsBetweenRuns', 'lostPacketsBetweenRuns'] as const).map((name) =>
    harness.count(name),
  );

test('v5 counts flows: those sent meanwhile are lost, once, whichever worker hears of the exporter', () => {
  const first = createHarness();
  for (const sequence of [0, 30, 60]) first.receive(v5(30, { sequence }));
  const [one, other] = nextRun([first], 2);
  other.receive(v5(30, { sequence: 390 }), {}, NOW + 10 * SECOND);
  other.receive(v5(30, { sequence: 450 }));
  one.receive(v5(30, { sequence: 480 }));
  assert.deepEqual(lost(other), [330, 0, 300, 0]);
  assert.deepEqual(lost(one), [0, 0, 0, 0]);
});

test('domains, engines and exporters are told apart', () => {
  const first = createHarness();
  first.receive(v5(30, { sequence: 0, engine: 1 }));
  first.receive(v5(30, { sequence: 1_000, engine: 2 }));
  first.receive(v5(30, { sequence: 5_000, engine: 1 }), { address: '10.0.0.2' });
  const [next] = nextRun([first], 1);
  next.receive(v5(30, { sequence: 40, engine: 1 }));
  next.receive(v5(30, { sequence: 1_030, engine: 2 }));
  next.receive(v5(30, { sequence: 0, engine: 3 }));
  next.receive(v5(30, { sequence: 5_032, engine: 1 }), { address: '10.0.0.2' });
  assert.deepEqual(lost(next), [12, 0, 12, 0]);
});

test('v9 counts packets, and its sequence is kept with what was learned of it', () => {
  const first = createHarness();
  const packet = (sequence: number) => v9('0000 000c  0100 0001  0004 0001  0100 0008 06110100', { sequence });
  for (let sequence = 0; sequence < 40; sequence++) first.receive(packet(sequence));
  const [next] = nextRun([first], 1);
  next.receive(packet(47));
  assert.deepEqual(lost(next), [0, 7, 0, 7]);
});

test('exporters behind one address are told apart by their ports if so configured', () => {
  const config = { templates: { keyBySourcePort: true } };
  const first = createHarness(config);
  first.receive(v5(10, { sequence: 0 }), { port: 1 });
  first.receive(v5(10, { sequence: 500 }), { port: 2 });
  const [next] = nextRun([first], 1, config);
  next.receive(v5(10, { sequence: 511 }), { port: 2 });
  next.receive(v5(10, { sequence: 12 }), { port: 1 });
  assert.deepEqual(lost(next), [3, 0, 3, 0]);
});

test('an exporter that was restarted meanwhile has lost nothing that is known', () => {
  const first = createHarness();
  for (const sequence of [70_000, 70_010]) first.receive(ipfix('0002 000c  0100 0001  0004 0001', { sequence }));
  const [next] = nextRun([first], 1);
  next.receive(ipfix('0002 000c  0100 0001  0004 0001', { sequence: 0 }), {}, NOW + 10 * SECOND);
  assert.deepEqual(lost(next), [0, 0, 0, 0]);
});

test('what is kept is bounded, for one exporter and in all', () => {
  const harness = createHarness();
  for (let engine = 0; engine < 1_000; engine++) harness.receive(v5(1, { engine }));
  for (let index = 0; index < 5_000; index++) {
    harness.receive(v5(1), { address: `10.1.${index >> 8}.${index & 255}` });
  }
  const kept = harness.pipeline.keepSequences();
  assert.equal(kept.length, 4_096);
  assert.ok(kept[0].key.includes('10.1.19.135'), 'the one heard of last comes first');
  const one = createHarness();
  for (let engine = 0; engine < 1_000; engine++) one.receive(v5(1, { engine }));
  assert.equal(one.pipeline.keepSequences().length, 256);
});
