/**
 * Spans of flows through a real OpenTelemetry Collector: what it counts of them, which it keeps, and when it is full.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { type Collector, startCollector, waitFor } from '../e2e/collector.ts';
import { assertAllExported } from '../e2e/spans.ts';
import { RECORDS } from '../generator/traffic.ts';
import { type Otelcol, startJaeger, startOtelcol, startPrometheus, temporaryFolder } from './backends.ts';
import { requireBackends } from './programs.ts';
import type { Prometheus } from './prometheus.ts';
import {
  NETWORKS,
  REST,
  type SeenFlow,
  sendFlows,
  serverPortOf,
  servicesOf,
  sumBy,
  transportOf,
  untilCount,
} from './traffic.ts';

const EXPORTERS = 3;

type Spans = NonNullable<CollectorConfigInput['spans']>;

async function start(t: TestContext, otelcol: Otelcol, spans: Spans): Promise<Collector> {
  const folder = temporaryFolder(t);
  const [config, networksFile] = ['collector.json', 'networks.csv'].map((name) => join(folder, name));
  writeFileSync(networksFile, NETWORKS);
  const otlp = { endpoint: otelcol.endpoint, retry: { initialInterval: '50ms', maxInterval: '200ms' } };
  writeFileSync(config, JSON.stringify({ otlp, spans: { ...spans, clock: 'exporter', attributes: { networksFile } } }));
  return startCollector(t, { args: ['--config', config] });
}

/** Calls of flow spans by these labels, joined; those without one of them have it empty. */
async function callsBy(prometheus: Prometheus, labels: readonly string[]): Promise<Record<string, number>> {
  const samples = await prometheus.query(`sum by (${labels}) (traces_span_metrics_calls_total{span_name=~"flow_.*"})`);
  return sumBy(
    samples,
    ({ labels: told }) => labels.map((label) => told[label] ?? '').join(' '),
    ({ value }) => value,
  );
}

/** What a span says of its flow. */
const LABELS = ['netflow_exporter_address', 'network_transport', 'server_port'];
const labelsOf = (flow: SeenFlow) => `${flow.exporter} ${transportOf(flow)} ${serverPortOf(flow) ?? ''}`;
const kindOf = (flow: SeenFlow, { services }: Spans) => (services && servicesOf(flow) ? 'CLIENT' : 'INTERNAL');

for (const [shape, spans] of Object.entries<Spans>({
  packet: {},
  flow: { trace: 'flow' },
  conversation: { trace: 'conversation' },
  services: { services: { rest: REST } },
})) {
  test(`${shape}: metrics of spans are counts and bytes of what was sent`, async (t) => {
    if (!requireBackends(t)) return;
    const prometheus = await startPrometheus(t);
    const collector = await start(t, await startOtelcol(t, { prometheus }), spans);
    const sent = await sendFlows(t, collector, { exporters: EXPORTERS, packets: 5 });
    assert.equal(await collector.stop(), 0);

    const called = spans.services ? sent.filter(servicesOf) : [];
    await waitFor(async () => {
      const { '': all } = await callsBy(prometheus, []);
      return all === sent.length + called.length;
    }, 'all spans are counted');
    const wanted = {
      ...sumBy(sent, (flow) => `${labelsOf(flow)} SPAN_KIND_${kindOf(flow, spans)}`),
      // Servers' spans say nothing of the flow.
      ...(called.length > 0 && { '   SPAN_KIND_SERVER': called.length }),
    };
    assert.deepEqual(await callsBy(prometheus, [...LABELS, 'span_kind']), wanted);
    assert.deepEqual(await callsBy(prometheus, ['service_name', 'span_kind']), {
      ...sumBy(sent, (flow) => {
        const client = kindOf(flow, spans) === 'CLIENT' && servicesOf(flow)![0];
        return `${client || 'netflow2traces'} SPAN_KIND_${kindOf(flow, spans)}`;
      }),
      ...sumBy(called, (flow) => `${servicesOf(flow)![1]} SPAN_KIND_SERVER`),
    });
    const talkers = await prometheus.query('sum by (source_address, destination_address) (flow_bytes_total)');
    assert.deepEqual(
      sumBy(
        talkers,
        ({ labels }) => `${labels.source_address} ${labels.destination_address}`,
        ({ value }) => value,
      ),
      sumBy(
        sent,
        ({ source, destination }) => `${source.join('.')} ${destination.join('.')}`,
        ({ bytes }) => bytes,
      ),
    );
  });
}

test('flow: tail sampling keeps what is asked for, and no more', async (t) => {
  if (!requireBackends(t)) return;
  const jaeger = await startJaeger(t);
  const otelcol = await startOtelcol(t, { jaeger });
  const collector = await start(t, otelcol, { trace: 'flow' });
  const sent = await sendFlows(t, collector, { exporters: EXPORTERS, packets: 20 });
  assert.equal(await collector.stop(), 0);
  // By the policies of deploy/otelcol.yaml.
  const kept = sent.filter((flow) => serverPortOf(flow) === 443 || flow.bytes >= 1_000_000);
  assert.ok(kept.some((flow) => serverPortOf(flow) !== 443) && kept.length < sent.length / 2);
  // One more of each exporter brings the templates.
  const packets = sent.length / RECORDS[4][9] + EXPORTERS;
  await waitFor(async () => (await decided(otelcol)) === sent.length + packets, 'each trace is kept or dropped');
  const shown = await untilCount(kept.length, () => jaeger.search('netflow2traces'), 'spans are kept');
  const line = (port: unknown, bytes: unknown) => `${port} ${bytes}`;
  assert.deepEqual(
    shown.map(({ attributes }) => line(attributes['server.port'], attributes['flow.bytes.delta'])).sort(),
    kept.map((flow) => line(serverPortOf(flow), flow.bytes)).sort(),
  );
});

/** Traces on which tail sampling has decided, by what it tells of itself. */
async function decided({ address }: Otelcol): Promise<number> {
  const text = await (await fetch(`http://${address}:8888/metrics`)).text();
  const [, count] = /_sampling_policy_execution_count\{[^}]*policy="https"[^}]*\} (\d+)$/m.exec(text) ?? [];
  return Number(count ?? 0);
}

test('what its memory limiter refuses is sent again, and counted once', async (t) => {
  if (!requireBackends(t)) return;
  const prometheus = await startPrometheus(t);
  // It takes more than this itself, and so refuses all.
  const full = await startOtelcol(t, { memory: 1 });
  const collector = await start(t, full, {});
  const sent = await sendFlows(t, collector, { exporters: EXPORTERS, packets: 5 });
  await collector.until(({ ledger }) => ledger.exportRetries > 2);
  const { ledger } = await collector.status();
  assert.deepEqual([ledger.flowsExported, ledger.flowsInFlight], [0, sent.length]);

  await full.stop();
  await startOtelcol(t, { prometheus, address: full.address });
  await assertAllExported(collector, sent.length);
  await waitFor(async () => (await callsBy(prometheus, []))[''] === sent.length, 'all spans are counted');
  assert.deepEqual(await callsBy(prometheus, LABELS), sumBy(sent, labelsOf));
  assert.equal(await collector.stop(), 0);
});
