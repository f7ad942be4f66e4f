/** A selection in a configuration file: what arrives at the backend, and that the books say where the rest is. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildTraffic } from '../generator/traffic.ts';
import { startSink } from '../otlp/sink.ts';
import { startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';
import { flowSpans } from './spans.ts';

const [EXPORTERS, PACKETS, RECORDS] = [4, 20, 10];

test('flows are left out by filter, rule and sampling, and each is accounted for', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'collector.json');
  const selection = {
    filter: "network.transport in ['tcp', 'udp']",
    rules: [{ name: 'dns', match: '53 in [source.port, destination.port]', action: 'drop' }],
    sampling: { probability: 0.5 },
  };
  writeFileSync(config, JSON.stringify({ selection }));
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const args = ['--config', config, '--otlp-endpoint', sink.endpoint, '--workers', '2'];
  const collector = await startCollector(t, { args });

  const traffic = buildTraffic({
    version: 9,
    exporters: EXPORTERS,
    packets: PACKETS,
    records: RECORDS,
    now: Date.now(),
  });
  for (let index = 0; index < EXPORTERS; index++) {
    const exporter = await openExporter(t, collector);
    await exporter.deliver(traffic.filter((packet) => packet.exporter === index).map(({ bytes }) => bytes));
  }
  const flows = EXPORTERS * PACKETS * RECORDS;
  const { ledger } = await collector.until(
    (status) => status.ledger.flows === flows && status.ledger.flowsInFlight === 0 && status.ledger.imbalance === 0,
  );
  assert.ok(ledger.flowsFiltered > 0 && ledger.flowsSampledOut > 0);
  const metrics = await (await fetch(`${collector.url}metrics`)).text();
  assert.match(metrics, /^netflow_selection_flows_total\{rule="dns",outcome="filtered"\} [1-9]/m);
  assert.equal(await collector.stop(), 0);

  const spans = flowSpans(sink.spans());
  assert.equal(spans.length, ledger.flowsExported);
  assert.equal(spans.length, flows - ledger.flowsFiltered - ledger.flowsSampledOut);
  for (const { traceState, attributes } of spans) {
    assert.match(String(attributes['network.transport']), /^(tcp|udp)$/);
    assert.ok(attributes['source.port'] !== 53n && attributes['destination.port'] !== 53n);
    assert.match(traceState, /^ot=th:8;rv:[89a-f][0-9a-f]{13}$/);
  }
});

test('a wrong expression stops the start, with its column', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'collector.yaml');
  writeFileSync(config, 'selection:\n  filter: destination.prot == 53\n');
  await assert.rejects(
    startCollector(t, { args: ['--config', config] }),
    /selection\.filter: .* is wrong at column 1: no attribute is called destination\.prot; there are destination\./,
  );
});
