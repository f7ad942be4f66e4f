import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { status } from '../../crds/netflowcollector/status.ts';
import type { Report } from '../../crds/report.ts';
import { fit, MAX_STATUS_BYTES, project } from '../status/project.ts';
import { misnamedIn, reportConditions } from '../status/report-conditions.ts';
import { summarize, type Troubles } from './aggregate.ts';
import { reporterOf, reportOf } from './reporter.fixture.ts';
import { hear, type Reporter, START_MS } from './reporter.ts';
import { Sums } from './sums.ts';

const INTERVAL = 5_000;
const WALL = Date.UTC(2030, 0, 1);
const NONE: Troubles = new Map();

/** A collector that has reported at 0 and, grown by `perSecond`, at 10 s. */
function reporting(node: string, perSecond: Partial<Report['counters']> = {}, changes: Partial<Report> = {}): Reporter {
  const grown = Object.fromEntries(Object.entries(perSecond).map(([name, rate]) => [name, rate * 10]));
  return [reportOf(1e6, {}), { ...reportOf(1e6 + 10_000, grown), ...changes }].reduce(
    (reporter, report, index) =>
      hear(reporter, report, { now: index * 10_000, wallTime: WALL, interval: INTERVAL }) as Reporter,
    reporterOf(node),
  );
}

const conditions = (reporters: readonly Reporter[], now: number, troubles = NONE) =>
  reportConditions(summarize(reporters, troubles, now)).map(
    ({ type, status, reason }) => `${type}=${status} ${reason}`,
  );

test('rates and totals are sums', () => {
  const all = [
    reporting('a', { packets: 10, flows: 100, exported: 90, dropped: 10 }, { exporters: 2, sinceLastPacket: 1_000 }),
    reporting('b', { packets: 10, flows: 100, exported: 100, lostPackets: 1 }, { exporters: 1 }),
  ];
  const sums = new Sums();
  for (const { pod, heard } of all) sums.take(pod.uid, heard!.report);
  const { ingestion } = project(summarize(all, NONE, 10_000), 10_000, sums.totals(), WALL);
  assert.deepEqual(ingestion, {
    observedTime: '2030-01-01T00:00:00Z',
    windowSeconds: 10,
    packetsPerSecond: 20,
    flowsPerSecond: 200,
    errorsPerSecond: 0,
    exportedPerSecond: 190,
    lostPercent: 9.52, // ten dropped, and one packet of ten flows lost, of 210
    exporters: 3,
    lastPacketTime: '2029-12-31T23:59:59Z',
    totals: {
      packets: 200,
      flows: 2_000,
      exported: 1_900,
      filtered: 0,
      sampledOut: 0,
      dropped: 100,
      errors: 0,
      lostFlows: 0,
      lostPackets: 10,
      pending: 0,
      lost: 100,
      lostBetweenRuns: 0,
      restarts: 0,
    },
    droppedByReason: {},
  });
});

suite('a node that is silent', () => {
  const all = [reporting('a', { flows: 100 }), reporting('b', { flows: 100 })];
  const [a] = all;
  const later = { ...a, heard: { ...a.heard!, at: 60_000 } };
  const summary = summarize([later, all[1]], NONE, 60_000);

  test('is named, and not counted', () => {
    assert.deepEqual(summary.nodes, { expected: 2, reporting: 1, awaited: 0 });
    assert.equal(summary.rates?.flows, 100);
    const [worst] = project(summary, 10_000, undefined, WALL).worstNodes;
    assert.deepEqual([worst.node, worst.reason, worst.lastReportTime], ['b', 'Silent', '2030-01-01T00:00:00Z']);
  });
  test('makes ReportsFresh false', () => {
    const fresh = reportConditions(summary).find(({ type }) => type === 'ReportsFresh');
    assert.equal(fresh?.status, 'False');
    assert.match(fresh.message, /^1 of 2 nodes do not report \(b\)/);
  });
  test('is none while its successor on the node reports', () => {
    const successor = { ...later, pod: { ...later.pod, uid: 'other', node: 'b' } };
    assert.deepEqual(summarize([successor, all[1]], NONE, 60_000).faults, []);
  });
  test('of all, leaves rates unknown', () => {
    const silent = summarize(all, NONE, 60_000);
    assert.equal(silent.rates, undefined);
    assert.equal(project(silent, 10_000, undefined, WALL).ingestion.flowsPerSecond, undefined);
    assert.deepEqual(conditions(all, 60_000), ['Exporting=Unknown NoReports', 'ReportsFresh=False NodesSilent']);
  });
});

