/**
 * Every PromQL query of the dashboards, asked of a real Prometheus that scrapes a collector and an operator at work.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { counterSample, datagram, interfaceCounters } from '../../collector/sflow/datagram.fixture.ts';
import { COLLECTORS, type RawCollector } from '../../operator/cluster/kinds.ts';
import { ApiServer } from '../../operator/runtime/api-server.fixture.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { serveHttp } from '../../operator/runtime/http-server.fixture.ts';
import { startPrometheus, temporaryFolder } from '../backends/backends.ts';
import { PROGRAMS } from '../backends/programs.ts';
import { freePorts } from '../bench/child.ts';
import { startCollector, waitFor } from '../e2e/collector.ts';
import { openExporter } from '../e2e/exporter.ts';
import { buildTraffic } from '../generator/traffic.ts';
import { startSink } from '../otlp/sink.ts';
import { interpolated, promqlQueries, type Query, variableQueries } from './dashboards.ts';

/** One that sends by v9, which counts packets, by IPFIX, which counts flows, and counters by sFlow. */
const EXPORTER = '127.0.0.2';
const skip =
  !process.env.CI && spawnSync(PROGRAMS.prometheus, ['--version']).error
    ? 'prometheus is not installed (Debian: prometheus)'
    : false;
const OPERATOR = join(import.meta.dirname, '../../operator/main.ts');

test('each PromQL query of the dashboards yields series', { skip }, async (t) => {
  const collector = await startBusyCollector(t);
  const { host } = new URL(collector.url);
  const prometheus = await startPrometheus(t, [host, await startOperator(t)]);
  const values: Record<string, string> = {
    ...{ job: 'netflow2traces', instance: host, exporter: EXPORTER, set: 'exporters' },
    ...{ by: 'netflow_exporter_address,network_transport', __rate_interval: '30s', __range: '1m' },
  };

  /** Whether it has a series with a number; of a variable's, whether it has the value that is used here. */
  async function yields(query: Query): Promise<boolean> {
    const text = interpolated(query, values);
    const [, series, label] = /^label_values\((.*), (\w+)\)$/.exec(text) ?? [];
    if (series) {
      const found = await prometheus.query(`group by (${label}) (${series})`);
      return found.some(({ labels }) => labels[label] === values[query.title]);
    }
    return (await prometheus.query(text)).some(({ value }) => Number.isFinite(value));
  }

  let waiting = [...variableQueries, ...promqlQueries];
  await waitFor(
    async () => {
      await collector.send();
      const answers = await Promise.all(waiting.map(yields));
      waiting = waiting.filter((_, index) => !answers[index]);
      return waiting.length === 0;
    },
    () =>
      `these yield series:\n${waiting.map(({ dashboard, title, text }) => `${dashboard}: ${title}: ${text}`).join('\n')}`,
  );
  await assert.rejects(prometheus.query('sum by (netflow_packets_total'), /parse error/);
});

/** A collector that has some of everything: losses, drops, errors, requests that fail, flows left out. */
async function startBusyCollector(t: TestContext): Promise<{ url: string; send(): Promise<void> }> {
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  let requests = 0;
  sink.answer(() => {
    requests += 1;
    if (requests % 3 === 0) return { kind: 'refuse', code: 14, message: 'busy' };
    return { kind: 'partial', rejectedSpans: 1, message: 'one is too old' };
  });
  const folder = temporaryFolder(t);
  const config = join(folder, 'collector.yaml');
  writeFileSync(
    config,
    stringify({
      otlp: {
        endpoint: sink.endpoint,
        batch: { maxAge: '50ms' },
        queue: { disk: '64Mi', directory: join(folder, 'spool') },
      },
      selection: { filter: "network.transport != 'icmp'", sampling: { probability: 0.5 } },
      limits: { heldBytesPerExporter: '1Ki' },
      sflow: { counters: { records: ['interfaces'] } },
    }),
  );
  const collector = await startCollector(t, { args: ['--config', config, '--workers', '1'] });
  const exporter = await openExporter(t, collector, { address: EXPORTER });
  const nameless = await openExporter(t, collector, { address: '127.0.0.3' });
  const [v9, ipfix] = ([9, 10] as const).map((version) =>
    buildTraffic({ version, exporters: 1, packets: 2_000, now: Date.now() }).map(({ bytes }) => bytes),
  );
  // Without the packet that brings their templates.
  const untold = v9.slice(1, 1_000);
  let samples = 0;
  const counters = (): Uint8Array => {
    samples++;
    return datagram([counterSample([interfaceCounters(1_000 * samples, samples)], samples)], { sequence: samples });
  };
  return {
    url: collector.url,
    async send() {
      // One in four never comes.
      await exporter.deliver([...v9.splice(0, 4).slice(0, 3), ...ipfix.splice(0, 4).slice(0, 3), counters()]);
      await nameless.deliver(untold.splice(0, 1));
    },
  };
}

/** An operator at an API server in memory, with a NetflowCollector. Resolves with the address of its metrics. */
async function startOperator(t: TestContext): Promise<string> {
  const api = new ApiServer(systemClock);
  const { apiVersion, kind } = COLLECTORS;
  const metadata = { name: 'edge', namespace: 'flows' };
  api.edit(COLLECTORS, {
    apiVersion,
    kind,
    metadata,
    spec: { otlp: { endpoint: 'http://tempo:4317' } },
  } as RawCollector);
  const server = await serveHttp(api.handle);
  t.after(() => server.close());
  const kubeconfig = join(temporaryFolder(t), 'kubeconfig');
  writeFileSync(kubeconfig, server.kubeConfig.exportConfig());
  const address = `127.0.0.1:${(await freePorts()).tcp}`;
  const args = [
    OPERATOR,
    '--collector-image=collector:1',
    '--leader-election-namespace=flows',
    `--health=${address}`,
    '--reports=127.0.0.1:0',
    '--reports-endpoint=https://reports.flows.svc:8443',
  ];
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, args, { env: { PATH, HOME, KUBECONFIG: kubeconfig }, stdio: 'ignore' });
  const exit = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  return address;
}
