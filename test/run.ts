/**
 * Runs the tests: `npm test` all of them, `npm run test:unit` those that need neither root nor a cluster, and
 * `npm run test:cluster` those that need one. Their files are in lanes beside each other, since those of a cluster
 * mostly wait. To those who read it this is one run of Node's test runner: its output, file by file, its counts at the
 * end, then what failed.
 */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { promisify } from 'node:util';
import { externalKubeconfig, missingForTests } from './cluster/requirements.ts';

const ROOT = join(import.meta.dirname, '..');
const TIMEOUT_MS = 30 * 60_000;
/** The closing lines of Node's test runner, as they come for each lane. */
const COUNT = /^(tests|suites|pass|fail|cancelled|skipped|todo) (\d+)$/;

type Group = 'unit' | 'root' | 'nodes' | 'api' | 'backends';
const GROUPS: Record<Exclude<Group, 'unit'>, readonly string[]> = {
  /** They make images and networks. */
  root: [
    'test/image/',
    'test/package/deb.test.ts',
    'test/compose/run.test.ts',
    'test/e2e/first-steps.test.ts',
    'test/e2e/softflowd.test.ts',
  ],
  /** Each has a cluster to itself. */
  nodes: ['test/cluster/nodes/'],
  /** They share an API server, and need what it is built with. */
  api: ['test/cluster/api/', 'test/chart/', 'test/gitops/', 'test/release/'],
  /** They start Jaeger and the Collector, which take as long to build as a cluster does. */
  backends: ['test/backends/'],
};
/** It serves those of the API first, without nodes. */
const SECOND_CLUSTER = { ...process.env, NETFLOW2TRACES_TEST_CLUSTER: '2' };

const LANES: Record<string, (() => Promise<void>)[]> = {
  all: [unitAndRoot, () => nodes(), () => inTurn(api, backends, moreNodes)],
  unit: [() => runFiles(group('unit'), { concurrency: 2 })],
  cluster: [() => nodes(), () => inTurn(api, moreNodes)],
};

const files = Map.groupBy(globSync('{collector,crds,operator,test}/**/*.test.ts', { cwd: ROOT }).sort(), groupOf);
const counts = new Map<string, number>();
const reporter = new spec();
reporter.pipe(process.stdout);

const started = performance.now();
let tools: Promise<void> | undefined;
const lanes = await Promise.allSettled(LANES[process.argv[2] ?? 'all'].map((lane) => lane()));
finish();

/** One at a time: the other lanes need a core between them. Images are made by the time that root's tests need them. */
async function unitAndRoot(): Promise<void> {
  await runFiles([...group('unit'), ...group('root')], { concurrency: 1 });
}

/**
 * Takes one file of those that need nodes after the other, as long as another lane has left any. The last ones first:
 * they take longest, so that no lane is left with one of them at the end.
 */
async function nodes(env = process.env): Promise<void> {
  await ensureTools();
  for (let file = group('nodes').pop(); file; file = group('nodes').pop()) {
    await runFiles([file], { concurrency: 1, env });
  }
}

async function inTurn(...steps: (() => Promise<void>)[]): Promise<void> {
  for (const step of steps) await step();
}

function moreNodes(): Promise<void> {
  return nodes(SECOND_CLUSTER);
}

async function backends(): Promise<void> {
  if (process.env.CI) await program('test/backends/build.ts');
  await runFiles(group('backends'), { concurrency: 1, env: SECOND_CLUSTER });
}

async function api(): Promise<void> {
  await ensureTools();
  const skipped = !process.env.CI && missingForTests();
  if (skipped || externalKubeconfig()) return runFiles(group('api'), { concurrency: 1 });
  await cluster(['down']);
  await cluster(['up', '--nodes', '0']);
  try {
    await runFiles(group('api'), { concurrency: 1, env: SECOND_CLUSTER });
  } finally {
    await cluster(['down']);
  }
}

/** On CI nothing is skipped, so that the programs of a cluster are built there; elsewhere people decide when. */
function ensureTools(): Promise<void> {
  tools ??= process.env.CI ? cluster(['build']) : Promise.resolve();
  return tools;
}

async function cluster(args: string[]): Promise<void> {
  await program('test/cluster/main.ts', ...args);
}

async function program(path: string, ...args: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [join(ROOT, path), ...args], { env: SECOND_CLUSTER });
}

function groupOf(file: string): Group {
  const groups = Object.keys(GROUPS) as (keyof typeof GROUPS)[];
  return groups.find((group) => GROUPS[group].some((prefix) => file.startsWith(prefix))) ?? 'unit';
}

function group(name: Group): string[] {
  return files.get(name) ?? [];
}

/** Runs files, and reports each as a whole, so that lanes do not talk at the same time. */
async function runFiles(files: string[], options: { concurrency: number; env?: NodeJS.ProcessEnv }): Promise<void> {
  const waiting = new Map<string, unknown[]>();
  const report = (file: string) => {
    for (const event of waiting.get(file) ?? []) reporter.write(event);
    waiting.delete(file);
  };
  const execArgv = ['--import', join(ROOT, 'test/property/seed.ts')];
  const all = run({ cwd: ROOT, files, execArgv, timeout: TIMEOUT_MS, ...options });
  for await (const event of all) {
    const { file, message } = event.data as { file?: string; message?: string };
    if (file !== undefined) {
      waiting.set(file, [...(waiting.get(file) ?? []), event]);
      if (event.type === 'test:summary') report(file);
      continue;
    }
    const [, name, count] = COUNT.exec(message ?? '') ?? [];
    if (name) counts.set(name, (counts.get(name) ?? 0) + Number(count));
  }
  // Those that ended without a word.
  for (const file of waiting.keys()) report(file);
}

function finish(): void {
  const line = (message: string) => reporter.write({ type: 'test:diagnostic', data: { nesting: 0, message } });
  for (const [name, count] of counts) line(`${name} ${count}`);
  line(`duration_ms ${performance.now() - started}`);
  reporter.end();
  const broken = lanes.filter((lane) => lane.status === 'rejected');
  for (const { reason } of broken) {
    reporter.once('end', () => console.error(reason.stderr ? `${reason.message}\n${reason.stderr}` : reason));
  }
  const failed = (counts.get('fail') ?? 0) + (counts.get('cancelled') ?? 0);
  process.exitCode = failed + broken.length > 0 ? 1 : 0;
}
