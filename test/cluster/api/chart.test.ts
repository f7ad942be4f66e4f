/** The chart on a real API server: installed, admitted, allowed what it needs, upgraded, and gone without its resources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIELD_MANAGER } from '../../../operator/cluster/kinds.ts';
import { CHART, helm, NAMESPACE, RELEASE, requireHelm, sampleOf } from '../../chart/helm.ts';
import { startCluster } from '../cluster.ts';
import { externalKubeconfig, requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

const CRD = 'crd/netflowcollectors.netflow2traces.io';
const SERVICE_ACCOUNT = `system:serviceaccount:${NAMESPACE}:${RELEASE}`;
const LABEL = 'jsonpath={.metadata.labels.app\\.kubernetes\\.io/name}';
const SECRET = 'netflow2traces-reports';
const SECONDS = 30;

test('the chart', async (t) => {
  if (!requireCluster(t) || !requireHelm(t)) return;
  const cluster = await startCluster({ nodes: 0 });
  const { kubectl } = cluster;
  const ours = [`namespace/${NAMESPACE}`, 'namespace/netflow', CRD];
  const roles = [`clusterrole/${RELEASE}`, `clusterrolebinding/${RELEASE}`];
  const remove = () => kubectl(['delete', '--ignore-not-found', ...ours, ...roles]);
  t.after(() => remove().finally(cluster.stop));
  // Another test may have left them; on the user's cluster they are not ours.
  if (!externalKubeconfig()) await remove();
  const release = (command: 'install' | 'upgrade', ...flags: string[]) =>
    helm([command, RELEASE, CHART, '--namespace', NAMESPACE, '--kubeconfig', cluster.kubeconfig, ...flags]);

  await kubectl(['create', 'namespace', NAMESPACE]);
  await kubectl(['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted']);

  await t.test('is taken as it is', () => {
    assert.match(release('install', '--dry-run=server'), /STATUS: pending-install/);
  });

  await t.test('is installed where Pod Security is restricted', async () => {
    const told = release('install');
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

  await t.test('is upgraded with its definition, and what the operator keeps in its Secret stays', async () => {
    const data = { 'tls.crt': 'Y2VydA==', 'tls.key': 'a2V5' };
    const metadata = { name: SECRET, namespace: NAMESPACE };
    const filled = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, data });
    const asOperator = ['--server-side', `--field-manager=${FIELD_MANAGER}`, '--as', SERVICE_ACCOUNT];
    await kubectl(['apply', ...asOperator, '--filename', '-'], filled);
    await kubectl(['label', CRD, 'app.kubernetes.io/name-', 'app.kubernetes.io/part-of-']);
    // Helm 3 merges by itself what Helm 4 leaves to the server.
    for (const [index, serverSide] of ['true', 'false'].entries()) {
      release('upgrade', `--server-side=${serverSide}`, '--set', `replicas=${index + 1}`);
      assert.equal(await kubectl(['get', CRD, '--output', LABEL]), 'netflow2traces');
      const secret = await kubectl(['--namespace', NAMESPACE, 'get', 'secret', SECRET, '--output', 'json']);
      assert.deepEqual(JSON.parse(secret).data, data);
    }
  });

  await t.test('goes without its definition', async () => {
    helm(['uninstall', RELEASE, '--namespace', NAMESPACE, '--kubeconfig', cluster.kubeconfig]);
    const kinds = 'clusterroles,clusterrolebindings,roles,rolebindings,serviceaccounts,secrets,services,deployments';
    const left = await kubectl(['--namespace', NAMESPACE, 'get', kinds, '--output', 'name']);
    assert.deepEqual(
      left.split('\n').filter((name) => name.includes('netflow2traces')),
      [],
    );
    await kubectl(['get', CRD]);
  });
});
