/** The package for Debian: installed by dpkg into a Debian of its own, run there as its service does, and removed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ensureBaseImages } from '../image/base-images.ts';
import { unableToBuild } from '../image/build.ts';
import { buildah, command } from '../image/command.ts';
import { freeTcpPort, freeUdpPort, until, untilDemoIsCounted } from '../image/running.ts';
import { copyProject } from './project.ts';

const ROOT = join(import.meta.dirname, '../..');
const UNIT = join(ROOT, 'deploy/deb/netflow2traces.service');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** What no service should be above, out of 100; one with rights to nothing has 0, one with none of this 96. */
const MAX_EXPOSURE = 15;

suite('the package for Debian', { skip: unableToBuild('systemd-analyze', 'dpkg-deb') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'deb-'));
  let container: string;
  let file: string;
  const run = (...args: string[]) => buildah('run', '--isolation', 'chroot', container, '--', ...args);

  before(() => {
    const project = join(folder, 'project');
    copyProject(project, ['deploy', 'docs', 'CHANGELOG.md']);
    command('npm', ['run', '--silent', 'deb'], { cwd: project });
    const [name] = readdirSync(join(project, 'dist')).filter((name) => name.endsWith('.deb'));
    file = join(project, 'dist', name);
    ensureBaseImages();
    container = buildah('from', '--pull-never', 'docker.io/library/debian:bookworm-slim');
    buildah('copy', '--quiet', container, file, '/tmp/package.deb');
    run('dpkg', '--install', '/tmp/package.deb');
  });
  after(() => {
    if (container) buildah('rm', container);
    rmSync(folder, { recursive: true });
  });

  test('brings its Node, and is there for all users', () => {
    assert.match(
      run('dpkg', '--status', 'netflow2traces'),
      new RegExp(`^Status: install ok installed$.*^Version: ${version}$`, 'ms'),
    );
    assert.equal(run('netflow2traces', '--version'), `netflow2traces ${version}`);
    assert.equal(run('/usr/lib/netflow2traces/node', '--version'), process.version);
    assert.match(
      run('netflow2traces', '--config', '/etc/netflow2traces/collector.yaml', '--check'),
      /stateDir: \/var\/lib/,
    );
    // The image of Debian leaves documents out.
    const content = `dpkg-deb --fsys-tarfile '${file}' | tar --extract --to-stdout ./usr/share/doc/netflow2traces/copyright`;
    assert.match(command('sh', ['-c', content]), /Apache License.*Node\.js is licensed.*zod/s);
    assert.match(command('dpkg-deb', ['--contents', file]), /^drwxr-xr-x root\/root .* \.\/$/m);
    assert.equal(run('stat', '--format', '%a', '/etc/netflow2traces/collector.yaml'), '644');
    assert.match(run('ls', '-l', '/etc/systemd/system/multi-user.target.wants'), /netflow2traces\.service/);
  });

  test('runs as its service runs it, without rights', async () => {
    const [udp, http] = [await freeUdpPort(), await freeTcpPort()];
    const [, start] = /^ExecStart=(.*)$/m.exec(readFileSync(UNIT, 'utf8'))!;
    // What systemd does by StateDirectory and DynamicUser.
    run('install', '--directory', '--owner=65534', '--mode=700', '/var/lib/netflow2traces');
    const flags = ['--listen', `127.0.0.1:${udp}`, '--http', `127.0.0.1:${http}`];
    const args = [
      'run',
      '--isolation',
      'chroot',
      '--user',
      '65534:65534',
      container,
      '--',
      ...start.split(' '),
      ...flags,
    ];
    const service = spawn('buildah', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = once(service, 'exit');
    let output = '';
    for (const stream of [service.stdout, service.stderr]) stream.on('data', (chunk) => (output += chunk));
    const healthcheck = ['netflow2traces', '--healthcheck', ...flags];
    try {
      await until('it is ready', async () => (await fetch(`http://127.0.0.1:${http}/readyz`)).ok);
      run(...healthcheck);
      await until('it says how to try it', async () => /^ {2}try it +netflow2traces demo/m.test(output));
      run('netflow2traces', 'demo', '--to', `127.0.0.1:${udp}`);
      await untilDemoIsCounted(http);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${output}`, { cause: error });
    } finally {
      service.kill('SIGTERM');
      await exited;
    }
    assert.throws(() => run(...healthcheck), /not ready: 127\.0\.0\.1:\d+ does not answer/);
    assert.match(run('ls', '/var/lib/netflow2traces'), /templates/);
  });

  test('has a service that systemd understands, with few rights', () => {
    const copy = join(folder, 'netflow2traces.service');
    writeFileSync(copy, readFileSync(UNIT, 'utf8').replace('/usr/bin/netflow2traces', '/bin/true'));
    assert.equal(command('systemd-analyze', ['verify', '--man=no', copy]), '');
    command('systemd-analyze', ['security', '--offline=true', `--threshold=${MAX_EXPOSURE}`, UNIT]);
    assert.doesNotMatch(readFileSync(UNIT, 'utf8'), /^MemoryDenyWriteExecute=/m);
  });

  test('keeps what a user wrote when it is removed, and nothing when it is purged', () => {
    run('dpkg', '--remove', 'netflow2traces');
    assert.equal(run('ls', '/etc/netflow2traces', '/var/lib/netflow2traces').includes('collector.yaml'), true);
    assert.throws(() => run('netflow2traces', '--version'));
    run('dpkg', '--purge', 'netflow2traces');
    const left = run(
      'find',
      '/etc',
      '/usr',
      '/var/lib',
      '-name',
      '*netflow2traces*',
      '-not',
      '-path',
      '/var/lib/dpkg/*',
    );
    assert.equal(left, '');
  });
});
