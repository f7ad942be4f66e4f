/**
 * The collector, the demo and Prometheus of `deploy/compose` as its files have them, in a network where the names of
 * its services are known; a sink stands for Tempo.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { temporaryFolder } from '../backends/backends.ts';
import { MAIN, waitFor } from '../e2e/collector.ts';
import { createNamespace, type Namespace, reasonToSkip } from '../e2e/namespace.ts';
import { type Compose, FOLDER, readYaml, variablesIn } from './files.ts';

const { services } = readYaml('compose.yaml') as Compose;
const SINK = join(import.meta.dirname, '../bench/sink.ts');
/** What docs/compose.md promises to those who look. */
const SERIES = {
  'up{job="netflow2traces"} == 1': 1,
  'netflow_exporter_flows_total{netflow_exporter_address=~"127.0.0.[2-9]"} > 0': 6,
  'network_flow_io_bytes_total{netflow_set="exporters"}': 6,
  'network_flow_io_bytes_total{netflow_set="talkers"}': 10,
  'network_flow_io_bytes_total{netflow_set="services", server_service_name="dns"}': 1,
  'netflow_flows_exported_total > 0': 1,
};

test('the demo is in Prometheus, and spans leave for Tempo', { skip: reasonToSkip('prometheus') }, async (t) => {
  const folder = temporaryFolder(t);
  const network = createNetwork(t, Object.keys(services));
  const start = (...command: string[]) => startIn(t, network, command);

  const { collector, demo, prometheus } = services;
  start(process.execPath, SINK, '--grpc', '4317');
  const config = readYaml('collector.yaml');
  config.spans.attributes.networksFile = join(FOLDER, variablesIn(collector.volumes!.join()).NETWORKS_FILE);
  const file = join(folder, 'collector.yaml');
  writeFileSync(file, stringify(config));
  const endpoint = collector.environment!.OTEL_EXPORTER_OTLP_ENDPOINT;
  const running = start('env', `OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`, process.execPath, MAIN, '--config', file);
  await waitFor(() => running.output().includes('"ready"'), 'the collector is ready');
  start(process.execPath, MAIN, ...demo.command!);
  const args = prometheus.command!.map((arg) =>
    arg.replace('/etc/prometheus', FOLDER).replace(/=\/prometheus$/, `=${join(folder, 'data')}`),
  );
  start('prometheus', ...args);

  const { url } = readYaml('grafana/datasources.yaml').datasources[0];
  for (const [expr, least] of Object.entries(SERIES)) {
    let answer = '';
    const ask = () => {
      answer = network.attempt('promtool', 'query', 'instant', url, expr);
      return answer.split('\n').filter((line) => line.includes(' => ')).length >= least;
    };
    await waitFor(ask, () => `${expr} has ${least} series; it is ${answer}`);
  }
});

/** A network in which each of these names is this machine. */
function createNetwork(
  t: TestContext,
  names: readonly string[],
): Namespace & { attempt(...command: string[]): string } {
  const network = createNamespace('compose');
  // What lies here, `ip netns exec` puts in the place of /etc/hosts.
  const etc = join('/etc/netns', network.name);
  mkdirSync(etc, { recursive: true });
  writeFileSync(join(etc, 'hosts'), `127.0.0.1 localhost ${names.join(' ')}\n`);
  t.after(() => {
    network.remove();
    rmSync(etc, { recursive: true });
  });
  return {
    ...network,
    attempt(...command) {
      const { stdout, stderr } = spawnSync('ip', ['netns', 'exec', network.name, ...command], { encoding: 'utf8' });
      return stdout + stderr;
    },
  };
}

/** Starts a program there; a failed test shows what it said. */
function startIn(t: TestContext, network: Namespace, [command, ...args]: string[]): { output(): string } {
  const child = network.start(['ignore', 'pipe', 'pipe'], command, ...args);
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  t.after(() => {
    // `passed` is in Node 24, not in its types.
    if (!(t as TestContext & { passed: boolean }).passed) t.diagnostic(`${args.join(' ')}:\n${output}`);
  });
  return { output: () => output };
}
