/** What `npm pack` makes, installed as users do, in an empty folder and without a network. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { transformSync } from 'esbuild';
import { startCollector } from '../e2e/collector.ts';
import { copyProject } from './project.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = 'node_modules/.bin/netflow2traces';

suite('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  const project = join(folder, 'project');
  const user = join(folder, 'user');
  // The Node of these tests, whatever the machine has; and nothing of the npm that runs them.
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    HOME: folder,
    npm_config_cache: join(folder, 'cache'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  };
  const run = (cwd: string, command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const program = (...args: string[]) => run(user, PROGRAM, ...args);

  before(() => {
    copyProject(project, ['pack.ts']);
    run(project, 'npm', 'pack');
    const [tarball] = readdirSync(project).filter((name) => name.endsWith('.tgz'));
    mkdirSync(user);
    writeFileSync(join(user, 'package.json'), '{}');
    run(user, 'npm', 'install', join(project, tarball));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('leaves the manifest of the project as it was', () => {
    assert.equal(readFileSync(join(project, 'package.json'), 'utf8'), readFileSync(join(ROOT, 'package.json'), 'utf8'));
  });

  test('installs nothing with it, and holds what it should', () => {
    assert.deepEqual(readdirSync(join(user, 'node_modules')).sort(), ['.bin', '.package-lock.json', 'netflow2traces']);
    const files = readdirSync(join(user, 'node_modules/netflow2traces'), { recursive: true, encoding: 'utf8' });
    assert.deepEqual(files.sort(), [
      'LICENSE',
      'README.md',
      'dist',
      'dist/collector.js',
      'dist/collector.licenses.txt',
      'dist/netflow2traces.cjs',
      'package.json',
    ]);
  });

  test('--version, --help and -h', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    assert.equal(program('--version'), `netflow2traces ${version}\n`);
    assert.equal(run(user, 'npx', 'netflow2traces', '--version'), `netflow2traces ${version}\n`);
    assert.match(program('--help'), /^netflow2traces: .*\n\nUsage: netflow2traces \[FLAGS\]/);
    assert.equal(program('-h'), program('--help'));
    assert.match(program('demo', '--help'), /^Usage: netflow2traces demo/m);
  });

  test('collects, and shows the demo that its banner tells of', async (t) => {
    const collector = await startCollector(t, { program: [join(user, PROGRAM)], args: ['--workers', '2'], env });
    const [told] = collector.output.flatMap((line) => /^ {2}try it +netflow2traces (demo .*)$/.exec(line)?.[1] ?? []);
    assert.match(program(...told.split(' ')), /^demo: sent 14 packets/);
    await collector.until(({ ledger }) => ledger.packets === 14 && ledger.flows > 60);
    assert.equal(await collector.stop(), 0);
  });

  test('on an older Node it says which is needed', () => {
    const old = "Object.defineProperty(process.versions, 'node', { value: '20.19.0' })";
    writeFileSync(join(folder, 'old.cjs'), old);
    assert.throws(
      () => run(user, process.execPath, '--require', join(folder, 'old.cjs'), PROGRAM),
      (error: { status: number; stderr: string }) =>
        error.status === 1 && /^error: netflow2traces needs Node 24 or later/.test(error.stderr),
    );
    const text = readFileSync(join(ROOT, 'collector/netflow2traces.cjs'), 'utf8');
    const forNode = (target: string) => transformSync(text, { target, supported: { 'dynamic-import': true } }).code;
    assert.equal(forNode('node12'), forNode('esnext'), 'nothing of it is newer than Node 12');
  });
});
