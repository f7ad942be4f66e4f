import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gcMilliseconds, type Result } from './measure.ts';
import { parseOptions, rowLabel } from './options.ts';
import { checkBudget, rowTable, summarize } from './report.ts';

const result: Result = {
  subject: 'collector',
  version: 9,
  transport: 'grpc',
  rate: 50_000,
  cpuPerFlow: 1,
  delivered: 50_000,
  loss: 0,
  peakRssMib: 100,
  senderCpu: 0.2,
  sinkCpu: 0.3,
  othersCores: 0,
  ledgerError: 0,
};

test('takes the median of the rounds and compares with the peer at the same work', () => {
  const summaries = summarize([
    { ...result, cpuPerFlow: 1 },
    { ...result, cpuPerFlow: 9 },
    { ...result, cpuPerFlow: 2, ledgerError: 3 },
    { ...result, subject: 'otelcol + goflow2', cpuPerFlow: 11, ledgerError: undefined },
  ]);
  assert.deepEqual([summaries[0].cpuPerFlow, summaries[0].cpuRange, summaries[0].ledgerError], [2, [1, 9], 3]);
  assert.match(rowTable(summaries), /v9\/grpc\/50k +2\.00 +1\.00–9\.00 {2}5\.5 \(otelcol \+ goflow2\).*off by 3/);
  assert.deepEqual(
    checkBudget(summaries, []).map(({ measured, kept }) => ({ measured, kept })),
    [{ measured: '5.50 ×', kept: false }],
  );
});

test('holds v9 at the two rates to the budget', () => {
  const checks = checkBudget(summarize([{ ...result, rate: 300_000, cpuPerFlow: 1.2, loss: 0.01 }]), [
    { milliseconds: 400, rssMib: 60 },
  ]);
  assert.deepEqual(
    checks.map(({ kept }) => kept),
    [false, false, true, true],
  );
});

test('holds many networks to what few cost, and what drops flows to what it saves', () => {
  const row = (variant: Result['variant'], cpuPerFlow: number) => ({ ...result, rate: 40_000, variant, cpuPerFlow });
  const rows = [row(undefined, 1), row('drop-90%', 0.4), row('networks-2', 1.3), row('networks-100k', 1.5)];
  assert.deepEqual(checkBudget(summarize(rows), []), [
    { demand: 'v9/grpc/40k drop-90%: costs less than it saves', measured: '0.60 µs saved', kept: true },
    { demand: 'v9/grpc/40k networks-100k: adds at most 0.11 µs to networks-2', measured: '0.20 µs', kept: false },
  ]);
});

test('adds up collections of all threads', () => {
  assert.equal(gcMilliseconds('ready\n'), undefined);
  const trace = [
    '[31:0x7f]  208 ms: Scavenge 26.3 (35.3) -> 16.9 (48.4) MB, pooled: 0 MB, 6.67 / 0.00 ms  (average mu = 1.000)',
    '[31:0x7e]  232 ms: Mark-Compact (reduce) 18.7 (49.2) -> 7.8 (41.6) MB, pooled: 4 MB, 5.06 / 0.00 ms  (+ 10.3 ms)',
  ];
  assert.equal(gcMilliseconds(trace.join('\n')), 6.67 + 5.06);
});

const SELECTED = [
  ...['keep-all', 'drop-90%', 'sample-1%', 'networks-2', 'networks-100k'],
  ...['trace-flow', 'trace-conversation', 'services'],
  ...['no-metrics', 'metrics-1', 'metrics-3', 'top-talkers'],
].map((variant) => `v9/grpc/300k ${variant}`);

for (const { only, labels } of [
  { only: ['v9/grpc/300k'], labels: ['v9/grpc/300k'] },
  { only: ['v9/grpc/300k drop-90%'], labels: ['v9/grpc/300k drop-90%'] },
  { only: ['v9/grpc/20k stock SDK', 'v9/http/300k'], labels: ['v9/grpc/20k stock SDK', 'v9/http/300k'] },
  { only: ['v9/300k/grpc'], labels: ['v9/grpc/300k', ...SELECTED] },
  { only: ['drop-90%'], labels: ['v9/grpc/300k drop-90%'] },
  { only: ['ipfix/http'], labels: ['ipfix/http/120k', 'ipfix/http/300k'] },
  { only: ['sdk'], labels: ['v9/grpc/20k stock SDK'] },
  { only: ['overload'], labels: [] },
]) {
  test(`--only ${only} chooses ${labels.length} rows`, () => {
    const options = parseOptions(['--quick', ...only.flatMap((what) => ['--only', what])]);
    assert.deepEqual(options.rows.map(rowLabel), labels);
  });
}

test('says what it does not understand', () => {
  assert.throws(() => parseOptions(['--only', 'v4']), /no row is called v4/);
  assert.throws(() => parseOptions(['--rounds', 'many']), /--rounds must be a whole number, not many/);
});

test('rows with more workers and exporters are others than those of the budget', () => {
  const { rows, overloads, startup } = parseOptions(['--scale', '--rounds', '1']);
  assert.deepEqual([overloads, startup], [[], false]);
  assert.equal(rowLabel(rows[1]), 'v9/grpc/300k 2-worker 100-exporter');
  assert.deepEqual(
    rows.map(({ scale }) => [scale!.workers, scale!.exporters]),
    [
      [1, 100],
      [2, 100],
      [4, 100],
      [1, 1],
      [1, 2_000],
      [1, 10_000],
    ],
  );
  assert.deepEqual(checkBudget(summarize(rows.map((row) => ({ ...result, ...row }))), []), []);
  assert.deepEqual(parseOptions(['--scale', '--only', '10000-exporter']).rows, [rows[5]]);
});
