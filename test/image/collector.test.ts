import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, suite, type TestContext, test } from 'node:test';
import { buildImage, unableToBuild } from './build.ts';
import { buildah } from './command.ts';
import { freeTcpPort, freeUdpPort, until, untilDemoIsCounted } from './running.ts';

const IMAGE = 'localhost/netflow2traces-collector:test';
/** Twenty megabytes more than Node and its libraries take. */
const MAX_SIZE = 155e6;

suite('the collector’s image', { skip: unableToBuild() }, () => {
  let container: string;
  before(() => {
    buildImage('Dockerfile.collector', IMAGE);
    container = buildah('from', '--pull-never', IMAGE);
  });
  after(() => {
    if (container) buildah('rm', container);
    buildah('rmi', IMAGE);
  });

  const run = (...args: string[]) => ['run', '--isolation', 'chroot', container, '--', ...args];
  const config = () => JSON.parse(buildah('inspect', '--type', 'image', IMAGE)).OCIv1.config;

  test('is small', (t: TestContext) => {
    const [{ size }] = JSON.parse(buildah('images', '--json', IMAGE)) as { size: string }[];
    const [, number, unit] = /^([\d.]+) (MB|GB)$/.exec(size)!;
    t.diagnostic(`size ${size}`);
    assert.ok(Number(number) * (unit === 'GB' ? 1e9 : 1e6) <= MAX_SIZE, size);
  });

  test('says what it is, and that it is not root, in a way that Kubernetes can check', () => {
    const { User, ExposedPorts, Labels, Entrypoint } = config();
    assert.match(User, /^[1-9]\d*:[1-9]\d*$/);
    assert.deepEqual(Object.keys(ExposedPorts).sort(), ['2055/udp', '9464/tcp']);
    assert.equal(Labels['org.opencontainers.image.licenses'], 'Apache-2.0');
    assert.match(buildah(...run(...Entrypoint, '--version')), /^netflow2traces \d/);
    const script = 'console.log([process.getuid(), process.getgid()].join(":"), os.userInfo().username)';
    assert.equal(buildah(...run(Entrypoint[0], '-e', script)), `${User} nonroot`);
  });

  test('takes packets, answers, and ends when told to', async (t) => {
    const [udp, http] = [await freeUdpPort(), await freeTcpPort()];
    const started = performance.now();
    const flags = ['--listen', `127.0.0.1:${udp}`, '--http', `127.0.0.1:${http}`];
    const child = spawn('buildah', run(...config().Entrypoint, ...flags), { stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = once(child, 'exit');
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    try {
      await until('it is ready', async () => (await fetch(`http://127.0.0.1:${http}/readyz`)).ok);
      const total = Math.round(performance.now() - started);
      t.diagnostic(`ready after ${/"startMs":(\d+)/.exec(output)?.[1]} ms, with buildah ${total} ms`);
      buildah(...run(...config().Entrypoint, '--healthcheck', ...flags));
      buildah(...run(...config().Entrypoint, 'demo', '--to', `127.0.0.1:${udp}`));
      await untilDemoIsCounted(http);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${output}`, { cause: error });
    } finally {
      child.kill('SIGTERM');
      await exited;
    }
    await assert.rejects(fetch(`http://127.0.0.1:${http}/livez`));
  });
});
