/** sFlow from agents to a backend: spans, counters as metrics, and who may send. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  counterSample,
  datagram,
  flowSample,
  interfaceCounters,
  rawHeader,
  record,
  text,
} from '../../collector/sflow/datagram.fixture.ts';
import { parsePrometheus } from '../../collector/telemetry/prometheus.fixture.ts';
import { startSink } from '../otlp/sink.ts';
import { type Collector, startCollector, waitFor } from './collector.ts';
import { openExporter } from './exporter.ts';
import { flowSpans, rootSpans } from './spans.ts';

const AGENT = 'c0000201';
const LABELS =
  'netflow_exporter_address="127.0.1.7",netflow_original_exporter_address="192.0.2.1",netflow_observation_domain_id="3"';

async function metricsOf(collector: Collector): Promise<Map<string, number>> {
  return parsePrometheus(await (await fetch(`${collector.url}metrics`)).text()).values;
}

/** Ethernet, IPv4, TCP from 10.0.0.1, port 443, to 10.0.0.2, port 32768. */
const FRAME = `0200000000010200000000020800450000280001000040060000${'0a0000010a000002'}01bb8000${'0'.repeat(32)}`;

test('sampled packets are spans, and what devices count is in the metrics when it is asked for', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'collector.json');
  const counters = { records: ['interfaces'] };
  writeFileSync(config, JSON.stringify({ sflow: { counters }, allowedSources: ['127.0.1.0/24'] }));
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const collector = await startCollector(t, {
    listen: ['sflow://127.0.0.1:0', '127.0.0.1:0'],
    args: ['--config', config, '--otlp-endpoint', sink.endpoint, '--workers', '2'],
  });
  const send = async (address: string, octets: readonly number[]): Promise<void> => {
    for (const listener of collector.listeners) {
      const exporter = await openExporter(t, collector, { listener, address });
      const packets = octets.map((value, at) => {
        const sample = counterSample([record(1005, text('Ethernet7')), interfaceCounters(value, at)], at + 1);
        return datagram([flowSample([rawHeader(FRAME)], { sequence: at + 1 }), sample], {
          agent: AGENT,
          subAgent: 3,
          sequence: at + 1,
        });
      });
      await exporter.deliver(packets);
    }
  };
  await send('127.0.2.7', [1, 2]);
  // The second listener's are the same samples again.
  await send('127.0.1.7', [1_000, 5_000, 4_000_000_000, 1_704_967_296]);

  await waitFor(
    async () => (await metricsOf(collector)).get('netflow_counter_samples_total') === 8,
    'all samples are taken',
  );
  const values = await metricsOf(collector);
  const labels = `${LABELS},hw_type="network",hw_id="7",hw_name="Ethernet7"`;
  const bytes = (direction: string) =>
    values.get(`hw_network_io_bytes_total{${labels},network_io_direction="${direction}"}`);
  // The 64 bits of octets fell back, as they do only when a device clears them: then they count from 0.
  assert.equal(bytes('receive'), 4_000_000_000 - 1_000 + 1_704_967_296);
  assert.equal(bytes('transmit'), 0);
  assert.equal(values.get(`hw_network_bandwidth_limit_bytes_per_second{${labels}}`), 1_250_000_000);
  assert.equal(values.get(`hw_network_up{${labels},netflow_interface_type="6",netflow_interface_duplex="full"}`), 1);
  assert.ok([...values.keys()].every((series) => !series.includes('127.0.2.7')));

  const { ledger, sockets } = await collector.status();
  assert.equal(ledger.packetErrors.source_not_allowed, 4);
  assert.deepEqual([...new Set(sockets.map(({ listener }) => listener))], ['sflow', 'netflow-2']);
  const exporters = (await collector.status()).exporters.map(({ versions, domains: [{ agent, id, version }] }) => {
    return [versions, version, agent, id];
  });
  const exporter = [['sflow'], 'sflow', '192.0.2.1', 3];
  assert.deepEqual(exporters, [exporter, exporter]);
  assert.equal(await collector.stop(), 0);

  const flows = flowSpans(sink.spans());
  assert.equal(flows.length, 8);
  for (const { attributes } of flows) {
    const { 'source.address': source, 'destination.port': port, 'flow.sampling.interval': interval } = attributes;
    assert.deepEqual([source, Number(port), Number(interval)], ['10.0.0.1', 32_768, 1_000]);
  }
  for (const { attributes } of rootSpans(sink.spans())) {
    assert.equal(attributes['netflow.exporter.address'], '127.0.1.7');
    assert.equal(attributes['netflow.original_exporter.address'], '192.0.2.1');
  }
});
