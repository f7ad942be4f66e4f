import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics';
import { countInBucket, PACKET_SIZE } from '../ledger/ledger.ts';
import { METRICS, type MetricDefinition, type MetricName } from './metric-table.ts';
import { createMetricProducer, pushMetrics } from './metrics.ts';
import { parsePrometheus } from './prometheus.fixture.ts';
import { renderPrometheus } from './prometheus.ts';
import { exporterFixture, type StateFixture, socketFixture, stateFixture } from './state.fixture.ts';

async function scrape(state: StateFixture, attributes: Record<string, string> = { 'service.name': 'x' }) {
  const producer = createMetricProducer({ ...state, resource: resourceFromAttributes(attributes) });
  return parsePrometheus(await renderPrometheus(producer));
}

test('every counter has the name it is documented with', async () => {
  const counts = {
    packets: 3,
    packetBytes: 4_000,
    flows: 70,
    'packetErrors.malformed': 2,
    'flowsDropped.queue_full': 5,
    flowsExported: 60,
    flowsFiltered: 3,
    flowsSampledOut: 2,
    templates: 4,
    exportRequests: 9,
    exportFailures: 1,
    exportRetries: 1,
    exportBytes: 123,
  };
  const { values, types } = await scrape(
    stateFixture({}, { sockets: () => [socketFixture({ droppedPackets: 6 })] }, counts),
  );
  for (const [series, value] of Object.entries({
    netflow_packets_total: 3,
    netflow_packet_bytes_total: 4_000,
    netflow_flows_total: 70,
    'netflow_packet_errors_total{reason="malformed"}': 2,
    'netflow_packet_errors_total{reason="template_missing"}': 0,
    'netflow_flows_dropped_total{reason="queue_full"}': 5,
    netflow_flows_exported_total: 60,
    netflow_flows_filtered_total: 3,
    netflow_flows_sampled_out_total: 2,
    netflow_templates: 4,
    'netflow_socket_dropped_packets_total{listener="netflow",worker="0"}': 6,
    netflow_export_requests_total: 9,
    netflow_export_failures_total: 1,
    netflow_export_retries_total: 1,
    netflow_export_bytes_total: 123,
    netflow_export_queue_bytes: 0,
    netflow_export_queue_oldest_age_seconds: 0,
  })) {
    assert.equal(values.get(series), value, series);
  }
  assert.equal(types.get('netflow_packets_total'), 'counter');
  assert.equal(types.get('netflow_templates'), 'gauge');
  assert.equal(types.get('netflow_packet_size_bytes'), 'histogram');
  for (const name of types.keys()) assert.doesNotMatch(name, /_total_total/);
});

test('series have the labels that their metric is documented with', async () => {
  const rows = { sockets: () => [socketFixture()], exporters: () => [exporterFixture()] };
  const state = stateFixture({ selection: { filter: 'true' } }, rows);
  const { resourceMetrics } = await createMetricProducer(state).collect();
  for (const { descriptor, dataPoints } of resourceMetrics.scopeMetrics[0].metrics) {
    const { labels = [] }: MetricDefinition = METRICS[descriptor.name as MetricName];
    assert.ok(dataPoints.length > 0, descriptor.name);
    for (const { attributes } of dataPoints) {
      assert.deepEqual(Object.keys(attributes).sort(), [...labels].sort(), descriptor.name);
    }
  }
});

test('flows by rule add up to those left out', async () => {
  const selection = {
    filter: 'true',
    rules: [{ name: 'dns', match: 'true', action: 'sample' as const, probability: 0.5 }],
  };
  const counts = {
    ...{ flowsFiltered: 3, flowsSampledOut: 2, selectionErrors: 1 },
    ...{ 'ruleFlows.0': 3, 'ruleLeftOut.0': 3, 'ruleFlows.1': 6, 'ruleLeftOut.1': 2, 'ruleFlows.17': 9 },
  };
  const { values } = await scrape(stateFixture({ selection }, {}, counts));
  const series = [...values].filter(([name]) => name.startsWith('netflow_selection'));
  assert.deepEqual(Object.fromEntries(series), {
    netflow_selection_errors_total: 1,
    'netflow_selection_flows_total{rule="filter",outcome="kept"}': 0,
    'netflow_selection_flows_total{rule="filter",outcome="filtered"}': 3,
    'netflow_selection_flows_total{rule="dns",outcome="kept"}': 4,
    'netflow_selection_flows_total{rule="dns",outcome="sampled_out"}': 2,
    'netflow_selection_flows_total{rule="default",outcome="kept"}': 9,
    'netflow_selection_flows_total{rule="default",outcome="filtered"}': 0,
  });
});

