/**
 * The operator as a process of this machine: its sources, run as the chart's ServiceAccount, by a token of its own. No
 * image is needed, and no node. By that token the API server's record tells one operator from another.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse, stringify } from 'yaml';
import { NAMESPACE, RELEASE, render } from '../chart/helm.ts';
import type { Cluster } from './cluster.ts';
import { waitFor } from './wait.ts';

const MAIN = join(import.meta.dirname, '../../operator/main.ts');
const COLLECTOR_IMAGE = 'registry.example/collector:1';
const SECONDS = 60;

export type LogLine = { message: string; time: string; [field: string]: unknown };

export type OperatorProcess = {
  pid: number;
  /** Of its token, as `credentialOf` reads it from the API server's record. */
  credential: string;
  /** What it has logged. */
  log: readonly LogLine[];
  /** Resolves with its line of that message once there is one. */
  logged(message: string, seconds?: number): Promise<LogLine>;
  /** One of its metrics, summed over all labels. */
  metric(name: string): Promise<number>;
  signal(name: NodeJS.Signals): void;
  /** Ends it as a crash would, if it still runs. */
  kill(): Promise<void>;
  /** Resolves with its exit code; null when it was killed. */
  exited: Promise<number | null>;
};

/** Installs all of the chart but the operator itself, unless it is there. The next operator leads at once. */
export async function installRights({ kubectl }: Pick<Cluster, 'kubectl'>): Promise<void> {
  const server = ['--server-side', '--force-conflicts'];
  const items = render().filter(({ kind }) => !['Deployment', 'PodDisruptionBudget'].includes(kind!));
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  const rights = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [namespace, ...items] });
  await kubectl(['apply', ...server, '--namespace', NAMESPACE, '--filename', '-'], rights);
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  // One that was killed has not given it back.
  await kubectl(['delete', 'lease', '--all', '--namespace', NAMESPACE]);
}

/**
 * Removes a test's namespace, of which no operator sees anything any more. What `installRights` made stays for the
 * next.
 */
export async function removeNamespace({ kubectl }: Pick<Cluster, 'kubectl'>, name: string): Promise<void> {
  await kubectl(['delete', 'netflowcollectors', '--all', '--namespace', name]);
  await kubectl(['delete', 'namespace', name, '--ignore-not-found', '--wait=false']);
}

/**
 * A kubeconfig of the chart's ServiceAccount, with a token of its own; for `server`, when that is not the cluster's.
 */
export async function serviceAccount(
  { kubeconfig, kubectl }: Pick<Cluster, 'kubeconfig' | 'kubectl'>,
  server?: string,
) {
  const token = await kubectl(['create', 'token', RELEASE, '--namespace', NAMESPACE, '--duration=2h']);
  const config = parse(readFileSync(kubeconfig, 'utf8'));
  // The client takes plain HTTP only from those who say that they mean it.
  if (server) config.clusters[0].cluster = { server, 'insecure-skip-tls-verify': true };
  config.users[0].user = { token };
  const { jti } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()) as { jti: string };
  return { kubeconfig: stringify(config), credential: `JTI=${jti}` };
}

export type OperatorOptions = {
  /** Where the API server is, when not at the cluster's own address: see `startProxy`. */
  server?: string;
  /** More flags: of the operator, and of Node. */
  args?: readonly string[];
  nodeOptions?: readonly string[];
};

/** Starts an operator and resolves when it runs; that it leads is another matter. */
export async function startOperator(cluster: Cluster, options: OperatorOptions = {}): Promise<OperatorProcess> {
  const { server, args = [], nodeOptions = [] } = options;
  const { kubeconfig, credential } = await serviceAccount(cluster, server);
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-operator-'));
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, kubeconfig, { mode: 0o600 });
  const flags = ['--collector-image', COLLECTOR_IMAGE, '--leader-election-namespace', NAMESPACE];
  const child = spawn(process.execPath, [...nodeOptions, MAIN, ...flags, '--health', '127.0.0.1:0', ...args], {
    env: { PATH: process.env.PATH, KUBECONFIG: file },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      process.off('exit', end);
      rmSync(folder, { recursive: true });
      resolve(code);
    });
  });

  const log: LogLine[] = [];
  createInterface(child.stderr).on('line', (line) => {
    log.push(line.startsWith('{') ? JSON.parse(line) : { message: line, time: new Date().toISOString() });
  });
  async function logged(message: string, seconds = SECONDS): Promise<LogLine> {
    const find = () => log.find((line) => line.message === message);
    try {
      await waitFor(`the operator says: ${message}`, seconds, find);
    } catch (error) {
      throw new Error(`${(error as Error).message}; it said ${JSON.stringify(log.slice(-10), null, 1)}`);
    }
    return find()!;
  }

  const { health } = await logged('the operator runs');
  return {
    pid: child.pid!,
    credential,
    log,
    logged,
    async metric(name) {
      const text = await (await fetch(`http://127.0.0.1:${health}/metrics`)).text();
      const samples = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      return samples.reduce((sum, line) => sum + Number(line.replace(/.* /, '')), 0);
    },
    signal: (name) => void process.kill(child.pid!, name),
    async kill() {
      end();
      await exited;
    },
    exited,
  };
}
