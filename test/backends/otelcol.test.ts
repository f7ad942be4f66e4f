/** Spans of flows through a real OpenTelemetry Collector: what it counts of them, and which it keeps. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCollector, waitFor } from '../e2e/collector.ts';
import { startJaeger, startOtelcol, startPrometheus, temporaryFolder } from './backends.ts';
import { requireBackends } from './programs.ts';
import { type SeenFlow, sendFlows, serverPortOf, sumBy, transportOf, untilCount } from './traffic.ts';

/** By the policies of deploy/otelcol.yaml. */
const isKept = (flow: SeenFlow) => serverPortOf(flow) === 443 || flow.bytes >= 1_000_000;

test('span metrics are counts and bytes of what was sent; tail sampling keeps what is asked for, and no more', async (t) => {
  if (!requireBackends(t)) return;
  const jaeger = await startJaeger(t);
  const prometheus = await startPrometheus(t);
  const otelcol = await startOtelcol(t, jaeger, prometheus);
  const config = join(temporaryFolder(t), 'collector.json');
  writeFileSync(config, JSON.stringify({ spans: { trace: 'flow', clock: 'exporter' } }));
  const collector = await startCollector(t, { args: ['--config', config, '--otlp-endpoint', otelcol] });
  const sent = await sendFlows(t, collector, { exporters: 3, packets: 20 });
  assert.equal(await collector.stop(), 0);

  const calls = 'traces_span_metrics_calls_total{span_name=~"flow_.*"}';
  await waitFor(async () => {
    const [total] = await prometheus.query(`sum(${calls})`);
    return total?.value === sent.length;
  }, 'all spans are counted');
  const byPort = await prometheus.query(
    `sum by (netflow_exporter_address, network_transport, server_port, span_kind) (${calls})`,
  );
  assert.deepEqual(
    sumBy(
      byPort,
      ({ labels: { netflow_exporter_address, network_transport, server_port, span_kind } }) =>
        `${netflow_exporter_address} ${network_transport} ${server_port} ${span_kind}`,
      ({ value }) => value,
    ),
    sumBy(sent, (flow) => `${flow.exporter} ${transportOf(flow)} ${serverPortOf(flow)} SPAN_KIND_INTERNAL`),
  );
  const talkers = await prometheus.query('sum by (source_address, destination_address) (flow_bytes_total)');
  assert.deepEqual(
    sumBy(
      talkers,
      ({ labels }) => `${labels.source_address} → ${labels.destination_address}`,
      ({ value }) => value,
    ),
    sumBy(
      sent,
      ({ source, destination }) => `${source.join('.')} → ${destination.join('.')}`,
      ({ bytes }) => bytes,
    ),
  );

  const kept = sent.filter(isKept);
  assert.ok(kept.some((flow) => serverPortOf(flow) !== 443) && kept.length < sent.length / 2);
  const shown = await untilCount(kept.length, () => jaeger.search('netflow2traces'), 'spans are kept');
  const portAndBytes = (port: unknown, bytes: unknown) => `${port} ${bytes}`;
  assert.deepEqual(
    shown.map(({ attributes }) => portAndBytes(attributes['server.port'], attributes['flow.bytes.delta'])).sort(),
    kept.map((flow) => portAndBytes(serverPortOf(flow), flow.bytes)).sort(),
  );
});
