/** Flow metrics in a real Prometheus: of all flows that were sent, though one span in a hundred is kept. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Collector, startCollector, waitFor } from '../e2e/collector.ts';
import { startOtelcol, startPrometheus, temporaryFolder } from './backends.ts';
import { requireBackends } from './programs.ts';
import type { Prometheus } from './prometheus.ts';
import { NETWORKS, REST, type SeenFlow, sendFlows, servicesOf, sumBy } from './traffic.ts';

const SETS = [
  { name: 'talkers', dimensions: ['source.address', 'destination.address'], maxSeries: 10_000 },
  { name: 'services', dimensions: ['client.service.name', 'server.service.name'] },
];
/** How each set's series are told apart, and the same of a flow. Flows of unknown direction are between no services. */
const KEYS: Record<string, { labels: string[]; of: (flow: SeenFlow) => string }> = {
  talkers: {
    labels: ['source_address', 'destination_address'],
    of: ({ source, destination }) => `${source.join('.')} → ${destination.join('.')}`,
  },
  services: {
    labels: ['client_service_name', 'server_service_name'],
    of: (flow) => servicesOf(flow)?.join(' → ') ?? ' → ',
  },
};
const METRICS: Record<string, (flow: SeenFlow) => number> = {
  network_flow_io_bytes_total: ({ bytes }) => bytes,
  network_flow_packets_total: ({ packets }) => packets,
  network_flow_records_total: () => 1,
};

type Temporality = 'cumulative' | 'delta';

async function start(t: TestContext, otelcol: string, temporality: Temporality): Promise<Collector> {
  const folder = temporaryFolder(t);
  const [config, networksFile] = ['collector.json', 'networks.csv'].map((name) => join(folder, name));
  writeFileSync(networksFile, NETWORKS);
  const spans = { services: { rest: REST }, attributes: { networksFile }, clock: 'exporter' };
  const metrics = { otlp: { endpoint: otelcol, interval: '1s', temporality } };
  const selection = { sampling: { probability: 0.01 } };
  writeFileSync(config, JSON.stringify({ spans, metrics, selection, flowMetrics: { sets: SETS } }));
  const env = { OTEL_SERVICE_NAME: temporality };
  return startCollector(t, { args: ['--config', config, '--otlp-endpoint', otelcol], env });
}

/** What Prometheus has of a metric by the key of each series: scraped of `instance`, or written for `job`. */
async function shown(prometheus: Prometheus, selector: string, set: string, metric: string, time?: number) {
  const samples = await prometheus.query(`${metric}{netflow_set="${set}",${selector}}`, time);
  return sumBy(
    samples,
    ({ labels }) => KEYS[set].labels.map((label) => labels[label] ?? '').join(' → '),
    ({ value }) => value,
  );
}

test('bytes a second by talker and by pair of services are what was sent, scraped and pushed, delta too', async (t) => {
  if (!requireBackends(t)) return;
  const prometheus = await startPrometheus(t);
  const otelcol = await startOtelcol(t, { prometheus });
  const collectors = await Promise.all(
    (['cumulative', 'delta'] as const).map((one) => start(t, otelcol.endpoint, one)),
  );
  const hosts = collectors.map(({ url }) => new URL(url).host);
  const scraping = await startPrometheus(t, hosts);

  const ways: [name: string, prometheus: Prometheus, selector: string][] = [
    ...hosts.map((host): [string, Prometheus, string] => [`scraped of ${host}`, scraping, `instance="${host}"`]),
    ['pushed, cumulative', prometheus, 'job="cumulative"'],
    ['pushed, delta', prometheus, 'job="delta"'],
  ];
  let sent: SeenFlow[] = [];
  const times: number[] = [];
  for (const round of [1, 2]) {
    for (const collector of collectors) sent = await sendFlows(t, collector, { exporters: 2, packets: 10 });
    for (const [name, backend, selector] of ways) {
      await waitFor(async () => {
        const records = await shown(backend, selector, 'talkers', 'network_flow_records_total');
        return Object.values(records).reduce((total, count) => total + count, 0) === round * sent.length;
      }, `${name}: round ${round} is there`);
    }
    times.push(Date.now() / 1_000);
    for (const [name, backend, selector] of ways) {
      for (const set of Object.keys(KEYS)) {
        for (const [metric, amount] of Object.entries(METRICS)) {
          const wanted = sumBy(sent, KEYS[set].of, (flow) => round * amount(flow));
          assert.deepEqual(
            await shown(backend, selector, set, metric, times.at(-1)),
            wanted,
            `${name} ${set} ${metric}`,
          );
        }
      }
    }
  }

  const [from, to] = times;
  for (const [name, backend, selector] of ways) {
    for (const set of Object.keys(KEYS)) {
      const bytes = `sum by (${KEYS[set].labels}) (network_flow_io_bytes_total{netflow_set="${set}",${selector}}`;
      // What the counters grew by between two moments: rate() guesses beyond the first and last reading.
      const rates = await backend.query(`(${bytes} @ ${to}) - ${bytes} @ ${from})) / (${to} - ${from})`);
      const perSecond = sumBy(
        rates,
        ({ labels }) => KEYS[set].labels.map((label) => labels[label] ?? '').join(' → '),
        ({ value }) => value * (to - from),
      );
      const wanted = sumBy(sent, KEYS[set].of, ({ bytes }) => bytes);
      assert.deepEqual(rounded(perSecond), rounded(wanted), `${name} ${set}`);
    }
  }
  for (const collector of collectors) {
    const { ledger } = await collector.status();
    assert.ok(ledger.flowsSampledOut > 0.9 * ledger.flows);
    assert.equal(await collector.stop(), 0);
  }
});

const rounded = (sums: Record<string, number>) =>
  Object.fromEntries(Object.entries(sums).map(([key, sum]) => [key, Math.round(sum)]));
