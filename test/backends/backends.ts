/** Starts backends for a test, each at a loopback address of its own, where its usual ports are free. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parse, stringify } from 'yaml';
import { waitFor } from '../e2e/collector.ts';
import { type Jaeger, jaegerAt } from './jaeger.ts';
import { PROGRAMS } from './programs.ts';
import { type Prometheus, prometheusAt } from './prometheus.ts';

/** What is shipped, and is changed here only in addresses and times. */
const SHIPPED = join(import.meta.dirname, '../../deploy');
const NOWHERE = '127.0.0.1:1';

/** Jaeger, with its traces in memory. */
export async function startJaeger(t: TestContext): Promise<Jaeger> {
  const address = nextAddress();
  const config = join(import.meta.dirname, 'jaeger.yaml');
  await start(t, PROGRAMS.jaeger, ['--config', config], `http://${address}:16686/api/services`, { LISTEN: address });
  return jaegerAt(address);
}

/** Prometheus, which scrapes these, `host:port`, each second, and takes what is written to it. */
export async function startPrometheus(t: TestContext, targets: readonly string[] = []): Promise<Prometheus> {
  const address = nextAddress();
  const folder = temporaryFolder(t);
  const config = parse(readFileSync(join(SHIPPED, 'compose/prometheus.yaml'), 'utf8'));
  config.global = { scrape_interval: '1s' };
  config.scrape_configs[0].static_configs = [{ targets }];
  const file = join(folder, 'prometheus.yaml');
  writeFileSync(file, stringify(config));
  const listen = ['--web.listen-address', `${address}:9090`, '--web.enable-remote-write-receiver'];
  const args = ['--config.file', file, '--storage.tsdb.path', join(folder, 'data'), '--log.level', 'warn', ...listen];
  await start(t, PROGRAMS.prometheus, args, `http://${address}:9090/-/ready`);
  return prometheusAt(address);
}

export type OtelcolOptions = {
  /** Where it sends what it keeps and what it counts; nowhere unless told. */
  jaeger?: Jaeger;
  prometheus?: Prometheus;
  /** Its own; another than any so far unless told. */
  address?: string;
  /** Of its `memory_limiter`, MiB; as it is shipped unless told. */
  memory?: number;
};

export type Otelcol = {
  /** Where it takes spans and metrics over gRPC. */
  endpoint: string;
  address: string;
  stop(): Promise<void>;
};

/** The Collector, as it is shipped but for addresses and times. */
export async function startOtelcol(t: TestContext, options: OtelcolOptions): Promise<Otelcol> {
  const { jaeger, prometheus, address = nextAddress(), memory } = options;
  const own = {
    receivers: { otlp: { protocols: { grpc: { endpoint: `${address}:4317` } } } },
    processors: {
      batch: { timeout: '100ms' },
      tail_sampling: { decision_wait: '1s' },
      ...(memory !== undefined && { memory_limiter: { limit_mib: memory, spike_limit_mib: 0 } }),
    },
    connectors: { span_metrics: { metrics_flush_interval: '1s' } },
    exporters: {
      'otlp_grpc/jaeger': { endpoint: jaeger?.endpoint ?? NOWHERE },
      prometheus_remote_write: { endpoint: `${prometheus?.url ?? `http://${NOWHERE}`}/api/v1/write` },
    },
    service: {
      telemetry: {
        logs: { level: 'error' },
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: address, port: 8888 } } } }] },
      },
    },
  };
  const args = ['--config', join(SHIPPED, 'otelcol.yaml'), '--config', `yaml:${JSON.stringify(own)}`];
  const stop = await start(t, PROGRAMS.otelcol, args, `http://${address}:8888/metrics`);
  return { endpoint: `http://${address}:4317`, address, stop };
}

/** A folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let started = 0;

/** Of 16 in turn that no other process uses. */
function nextAddress(): string {
  const number = (process.pid % 2 ** 20) * 16 + (started++ % 16);
  return `127.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
}

/**
 * Starts a program, and waits until `url` answers. It is killed when the test ends, or by what this resolves with; a
 * failed test shows its output.
 */
async function start(
  t: TestContext,
  command: string,
  args: readonly string[],
  url: string,
  env: Record<string, string> = {},
): Promise<() => Promise<void>> {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => output.push(text));
  const closed = once(child, 'close');
  const stop = async () => {
    child.kill('SIGKILL');
    await closed;
  };
  t.after(async () => {
    await stop();
    // `passed` is in Node 24, not in its types.
    if (!(t as TestContext & { passed: boolean }).passed) t.diagnostic(`${command}:\n${output.join('')}`);
  });
  const ended = closed.then(([code]) =>
    Promise.reject(new Error(`${command} ended with ${code}:\n${output.join('')}`)),
  );
  ended.catch(() => {});
  await Promise.race([waitFor(() => answers(url), `${command} answers`), ended]);
  return stop;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
