import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../runtime/metrics.ts';
import { VirtualClock } from '../runtime/virtual-clock.fixture.ts';
import { showHealth } from './metrics.ts';
import { podOf, reportOf } from './reporter.fixture.ts';
import { createReports } from './reports.ts';
import { NO_SUMS } from './sums.fixture.ts';

test('the operator’s metrics show what the statuses show, as long as it leads', async () => {
  const clock = new VirtualClock();
  const reports = createReports({ clock, templatesOf: () => ({ registry: 'r', cursor: 0 }), sums: NO_SUMS });
  const report = reportOf(5_000, { packets: 50, flows: 500, exported: 250, dropped: 250 }, { exporters: 3 });
  reports.take({ collector: 'flows/edge', pod: podOf('a') }, report);
  const metrics = createMetrics({ 'service.name': 'test' });
  const hide = showHealth(metrics.meter, () => [['flows/edge', reports.healthOf('flows/edge', [])]]);
  const lines = (await metrics.render()).split('\n').filter((line) => line.startsWith('netflow2traces_'));
  const labels = '{namespace="flows",name="edge"}';
  for (const expected of [
    'netflow2traces_nodes{namespace="flows",name="edge",state="reporting"} 1',
    'netflow2traces_nodes{namespace="flows",name="edge",state="silent"} 0',
    `netflow2traces_flows_per_second${labels} 100`,
    `netflow2traces_exported_per_second${labels} 50`,
    `netflow2traces_lost_ratio${labels} 0.5`,
    `netflow2traces_exporters${labels} 3`,
  ]) {
    assert.ok(lines.includes(expected), `${expected}\n${lines.join('\n')}`);
  }
  hide();
  assert.doesNotMatch(await metrics.render(), /^netflow2traces_/m);
});
