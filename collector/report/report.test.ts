import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { report as schema } from '../../crds/report.ts';
import { accountOf } from '../books/account.ts';
import { exporterFixture, stateFixture } from '../telemetry/state.fixture.ts';
import { createExportWatch } from './exporting.ts';
import { createReports } from './report.ts';
import { createExporterWatch } from './top-exporters.ts';

const NOW = Date.UTC(2030, 0, 1);

test('a report is what the operator takes', () => {
  const counts = {
    packets: 10,
    flows: 100,
    flowsExported: 60,
    flowsFiltered: 5,
    'flowsDropped.queue_full': 20,
    'flowsDropped.shutdown': 1,
    'packetErrors.malformed': 2,
    'packetErrors.bad_template': 1,
    lostFlows: 7,
    lostPackets: 3,
    lastPacketTime: NOW - 1_500,
    lastExportTime: NOW - 100,
  } as const;
  const state = stateFixture({}, { exporters: () => [exporterFixture({ lastPacketTime: NOW })] }, counts);
  const report = createReports(state)(NOW, 60_000);
  assert.deepEqual(schema.parse(report), report);
  assert.match(report.boot, /^[0-9a-f]{32}$/);
  assert.deepEqual(report.counters, {
    packets: 10,
    errors: 3,
    flows: 100,
    exported: 60,
    filtered: 5,
    sampledOut: 0,
    dropped: 21,
    lostFlows: 7,
    lostPackets: 3,
    lostFlowsBetweenRuns: 0,
    lostPacketsBetweenRuns: 0,
  });
  assert.deepEqual(report.droppedByReason, { queue_full: 20, shutdown: 1 });
  assert.deepEqual([report.export.state, report.exporters, report.sinceLastPacket], ['working', 1, 1_500]);
});

test('mistakes in files of names are told', () => {
  const error = 'the file of elements cannot be used: elements.file: /e.csv: line 2: "a b" is no name';
  const state = stateFixture({}, { elements: { file: '/e.csv', readTime: NOW, error, elements: 1 } });
  const report = createReports(state)(NOW, 60_000);
  assert.deepEqual(schema.parse(report), report);
  assert.equal(report.namesError, error);
});

test('where books are kept, they are told, as they were written last', () => {
  const account = { ...accountOf(stateFixture().ledger()), droppedByReason: { crash: 4 } };
  const earlier = { books: 'a'.repeat(16), account, crashes: 2 };
  const written = { account, inFlight: 6, spooled: 5, uptime: 50_000 };
  const state = stateFixture({}, { books: { earlier, written, total: () => account } }, { flows: 100 });
  const report = createReports(state)(NOW, 60_000);
  assert.deepEqual(schema.parse(report), report);
  const { uptime, counters, droppedByReason, inFlight, spooled } = report;
  assert.deepEqual(
    [report.earlier, { uptime, counters, droppedByReason, inFlight, spooled }],
    [earlier, { uptime: 50_000, inFlight: 6, spooled: 5, ...account }],
  );
});

test('books that can’t be written are told as they are', () => {
  const account = accountOf(stateFixture().ledger());
  const earlier = { books: 'a'.repeat(16), account, crashes: 0 };
  const state = stateFixture({}, { books: { earlier, written: undefined, total: () => account } }, { flows: 100 });
  const { uptime, counters } = createReports(state)(NOW, 60_000);
  assert.deepEqual([uptime, counters.flows], [60_000, 100]);
});

test('reports of one collector bear one boot, those of another one another', () => {
  const state = stateFixture();
  const [one, other] = [createReports(state), createReports(state)];
  assert.equal(one(NOW, 1).boot, one(NOW, 2).boot);
  assert.notEqual(one(NOW, 3).boot, other(NOW, 3).boot);
});

suite('exporting', () => {
  const none = { lastExportTime: 0, exportFailures: 0 };
  const failed = { ...none, exportFailures: 1 };
  const worked = { ...failed, lastExportTime: NOW };
  const cases: [name: string, looks: (typeof none)[], expected: string][] = [
    ['before anything was sent', [none, none], 'idle'],
    ['when it works', [worked], 'working'],
    ['when it failed', [failed], 'failing'],
    ['while the next attempt is awaited', [failed, failed], 'failing'],
    ['when it works again', [failed, worked], 'working'],
    ['after the last flow', [failed, worked, worked], 'working'],
    ['when it fails again', [worked, { ...worked, exportFailures: 2 }], 'failing'],
  ];
  for (const [name, looks, expected] of cases) {
    test(`${name}: ${expected}`, () => {
      const watch = createExportWatch(() => 'connect ECONNREFUSED');
      const last = looks.map(watch).at(-1);
      assert.deepEqual(last, { state: expected, ...(expected === 'failing' && { error: 'connect ECONNREFUSED' }) });
    });
  }
});

suite('the top exporters', () => {
  const row = (address: string, packets: number, changes = {}) =>
    exporterFixture({ address, packets, flows: packets * 10, firstPacketTime: NOW, lastPacketTime: NOW, ...changes });

  test('are by what they sent since the last look, over all workers and ports', () => {
    const watch = createExporterWatch();
    watch([row('10.0.0.1', 1e6), row('10.0.0.2', 10)], NOW, 10_000);
    const { top } = watch(
      [row('10.0.0.1', 1e6 + 10), row('10.0.0.2', 40), row('10.0.0.2', 30, { port: 2 })],
      NOW,
      20_000,
    );
    assert.deepEqual(top, [
      { address: '10.0.0.2', packetsPerSecond: 6, flowsPerSecond: 60, lostPercent: 0 },
      { address: '10.0.0.1', packetsPerSecond: 1, flowsPerSecond: 10, lostPercent: 0 },
    ]);
  });
  test('are told truly, although the rows are of some time before', () => {
    const watch = createExporterWatch();
    watch([row('10.0.0.1', 100, { lastPacketTime: NOW + 4_100 })], NOW, 5_000);
    const { top } = watch([row('10.0.0.1', 148, { lastPacketTime: NOW + 8_900 })], NOW, 10_000);
    assert.equal(top[0].packetsPerSecond, 10);
  });
  test('leave out who sent nothing; who has sent lately is counted', () => {
    const watch = createExporterWatch();
    const rows = [row('10.0.0.1', 5), row('10.0.0.2', 5, { lastPacketTime: NOW - 3_600_000 })];
    watch(rows, NOW, 10_000);
    assert.deepEqual(watch(rows, NOW, 20_000), { count: 1, top: [] });
  });
  test('are never below nothing when one was forgotten and began anew', () => {
    const watch = createExporterWatch();
    watch([row('10.0.0.1', 500)], NOW, 10_000);
    assert.equal(watch([row('10.0.0.1', 20)], NOW, 20_000).top[0].packetsPerSecond, 2);
  });
  test('are ten', () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => row(`10.0.${index >> 8}.${index & 255}`, index));
    assert.equal(createExporterWatch()(rows, NOW, 10_000).top.length, 10);
  });
});
