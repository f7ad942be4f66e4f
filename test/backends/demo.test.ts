/** The demo of the chart, as a new user meets it: from `helm install` to a trace in Jaeger, and away again. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RELEASE } from '../chart/helm.ts';
import { startCluster } from '../cluster/cluster.ts';
import { archiveProgram, programImage } from '../cluster/images.ts';
import { withForwardedPort } from '../cluster/port-forward.ts';
import { helmIn, installRelease, releaseImages, removeRelease } from '../cluster/release.ts';
import { requireCluster } from '../cluster/requirements.ts';
import { waitFor } from '../cluster/wait.ts';
import { PROGRAMS, requireBackends } from './programs.ts';

const NAMESPACE = 'netflow-demo';
/** What documents promise. */
const SECONDS = 120;

test('the demo', async (t) => {
  if (!requireCluster(t, { own: true }) || !requireBackends(t)) return;
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-jaeger-'));
  const archive = join(folder, 'jaeger.tar');
  archiveProgram(PROGRAMS.jaeger, archive);
  const cluster = await startCluster({ nodes: 2, images: [...releaseImages(), archive] });
  t.after(() => removeRelease(cluster).finally(() => rmSync(folder, { recursive: true })));
  const forwarded = <T>(target: string, port: number, use: (url: string) => Promise<T>) =>
    withForwardedPort(cluster.kubeconfig, [NAMESPACE, target], port, use);

  await t.test('comes to traces of each node', async () => {
    const start = performance.now();
    await installRelease(cluster, { replicas: 2, demo: { enabled: true, image: programImage(PROGRAMS.jaeger) } });
    const seconds = () => ((performance.now() - start) / 1_000).toFixed(1);
    t.diagnostic(`helm is done after ${seconds()} s`);
    await forwarded('service/jaeger', 16_686, (url) =>
      waitFor('there are traces of each node', SECONDS, async () => {
        const traces = await (await fetch(`${url}/api/traces?service=netflow2traces&limit=100`)).text();
        return cluster.nodes.every(({ name }) => traces.includes(`"${name}"`));
      }),
    );
    t.diagnostic(`traces are found after ${seconds()} s`);
    assert.ok(Number(seconds()) < SECONDS, `within ${SECONDS} s`);
  });

  await t.test('shows the page of a collector', async () => {
    const page = await forwarded('daemonset/demo-collector', 9_464, async (url) => (await fetch(url)).text());
    assert.match(page, /<title>netflow2traces/);
  });

  await t.test('is tested by `helm test`', () => {
    const said = helmIn(cluster, ['test', RELEASE, '--timeout=150s']);
    assert.match(said, /^TEST SUITE: +demo-test\n.*\n.*\nPhase: +Succeeded$/m);
  });

  await t.test('goes with the release', async () => {
    helmIn(cluster, ['uninstall', RELEASE, '--wait', '--timeout=120s']);
    await waitFor('the namespace is gone', 60, async () => {
      return (await cluster.kubectl(['get', 'namespace', NAMESPACE, '--ignore-not-found'])) === '';
    });
    assert.equal(await cluster.kubectl(['get', 'nfc', '--all-namespaces', '--output=name']), '');
  });
});
