/** The chart on a real API server: installed, admitted, allowed what it needs, upgraded, and gone without its resources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHART, helm, NAMESPACE, RELEASE, requireHelm, sampleOf } from '../chart/helm.ts';
import { startCluster } from './cluster.ts';
import { requireCluster } from './requirements.ts';
import { waitFor } from './wait.ts';

const CRD = 'crd/netflowcollectors.netflow2traces.io';
const SERVICE_ACCOUNT = `system:serviceaccount:${NAMESPACE}:${RELEASE}`;
const LABEL = 'jsonpath={.metadata.labels.app\\.kubernetes\\.io/name}';
const SECONDS = 30;

test('the chart', async (t) => {
  if (!requireCluster(t) || !requireHelm(t)) return;
  const cluster = await startCluster();
  const { kubectl } = cluster;
  t.after(async () => {
    const ours = [`namespace/${NAMESPACE}`, 'namespace/netflow', CRD];
    const roles = [`clusterrole/${RELEASE}`, `clusterrolebinding/${RELEASE}`];
    await kubectl(['delete', '--ignore-not-found', ...ours, ...roles]).finally(cluster.stop);
  });
  const release = (command: 'install' | 'upgrade', ...flags: string[]) =>
    helm([command, RELEASE, CHART, '--namespace', NAMESPACE, '--kubeconfig', cluster.kubeconfig, ...flags]);

  await kubectl(['create', 'namespace', NAMESPACE]);
  await kubectl(['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted']);

  await t.test('is taken as it is', () => {
    assert.match(release('install', '--dry-run=server'), /STATUS: pending-install/);
  });

  await t.test('is installed where Pod Security is restricted', async () => {
    // Another test may have left the definition.
    const told = release('install', '--take-ownership');
    await kubectl(['wait', '--for=condition=Established', CRD, `--timeout=${SECONDS}s`]);
    await waitFor('two pods are admitted', SECONDS, async () => {
      const pods = await kubectl(['--namespace', NAMESPACE, 'get', 'pods', '--output', 'name']);
      return pods.split('\n').filter(Boolean).length === 2;
    });
    await kubectl(['create', 'namespace', 'netflow']);
    await kubectl(['apply', '--server-side', '--dry-run=server', '--filename', '-'], sampleOf(told));
  });

  await t.test('lets the operator do what it does, and no more', async () => {
    const may = async (verb: string, resource: string, ...flags: string[]) =>
      kubectl(['auth', 'can-i', verb, resource, '--as', SERVICE_ACCOUNT, ...flags]).then(
        (answer) => answer.endsWith('yes'),
        () => false,
      );
    assert.ok(await may('patch', 'netflowcollectors.netflow2traces.io', '--subresource=status', '--all-namespaces'));
    assert.ok(await may('create', 'daemonsets.apps', '--all-namespaces'));
    const lease = 'leases.coordination.k8s.io/netflow2traces-operator';
    assert.ok(await may('update', lease, '--namespace', NAMESPACE));
    assert.ok(!(await may('update', lease, '--namespace', 'kube-system')));
    assert.ok(!(await may('patch', 'netflowcollectors.netflow2traces.io', '--all-namespaces')));
    assert.ok(!(await may('create', 'pods', '--all-namespaces')));
    assert.ok(!(await may('list', 'nodes')));
  });

  await t.test('is upgraded with its definition, which stays when it goes', async () => {
    await kubectl(['label', CRD, 'app.kubernetes.io/name-', 'app.kubernetes.io/part-of-']);
    release('upgrade', '--set', 'replicas=1');
    assert.equal(await kubectl(['get', CRD, '--output', LABEL]), 'netflow2traces');
    helm(['uninstall', RELEASE, '--namespace', NAMESPACE, '--kubeconfig', cluster.kubeconfig]);
    assert.equal(await kubectl(['get', 'clusterrole', RELEASE, '--ignore-not-found', '--output', 'name']), '');
    await kubectl(['get', CRD]);
  });
});