test('histograms count cumulatively and sum up to the counters', async () => {
  const state = stateFixture({}, {}, { packetBytes: 1_700, packets: 3 });
  for (const size of [64, 200, 1_436]) countInBucket(state.counters, PACKET_SIZE, size);
  const { values } = await scrape(state);
  const bucket = (le: string) => values.get(`netflow_packet_size_bytes_bucket{le="${le}"}`);
  assert.deepEqual(['64', '128', '256', '1500', '65535', '+Inf'].map(bucket), [1, 1, 2, 3, 3, 3]);
  assert.equal(values.get('netflow_packet_size_bytes_count'), 3);
  assert.equal(values.get('netflow_packet_size_bytes_sum'), 1_700);
});

test('series by exporter are bounded, leave nobody out, and only grow', async () => {
  let rows = Array.from({ length: 300 }, (_, index) =>
    exporterFixture({ address: `10.0.${index >> 8}.${index & 255}`, packets: 10, lostFlows: 1, lostPackets: 0 }),
  );
  const state = stateFixture({}, { exporters: () => rows });
  const producer = createMetricProducer(state);
  const read = async () => parsePrometheus(await renderPrometheus(producer)).values;
  const packets = (values: Map<string, number>) =>
    [...values].filter(([name]) => name.startsWith('netflow_exporter_packets_total'));
  const sum = (series: [string, number][]) => series.reduce((total, [, value]) => total + value, 0);

  const first = await read();
  assert.equal(packets(first).length, 201);
  assert.equal(sum(packets(first)), 3_000);
  assert.equal(first.get('netflow_exporter_packets_total{netflow_exporter_address="10.0.0.0"}'), 10);
  assert.equal(first.get('netflow_exporter_packets_total{netflow_exporter_address="other"}'), 1_000);
  assert.equal(first.get('netflow_exporter_lost_total{unit="flows",netflow_exporter_address="10.0.0.1"}'), 1);

  // The first exporter is forgotten and seen anew; another one is gone.
  rows = [{ ...rows[0], packets: 4 }, ...rows.slice(2)];
  const second = await read();
  rows = [{ ...rows[0], packets: 24 }, ...rows.slice(1)];
  const third = await read();
  assert.equal(third.get('netflow_exporter_packets_total{netflow_exporter_address="10.0.0.0"}'), 30);
  for (const [before, after] of [
    [first, second],
    [second, third],
  ]) {
    for (const [name, value] of packets(before)) assert.ok(after.get(name)! >= value, name);
  }
});

test('the resource is target_info, with legal and distinct labels', async () => {
  const { text, values } = await scrape(stateFixture(), {
    'service.name': 'a "b"\\c\nd',
    'net.site': 'one',
    net_site: 'two',
    '1st': 'x',
    größe: 'y',
  });
  assert.match(text, /^target_info\{.*service_name="a \\"b\\"\\\\c\\nd"/m);
  const series = [...values.keys()].find((name) => name.startsWith('target_info'))!;
  assert.match(series, /net_site="one;two"/);
  assert.match(series, /_1st="x"/);
  assert.match(series, /gr_e="y"/);
});

test('the same metrics are pushed, the last time at the end', async () => {
  const resource = resourceFromAttributes({ 'service.name': 'n2t' });
  const state = stateFixture({}, { resource }, { packets: 11 });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const push = pushMetrics(createMetricProducer(state), exporter, 60_000);
  const sent: [string | undefined, number | undefined][] = [];
  const shutdown = exporter.shutdown.bind(exporter);
  // The exporter forgets what it has at its shutdown.
  exporter.shutdown = () => {
    for (const { resource: from, scopeMetrics } of exporter.getMetrics()) {
      const metric = scopeMetrics
        .flatMap((scope) => scope.metrics)
        .find(({ descriptor }) => descriptor.name === 'netflow_packets_total');
      sent.push([String(from.attributes['service.name']), metric?.dataPoints[0].value as number]);
    }
    return shutdown();
  };
  await push.stop();
  assert.deepEqual(sent, [['n2t', 11]]);
});
