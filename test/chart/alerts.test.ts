/** The Prometheus rules that the chart brings: run by Prometheus' own tool, and about metrics that there are. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { FLOW_DROP_MEANINGS, PACKET_ERROR_MEANINGS } from '../../collector/ledger/ledger.ts';
import { METRICS } from '../../collector/telemetry/metric-table.ts';
import { RESOURCE_METRICS } from '../../operator/ingestion/metrics.ts';
import { RUNTIME_METRICS } from '../../operator/runtime/metrics.ts';
import { CHART } from './helm.ts';

type Alert = {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
};

const RULES = join(CHART, 'files/alerts.yaml');
const TESTS = join(import.meta.dirname, 'alerts.promtool.yaml');
const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8');
const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { name: string; rules: Alert[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);

test('each alert fires when it should, and says what its test says', (t) => {
  const { status, error, stdout, stderr } = spawnSync('promtool', ['test', 'rules', TESTS], { encoding: 'utf8' });
  if (error) return missing(t, `promtool is not installed (Debian: prometheus): ${error.message}`);
  assert.equal(status, 0, stdout + stderr);
});

test('each alert has a case in which it fires, and one in which it does not', () => {
  type Case = { alertname: string; exp_alerts?: unknown[] };
  const { tests } = parse(readFileSync(TESTS, 'utf8')) as { tests: { alert_rule_test: Case[] }[] };
  const cases = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  const names = (fires: boolean) => [
    ...new Set(
      cases.filter(({ exp_alerts }) => (exp_alerts !== undefined) === fires).map(({ alertname }) => alertname),
    ),
  ];
  const all = alerts.map(({ alert }) => alert).sort();
  assert.deepEqual(names(true).sort(), all);
  assert.deepEqual(names(false).sort(), all);
});

/** Labels by metric, as Prometheus shows them. */
const TABLE = new Map<string, readonly string[]>(
  [
    ...Object.entries(METRICS).map(([name, metric]) => ({ labels: [], ...metric, name })),
    ...RESOURCE_METRICS,
    ...Object.values(RUNTIME_METRICS),
  ].map(({ name, labels }) => [name, labels.map((label) => label.replaceAll('.', '_'))]),
);
/** What Prometheus adds when it scrapes: what each target has, and what our PodMonitors give. */
const OF_TARGETS = ['job', 'namespace', 'instance', 'node'];
const REASONS = { ...PACKET_ERROR_MEANINGS, ...FLOW_DROP_MEANINGS };
const OPERATORS = ['and', 'or', 'unless', 'by', 'on', 'group_left'];

for (const { alert, expr, labels, annotations } of alerts) {
  test(`${alert} is about metrics and labels that there are`, () => {
    const bare = expr.replace(/"[^"]*"/g, '""').replace(/\[\w+\]/g, '');
    const lists = [...bare.matchAll(/\b(?:by|on|group_left) \(([^)]*)\)/g)].flatMap(
      ([, list]) => list.match(/\w+/g) ?? [],
    );
    const matchers = [...bare.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*""/g)].map(([, label]) => label);
    const words = bare
      .replace(/\{[^}]*\}/g, '')
      .replace(/\b(?:by|on|group_left) \([^)]*\)/g, '')
      .matchAll(/\b[a-z_]\w*\b(?!\s*\()/g);
    const metrics = [...words].map(([word]) => word).filter((word) => !OPERATORS.includes(word));
    assert.ok(metrics.length > 0);
    for (const metric of metrics) assert.ok(TABLE.has(metric), `there is no metric ${metric}`);
    const known = [...OF_TARGETS, ...metrics.flatMap((metric) => TABLE.get(metric) ?? [])];
    for (const label of [...lists, ...matchers]) assert.ok(known.includes(label), `there is no label ${label}`);
    for (const [, reason] of expr.matchAll(/reason!?="(\w+)"/g))
      assert.ok(reason in REASONS, `there is no reason ${reason}`);
  });

  test(`${alert} says how bad it is, what happens and what to do`, () => {
    assert.match(labels.severity, /^(critical|warning|info)$/);
    assert.match(
      GUIDE,
      new RegExp(`^\\| \`${alert}\` +\\| ${labels.severity} +\\| \\S`, 'm'),
      'it is in docs/operating.md',
    );
    assert.deepEqual(Object.keys(annotations), ['summary', 'description']);
  });
}

/** Skips a test; on CI, where nothing is missing, throws instead. */
function missing(t: TestContext, reason: string): void {
  if (process.env.CI) throw new Error(reason);
  t.skip(reason);
}
