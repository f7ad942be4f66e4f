/** A real Prometheus, which scrapes what a test runs. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import { freePorts } from '../bench/child.ts';
import { waitFor } from '../e2e/collector.ts';

export type Sample = { metric: Record<string, string>; value: [number, string] };

export type Prometheus = {
  /** The series that an expression has now. Throws when it is no PromQL. */
  query(expr: string): Promise<Sample[]>;
  /** The values that a label has in series of a selector. */
  labelValues(selector: string, label: string): Promise<string[]>;
};

/** Why tests with Prometheus must be skipped; false when they need not. On CI they never are. */
export function withoutPrometheus(): string | false {
  if (process.env.CI || !spawnSync('prometheus', ['--version']).error) return false;
  return 'prometheus is not installed (Debian: prometheus)';
}

/** Starts one that scrapes each job's target, `host:port`, twice a second. It is killed when the test ends. */
export async function startPrometheus(t: TestContext, jobs: Record<string, string>): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const config = join(folder, 'prometheus.yaml');
  const scrape_configs = Object.entries(jobs).map(([job_name, target]) => ({
    job_name,
    honor_labels: true,
    static_configs: [{ targets: [target] }],
  }));
  writeFileSync(config, stringify({ global: { scrape_interval: '500ms', scrape_timeout: '500ms' }, scrape_configs }));
  const address = `127.0.0.1:${(await freePorts()).tcp}`;
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`];
  const child = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const exit = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exit;
    rmSync(folder, { recursive: true });
  });

  async function ask<Answer>(path: string, parameters: Record<string, string>): Promise<Answer> {
    const response = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, error, data } = (await response.json()) as { status: string; error?: string; data: Answer };
    if (status !== 'success') throw new Error(`${error}: ${Object.values(parameters)[0]}`);
    return data;
  }

  const isReady = () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await Promise.race([
    waitFor(isReady, 'Prometheus is ready'),
    exit.then(([code]) => Promise.reject(new Error(`Prometheus ended with ${code}:\n${log}`))),
  ]);
  return {
    query: async (query) => (await ask<{ result: Sample[] }>('query', { query })).result,
    labelValues: (selector, label) => ask(`label/${label}/values`, { 'match[]': selector }),
  };
}
