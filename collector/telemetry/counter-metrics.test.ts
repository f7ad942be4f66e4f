import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counterMetricData } from './counter-metrics.ts';
import type { CounterSeries } from './counter-sums.ts';
import { createMetricProducer } from './metrics.ts';
import { renderPrometheus } from './prometheus.ts';
import { stateFixture } from './state.fixture.ts';

const attributes = { 'netflow.exporter.address': '10.0.0.1', 'hw.id': '7' };
const SERIES: CounterSeries[] = [
  { metric: 'hw.network.io', attributes, value: 1_500, startTime: 1_000 },
  { metric: 'system.cpu.time', attributes, value: 2.5, startTime: 1_500 },
  { metric: 'hw.network.bandwidth.limit', attributes, value: 1_250_000_000 },
];

test('counters are sums that only grow, each since its start; what is so now are gauges', () => {
  const data = counterMetricData(SERIES, 3_000);
  const points = data.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ startTime, endTime, value }) => [descriptor.name, startTime, endTime, value]),
  );
  assert.deepEqual(points, [
    ['hw.network.io', [1, 0], [3, 0], 1_500],
    ['system.cpu.time', [1, 500_000_000], [3, 0], 2.5],
    ['hw.network.bandwidth.limit', [3, 0], [3, 0], 1_250_000_000],
  ]);
  assert.deepEqual(
    data.map((metric) => 'isMonotonic' in metric && metric.isMonotonic),
    [true, true, false],
  );
});

test('Prometheus shows them with their units', async () => {
  const deviceCounters = { series: () => SERIES, taken: 3, dropped: 1 };
  const text = await renderPrometheus(createMetricProducer(stateFixture({}, { deviceCounters })));
  const labels = '{netflow_exporter_address="10.0.0.1",hw_id="7"}';
  for (const line of [
    '# TYPE hw_network_io_bytes_total counter',
    `hw_network_io_bytes_total${labels} 1500`,
    `system_cpu_time_seconds_total${labels} 2.5`,
    '# TYPE hw_network_bandwidth_limit_bytes_per_second gauge',
    `hw_network_bandwidth_limit_bytes_per_second${labels} 1250000000`,
    'netflow_counter_samples_total 3',
    'netflow_counter_samples_dropped_total 1',
  ])
    assert.ok(text.split('\n').includes(line), line);
});
