/** Metrics of all flows beside spans of few: from two workers, with sums that are known, and changed while it runs. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { parsePrometheus } from '../../collector/telemetry/prometheus.fixture.ts';
import type { Flow } from '../generator/flow.ts';
import { buildTraffic } from '../generator/traffic.ts';
import { startSink } from '../otlp/sink.ts';
import { type Collector, startCollector, waitFor } from './collector.ts';
import { openExporter } from './exporter.ts';

const [EXPORTERS, PACKETS, RATE] = [4, 20, 100];
const PROTOCOLS: Record<number, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp' };
const METRICS = ['network_flow_io_bytes_total', 'network_flow_packets_total', 'network_flow_records_total'];

/** Of a set, by the labels behind its name: bytes, packets, records. */
async function sumsOf(collector: Collector, set: string): Promise<Record<string, number[]>> {
  const { values } = parsePrometheus(await (await fetch(`${collector.url}metrics`)).text());
  const start = `{netflow_set="${set}"`;
  const [bytes] = METRICS;
  const series = [...values.keys()].filter((name) => name.startsWith(bytes + start));
  return Object.fromEntries(
    series.map((name) => [
      name.slice((bytes + start).length + 1, -1),
      METRICS.map((metric) => values.get(name.replace(bytes, metric))!),
    ]),
  );
}

function add(sums: Record<string, number[]>, labels: string, { bytes, packets }: Flow): void {
  const before = sums[labels] ?? [0, 0, 0];
  sums[labels] = [before[0] + bytes * RATE, before[1] + packets * RATE, before[2] + 1];
}

test('metrics are of all flows, scaled by the device’s rate, though one span in a hundred is kept', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'collector.json');
  const talkers = { name: 'talkers', dimensions: ['source.address', 'destination.address'], maxSeries: 10_000 };
  const write = (sets?: object[]): void => {
    const selection = { sampling: { probability: 0.01 } };
    writeFileSync(
      `${config}.new`,
      JSON.stringify({ selection, flowMetrics: { ...(sets && { sets }), topTalkers: 5 } }),
    );
    renameSync(`${config}.new`, config);
  };
  write();
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const args = ['--config', config, '--otlp-endpoint', sink.endpoint, '--workers', '2'];
  const collector = await startCollector(t, { args });
  const packets = buildTraffic({
    ...{ version: 9, exporters: EXPORTERS, packets: PACKETS, options: true, now: Date.now() },
  } as const);

  const expected: Record<string, Record<string, number[]>> = { exporters: {}, talkers: {}, https: {} };
  const send = async (): Promise<void> => {
    for (let index = 0; index < EXPORTERS; index++) {
      const exporter = await openExporter(t, collector);
      await exporter.deliver(packets.filter((packet) => packet.exporter === index).map(({ bytes }) => bytes));
    }
  };
  for (const flow of packets.flatMap(({ content }) => content)) {
    const [source, destination] = [flow.source.join('.'), flow.destination.join('.')];
    const transport = PROTOCOLS[flow.protocol];
    add(expected.exporters, `netflow_exporter_address="127.0.0.1",network_transport="${transport}"`, flow);
    add(expected.talkers, `source_address="${source}",destination_address="${destination}"`, flow);
    if (flow.destinationPort === 443) add(expected.https, `network_transport="${transport}"`, flow);
  }
  await send();
  await shows('exporters', 1);

  const { traffic } = await collector.status();
  assert.deepEqual(
    traffic!.map(({ bytes }) => bytes),
    Object.values(expected.exporters)
      .map(([bytes]) => bytes)
      .sort((a, b) => b - a),
  );
  const byPort: Record<string, number[]> = {};
  for (const flow of packets.flatMap(({ content }) => content)) {
    const port = Math.min(flow.sourcePort, flow.destinationPort);
    add(byPort, `${PROTOCOLS[flow.protocol]} ${flow.protocol === 1 ? undefined : port}`, flow);
  }
  const busiest = Object.entries(byPort).sort(([, [a]], [, [b]]) => b - a);
  await collector.until(({ topTalkers }) => {
    const ports = topTalkers?.ports.map((port) => `${port['network.transport']} ${port['server.port']}`);
    return isDeepStrictEqual(
      ports,
      busiest.slice(0, 5).map(([port]) => port),
    );
  });

  // What was counted stays; new sets count from now on.
  const exporters = { name: 'exporters', dimensions: ['netflow.exporter.address', 'network.transport'] };
  const https = { name: 'https', dimensions: ['network.transport'], filter: 'destination.port == 443' };
  const few = { ...talkers, name: 'few', maxSeries: 10 };
  write([exporters, talkers, https, few]);
  await collector.until(({ config }) => config.flowMetrics.sets.length === 4);
  await send();
  await shows('exporters', 2);
  await shows('talkers', 1);
  await shows('https', 1);
  const bounded = await sumsOf(collector, 'few');
  const total = (sums: Record<string, number[]>) =>
    METRICS.map((_, at) => Object.values(sums).reduce((all, sum) => all + sum[at], 0));
  assert.equal(Object.keys(bounded).length, 11);
  assert.ok(bounded['otel_metric_overflow="true"'][2] > 0);
  assert.deepEqual(total(bounded), total(expected.talkers));
  write([]);
  await collector.until(({ config }) => config.flowMetrics.sets.length === 0);
  assert.deepEqual(await sumsOf(collector, 'exporters'), {});

  const { ledger } = await collector.until(({ ledger }) => ledger.flowsInFlight === 0);
  assert.equal(ledger.flows, 2 * packets.flatMap(({ content }) => content).length);
  assert.ok(ledger.flowsExported < ledger.flows / 20);
  assert.equal(await collector.stop(), 0);

  async function shows(set: string, times: number): Promise<void> {
    const wanted = Object.fromEntries(
      Object.entries(expected[set]).map(([labels, sums]) => [labels, sums.map((sum) => times * sum)]),
    );
    const records = (sums: Record<string, number[]>) =>
      Object.values(sums).reduce((all, [, , count]) => all + count, 0);
    await waitFor(async () => records(await sumsOf(collector, set)) >= records(wanted), `${set} counts all flows`);
    const shown = await sumsOf(collector, set);
    assert.deepEqual(
      Object.fromEntries(Object.entries(shown).sort()),
      Object.fromEntries(Object.entries(wanted).sort()),
    );
  }
});
