/**
 * The workflow that publishes a release: it is run by nobody here, so all that can be known of it before is checked.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { actionlint, requireActionlint } from './actionlint.ts';

const ROOT = join(import.meta.dirname, '../..');
const WORKFLOW = join(ROOT, '.github/workflows/release.yml');
const text = readFileSync(WORKFLOW, 'utf8');

type Step = { uses?: string; run?: string; with?: Record<string, string> };
type Job = { steps: Step[]; permissions?: object; env?: Record<string, string>; strategy?: { matrix: object } };
const { permissions, jobs } = parse(text) as { permissions: object; jobs: Record<string, Job> };
const steps = Object.values(jobs).flatMap((job) => job.steps);
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const dockerfiles = globSync('Dockerfile.*', { cwd: ROOT });

test('the workflow has nothing that actionlint complains of', (t) => {
  if (!requireActionlint(t)) return;
  const { status, stdout, stderr } = spawnSync(actionlint, ['-no-color', WORKFLOW], { encoding: 'utf8' });
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});

test('it runs actions of others as they were when somebody looked at them', () => {
  const used = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action);
  assert.ok(used.length > 0);
  for (const action of used) assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test('each job may do no more than it says', () => {
  assert.deepEqual(permissions, { contents: 'read' });
  const writers = Object.entries(jobs).filter(([, job]) => 'contents' in (job.permissions ?? {}));
  assert.deepEqual(
    writers.flatMap(([name, job]) => ((job.permissions as { contents: string }).contents === 'write' ? [name] : [])),
    ['release'],
  );
  for (const { run } of steps) assert.doesNotMatch(run ?? '', /\$\{\{/, 'expressions come into scripts by variables');
});

test('all images are built for both processors, of the base image that their Dockerfiles name', () => {
  const { steps, env, strategy } = jobs.image;
  const { program } = strategy!.matrix as { program: string[] };
  assert.deepEqual(program.map((name) => `Dockerfile.${name}`).sort(), dockerfiles.sort());
  const build = steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'))!.with!;
  assert.equal(build.platforms, 'linux/amd64,linux/arm64');
  assert.deepEqual([build.provenance, build.sbom], ['mode=max', true]);
  const [replaced] = build['build-contexts'].split('=');
  assert.equal(env!.BASE, `docker.io/library/${replaced}`);
  for (const dockerfile of dockerfiles) {
    const bases = [...read(dockerfile).matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    assert.deepEqual(bases, [replaced, 'scratch'], dockerfile);
  }
});

test('all that is pushed is signed, and its provenance is told', () => {
  for (const name of ['image', 'chart']) {
    const { steps } = jobs[name];
    assert.ok(
      steps.some(({ run }) => run?.startsWith('cosign sign --yes ')),
      name,
    );
    assert.ok(
      steps.some(({ uses, with: inputs }) => uses?.includes('attest-build-provenance') && inputs!['subject-digest']),
      name,
    );
  }
});

test('what it looks for in files is there', () => {
  assert.match(read('charts/netflow2traces/values.yaml'), /^imageRegistry: ""$/m);
  const { version } = JSON.parse(read('package.json')) as { version: string };
  assert.match(
    read('charts/netflow2traces/Chart.yaml'),
    new RegExp(`^version: ${version.replaceAll('.', '\\.')}$`, 'm'),
  );
});