suite('the conditions', () => {
  const failing = { export: { state: 'failing', error: 'connect ECONNREFUSED 10.0.0.1:4317' } } as const;
  const idle = { export: { state: 'idle' } } as const;
  const cases: [name: string, reporters: Reporter[], expected: string[]][] = [
    ['of none', [], ['Exporting=Unknown NoReports', 'ReportsFresh=Unknown NoPods']],
    [
      'of one that starts',
      [reporterOf('a', 10_000)],
      ['Exporting=Unknown NoReports', 'ReportsFresh=True AllReporting'],
    ],
    [
      'of all well',
      [reporting('a'), reporting('b', {}, idle)],
      ['Exporting=True Accepted', 'ReportsFresh=True AllReporting'],
    ],
    [
      'of none that sends',
      [reporting('a', {}, idle)],
      ['Exporting=Unknown NothingSent', 'ReportsFresh=True AllReporting'],
    ],
    [
      'of one that fails',
      [reporting('a', {}, failing), reporting('b')],
      ['Exporting=False SomeFailing', 'ReportsFresh=True AllReporting'],
    ],
    [
      'of all that fail',
      [reporting('a', {}, failing)],
      ['Exporting=False BackendFailing', 'ReportsFresh=True AllReporting'],
    ],
  ];
  for (const [name, reporters, expected] of cases) {
    test(name, () => assert.deepEqual(conditions(reporters, 10_000), expected));
  }
  test('say what the backend answers', () => {
    const [exporting] = reportConditions(summarize([reporting('a', {}, failing)], NONE, 10_000));
    assert.match(exporting.message, /of 1 of 1 nodes \(a\): connect ECONNREFUSED 10\.0\.0\.1:4317; check/);
  });
});

test('mistakes in files of names are told with the field of the resource', () => {
  const cases = [
    ['the file of elements cannot be used: elements.file: /etc/e/e.csv: line 2: a: b', 'spec.elements: line 2: a: b'],
    [
      'the file of network names cannot be used: spans.attributes.networksFile: /n.csv: line 3: c',
      'spec.spans.attributes.networks: line 3: c',
    ],
  ];
  for (const [namesError, told] of cases) {
    const finding = misnamedIn(summarize([reporting('a', {}, { namesError }), reporting('b')], NONE, 10_000));
    const message = `on 1 of 2 nodes (a) names are the last good ones, if any: ${told}`;
    assert.deepEqual(finding, { reason: 'NamesRefused', message });
  }
  assert.equal(misnamedIn(summarize([reporting('a')], NONE, 10_000)), undefined);
});

test('whoever is silent is named, whatever else is wrong there', () => {
  const troubles: Troubles = new Map([['uid-b', { reason: 'CrashLoop', message: 'it ends again and again' }]]);
  const [, fresh] = reportConditions(summarize([reporting('a'), reporterOf('b', -START_MS)], troubles, 10_000));
  assert.match(fresh.message, /^1 of 2 nodes do not report \(b\)/);
});

suite('the worst nodes', () => {
  const all = [
    reporting('lossy', { packets: 100, flows: 100, lostFlows: 100 }),
    reporting('full', { packets: 100, flows: 100, dropped: 20 }),
    reporting('garbage', { packets: 100, errors: 50 }),
    reporting('refused', { flows: 1 }, { export: { state: 'failing', error: '401' } }),
    reporting('well', { packets: 100, flows: 100 }),
    reporterOf('absent', -START_MS),
    reporterOf('broken'),
    reporting('killed', { packets: 100, flows: 100 }),
  ];
  const troubles: Troubles = new Map([
    ['uid-broken', { reason: 'ImagePullFailed', message: 'no such image' }],
    ['uid-killed', { reason: 'OutOfMemory', message: 'its limit is 64Mi', past: true }],
  ]);
  const { faults } = summarize(all, troubles, 10_000);
  test('come first, each with a reason', () => {
    assert.deepEqual(
      faults.map(({ node, reason }) => `${node} ${reason}`),
      [
        'broken ImagePullFailed',
        'absent Silent',
        'refused ExportFailing',
        'killed OutOfMemory',
        'lossy FlowsLost',
        'full FlowsLost',
        'garbage PacketErrors',
      ],
    );
  });
});

suite('the status of 5,000 nodes', () => {
  const long = 'n'.repeat(230);
  const reporters = Array.from({ length: 5_000 }, (_, index) =>
    reporting(
      `${long}-${index}`,
      { packets: 1e9 + index, flows: 1e10 + index, lostFlows: 1e9, dropped: index },
      {
        export: { state: 'failing', error: 'x'.repeat(256) },
        droppedByReason: Object.fromEntries(
          ['queue_full', 'export_refused', 'shutdown'].map((reason) => [reason, 1e9]),
        ),
        exporters: 100,
        topExporters: Array.from({ length: 10 }, (_, device) => ({
          address: `2001:db8:1234:5678:9abc:def0:${index}:${device}`,
          packetsPerSecond: 1e6 / 7,
          flowsPerSecond: 1e7 / 7 + index,
          lostPercent: 100 / 7,
        })),
      },
    ),
  );
  const summary = summarize(reporters, NONE, 10_000);
  const sums = new Sums();
  for (const { pod, heard } of reporters) sums.take(pod.uid, heard!.report);
  const shown = project(summary, 50_000, sums.totals(), WALL);
  const message = 'm'.repeat(4_000);
  const time = '2030-01-01T00:00:00Z';
  const whole = fit({
    ...shown,
    conditions: [
      ...reportConditions(summary),
      { type: 'Degraded', status: 'True' as const, reason: 'ApplyInvalid', message },
      { type: 'Progressing', status: 'False' as const, reason: 'Blocked', message },
    ].map((condition) => ({ ...condition, lastTransitionTime: time })),
  });
  test('is what the definition allows', () => assert.doesNotThrow(() => status.parse(whole)));
  test(`has at most ${MAX_STATUS_BYTES} bytes, and still names the worst nodes`, () => {
    assert.ok(Buffer.byteLength(JSON.stringify(whole)) <= MAX_STATUS_BYTES);
    assert.ok(whole.worstNodes!.length > 5);
  });
});
