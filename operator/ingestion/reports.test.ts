import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { LivePod } from '../cluster/pods.ts';
import { VirtualClock } from '../runtime/virtual-clock.fixture.ts';
import { podOf, reportOf } from './reporter.fixture.ts';
import { createReports } from './reports.ts';
import { NO_SUMS } from './sums.fixture.ts';

const KEY = 'flows/edge';

function livePod(node: string, trouble?: LivePod['trouble']): LivePod {
  const { uid, name } = podOf(node);
  const metadata = { namespace: 'flows', name, uid };
  const seen = { node, trouble, ended: undefined, ending: false, spoolGoes: false, claim: { ports: [], nodes: {} } };
  return { apiVersion: 'v1', kind: 'Pod', metadata, collector: 'edge', ...seen };
}

/** A leader that begins at the clock's time. */
function leader(clock: VirtualClock) {
  const reports = createReports({
    clock,
    templatesOf: () => ({ registry: 'r', cursor: 0 }),
    sums: NO_SUMS,
  });
  const said: string[] = [];
  reports.source.start((key) => said.push(key));
  return {
    said,
    report: (node: string, uptime: number, flows = 0, changes = {}) =>
      reports.take({ collector: KEY, pod: podOf(node) }, reportOf(uptime, { flows }, changes)),
    health: (...nodes: string[]) =>
      reports.healthOf(
        KEY,
        nodes.map((node) => livePod(node)),
      ),
  };
}

suite('a leader that has just begun', () => {
  test('says nothing until all report and their rates are known', async () => {
    const clock = new VirtualClock();
    const { report, health } = leader(clock);
    assert.equal(health('a', 'b').settled, false);
    for (const node of ['a', 'b']) report(node, 1e9, 1e12);
    assert.equal(health('a', 'b').settled, false);
    await clock.advance(5_000);
    report('a', 1e9 + 5_000, 1e12 + 500);
    assert.equal(health('a', 'b').settled, false);
    report('b', 1e9 + 5_000, 1e12 + 500);
    const { settled, summary } = health('a', 'b');
    assert.deepEqual([settled, summary.rates?.flows], [true, 200]);
  });

  test('names after a minute who does not', async () => {
    const clock = new VirtualClock();
    const { report, health } = leader(clock);
    health('a', 'b');
    for (let uptime = 0; uptime <= 65_000; uptime += 5_000) {
      report('a', uptime + 1);
      await clock.advance(5_000);
    }
    const { settled, summary } = health('a', 'b');
    assert.deepEqual([settled, summary.nodes.reporting], [true, 1]);
    assert.deepEqual(
      summary.faults.map(({ node, reason }) => [node, reason]),
      [['b', 'Silent']],
    );
  });
});

test('a node that ends is silent within two intervals, and is looked for at that time', async () => {
  const clock = new VirtualClock();
  const { report, health } = leader(clock);
  for (const node of ['a', 'b']) report(node, 1_000);
  await clock.advance(5_000);
  report('a', 6_000);
  const { nextLook } = health('a', 'b');
  assert.ok(nextLook <= 5_000);
  await clock.advance(nextLook + 1);
  assert.deepEqual(
    health('a', 'b').summary.faults.map(({ node }) => node),
    ['b'],
  );
});

test('a pod that is gone is forgotten', async () => {
  const clock = new VirtualClock();
  const { report, health } = leader(clock);
  for (const node of ['a', 'b']) report(node, 1_000, 70);
  await clock.advance(10_000);
  report('a', 11_000, 70);
  const { summary } = health('a');
  assert.deepEqual([summary.nodes.expected, summary.faults.length], [1, 0]);
});

test('what turns a condition is looked at at once, all else when its time comes', async () => {
  const clock = new VirtualClock();
  const { report, said } = leader(clock);
  const news = (...args: Parameters<typeof report>) => {
    report(...args);
    return said.splice(0).length;
  };
  assert.equal(news('a', 1_000), 1, 'the first');
  assert.equal(news('a', 6_000), 0);
  assert.equal(news('a', 11_000, 0, { export: { state: 'failing' } }), 1, 'the backend fails');
  assert.equal(news('a', 16_000, 0, { export: { state: 'failing' } }), 0);
  await clock.advance(20_000);
  assert.equal(news('a', 36_000, 0, { export: { state: 'failing' } }), 1, 'it was silent');
});

test('the more collectors, the longer they wait', () => {
  const { report, health } = leader(new VirtualClock());
  health(...Array.from({ length: 5_000 }, (_, index) => `node-${index}`));
  assert.deepEqual(report('node-0', 1_000), {
    status: 200,
    body: { interval: 50_000, templates: { registry: 'r', cursor: 0 } },
  });
});
