import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Report } from '../../crds/report.ts';
import { BOOT, reporterOf, reportOf } from './reporter.fixture.ts';
import { dueTime, hear, type Reporter, ratesOf, START_MS } from './reporter.ts';

const INTERVAL = 5_000;
const OTHER_BOOT = 'b'.repeat(32);

/** The reporter after these reports, one each interval; those it refuses are left out. */
function after(reports: readonly Report[]): Reporter {
  return reports.reduce((reporter, report, index) => {
    const next = hear(reporter, report, { now: index * INTERVAL, wallTime: index * INTERVAL, interval: INTERVAL });
    return next === 'replayed' ? reporter : next;
  }, reporterOf('one'));
}

const flowsPerSecond = (reports: readonly Report[]) => ratesOf(after(reports))?.flows;

suite('rates', () => {
  const old = 1_000_000;
  const cases: [name: string, reports: Report[], expected: number | undefined][] = [
    ['of one that never reported', [], undefined],
    ['of one that has just started begin at 0', [reportOf(4_000, { flows: 400 })], 100],
    ['of one that was there before need two reports', [reportOf(old, { flows: 1e9 })], undefined],
    ['of two reports', [reportOf(old, { flows: 1e9 }), reportOf(old + 5_000, { flows: 1e9 + 500 })], 100],
    [
      'are over the window only',
      [0, 1, 2, 3].map((step) => reportOf(old + step * 5_000, { flows: step < 2 ? 1_000 * step : 1_000 })),
      0,
    ],
    [
      'leave out what came too close after another',
      [
        reportOf(old, { flows: 0 }),
        reportOf(old + 5_000, { flows: 500 }),
        reportOf(old + 5_001, { flows: 500 }),
        reportOf(old + 10_000, { flows: 1_000 }),
      ],
      100,
    ],
    ['bridge reports that were lost', [reportOf(old, {}), reportOf(old + 60_000, { flows: 6_000 })], 100],
    [
      'begin anew with a restart',
      [reportOf(old, { flows: 1e9 }), reportOf(2_000, { flows: 100 }, { boot: OTHER_BOOT })],
      50,
    ],
    [
      'begin anew when a counter falls within one boot',
      [reportOf(old, { flows: 1e9 }), reportOf(old + 5_000, { flows: 7 })],
      undefined,
    ],
  ];
  for (const [name, reports, expected] of cases) {
    test(name, () => assert.equal(flowsPerSecond(reports), expected));
  }
});

suite('a report is taken once', () => {
  const time = { now: 0, wallTime: 0, interval: INTERVAL };
  test('not a second time, nor an older one', () => {
    const reporter = after([reportOf(10_000), reportOf(15_000)]);
    assert.equal(hear(reporter, reportOf(15_000), time), 'replayed');
    assert.equal(hear(reporter, reportOf(12_000), time), 'replayed');
  });
  test('not one of a boot that is over', () => {
    const reporter = after([reportOf(10_000), reportOf(1_000, {}, { boot: OTHER_BOOT })]);
    assert.equal(hear(reporter, reportOf(15_000, {}, { boot: BOOT }), time), 'replayed');
  });
});

test('it is due in one and a half intervals, at first after a time to start', () => {
  assert.equal(dueTime(reporterOf('one', 100)), 100 + START_MS);
  assert.equal(dueTime(after([reportOf(1), reportOf(2)])), INTERVAL + 1.5 * INTERVAL);
});

test('whatever happens to a collector and its reports, no rate is negative or above what came', () => {
  const event = fc.record({
    kind: fc.constantFrom('report', 'report', 'report', 'lost', 'restart', 'repeat', 'past'),
    elapsed: fc.integer({ min: 1, max: 40_000 }),
    /** Flows a second until then. */
    rate: fc.integer({ min: 0, max: 10_000 }),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const sent: Report[] = [];
      let reporter = reporterOf('one');
      let boot = 0;
      let uptime = 0;
      let flows = 0;
      let now = 0;
      for (const { kind, elapsed, rate } of events) {
        now += elapsed;
        uptime += elapsed;
        flows += Math.floor((elapsed * rate) / 1_000);
        if (kind === 'restart') [boot, uptime, flows] = [boot + 1, 0, 0];
        const current = reportOf(uptime, { flows }, { boot: String(boot).padStart(32, '0') });
        const report = kind === 'repeat' ? sent.at(-1) : kind === 'past' ? sent[0] : current;
        if (report === undefined || kind === 'lost') continue;
        if (report === current) sent.push(current);
        const next = hear(reporter, report, { now, wallTime: now, interval: INTERVAL });
        if (report !== current) assert.equal(next, 'replayed');
        if (next !== 'replayed') reporter = next;
        const stated = ratesOf(reporter)?.flows ?? 0;
        assert.ok(stated >= 0 && stated <= 10_000, `${stated} flows a second`);
        assert.ok((reporter.heard?.samples.length ?? 0) <= 6, 'the window is bounded');
      }
    }),
    { numRuns: 300 },
  );
});
