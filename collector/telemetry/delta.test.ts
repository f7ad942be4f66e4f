import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AggregationTemporality, InMemoryMetricExporter, type MetricData } from '@opentelemetry/sdk-metrics';
import { countInBucket, PACKET_SIZE } from '../ledger/ledger.ts';
import { sinceLastTime } from './delta.ts';
import type { FlowSeries } from './flow-sums.ts';
import { createMetricProducer, pushMetrics } from './metrics.ts';
import { stateFixture } from './state.fixture.ts';

const SET = { name: 'ports', dimensions: ['server.port'], isWhole: true };
const series = (bytes: number, startTime = 1_000): FlowSeries => ({
  ...{ attributes: { 'server.port': 443 }, bytes, packets: bytes / 2, records: 1, startTime },
});

test('each time counters and histograms tell what came since the last, gauges what is', async () => {
  let flows = [series(10)];
  const state = stateFixture(
    {},
    { startTime: 1_000, flowSets: () => (flows.length > 0 ? [{ ...SET, series: flows }] : []) },
    { packets: 5, templates: 3 },
  );
  countInBucket(state.counters, PACKET_SIZE, 100);
  let now = 2_000;
  const producer = sinceLastTime(createMetricProducer(state, () => now));
  async function collect() {
    now += 1_000;
    const { resourceMetrics } = await producer.collect();
    const { metrics } = resourceMetrics.scopeMetrics[0];
    const point = (name: string) => {
      const metric = metrics.find(({ descriptor }) => descriptor.name === name) as MetricData | undefined;
      const [{ value, startTime, endTime }] = metric?.dataPoints ?? [{}];
      return { value, startTime: startTime?.[0], endTime: endTime?.[0], temporality: metric?.aggregationTemporality };
    };
    return { io: point('network.flow.io'), packets: point('netflow_packets_total'), all: point };
  }
  const DELTA = AggregationTemporality.DELTA;

  const first = await collect();
  assert.deepEqual(first.packets, { value: 5, startTime: 1, endTime: 3, temporality: DELTA });
  assert.deepEqual(first.io, { value: 10, startTime: 1, endTime: 3, temporality: DELTA });
  flows = [series(25)];
  countInBucket(state.counters, PACKET_SIZE, 100);
  const second = await collect();
  assert.deepEqual(second.packets, { value: 0, startTime: 3, endTime: 4, temporality: DELTA });
  assert.deepEqual(second.io, { value: 15, startTime: 3, endTime: 4, temporality: DELTA });
  assert.equal((second.all('netflow_packet_size_bytes').value as { count: number }).count, 1);
  assert.equal(second.all('netflow_templates').value, 3);
  // It was forgotten and has begun anew, with more than it had.
  flows = [series(30, 4_000)];
  assert.deepEqual((await collect()).io, { value: 30, startTime: 4, endTime: 5, temporality: DELTA });
  flows = [];
  assert.equal((await collect()).io.value, undefined);
});

for (const [name, temporality, expected] of [
  ['cumulative', AggregationTemporality.CUMULATIVE, [10, 25]],
  ['delta', AggregationTemporality.DELTA, [10, 15]],
] as const) {
  test(`they are pushed as the exporter prefers: ${name}`, async () => {
    let bytes = 10;
    const state = stateFixture({}, { flowSets: () => [{ ...SET, series: [series(bytes)] }] });
    const exporter = new InMemoryMetricExporter(temporality);
    const push = pushMetrics(createMetricProducer(state), exporter, 60_000);
    await push.flush();
    bytes = 25;
    await push.flush();
    const values = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) =>
        scopeMetrics[0].metrics
          .filter(({ descriptor }) => descriptor.name === 'network.flow.io')
          .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value)),
      );
    assert.deepEqual(values, expected);
    await push.stop();
  });
}
