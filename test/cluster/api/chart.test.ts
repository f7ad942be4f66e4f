/**
 * The chart on a real API server: installed, admitted, allowed what it needs, upgraded, and gone without its resources.
 */
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
const LEASE = 'lease/netflow2traces-operator';
const SECONDS = 30;

test('the chart', async (t) => {
  if (!requireCluster(t) || !requireHelm(t)) return;
  const cluster = await startCluster({ nodes: 0 });
  const { kubectl } = cluster;
  const ours = [`namespace/${NAMESPACE}`, 'namespace/netflow', CRD];
  const roles = ['', '-view', '-edit', '-reports'].map((name) => `clusterrole/${RELEASE}${name}`);
  const bindings = ['', '-reports'].map((name) => `clusterrolebinding/${RELEASE}${name}`);
  const remove = () => kubectl(['delete', '--ignore-not-found', ...ours, ...roles, ...bindings]);
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

  await t.test('lets users do with NetflowCollectors what they may do with other objects', async () => {
    const group = (role: string) => `network-${role}`;
    for (const role of ['view', 'edit']) {
      const binding = [`--clusterrole=${role}`, `--group=${group(role)}`, '--namespace', 'netflow'];
      await kubectl(['create', 'rolebinding', group(role), ...binding]);
    }
    const may = (verb: string, role: string, namespace: string) => {
      const who = ['--as', 'somebody', '--as-group', group(role), '--namespace', namespace];
      return kubectl(['auth', 'can-i', verb, 'netflowcollectors.netflow2traces.io', ...who]).then(
        (answer) => answer.endsWith('yes'),
        () => false,
      );
    };
    // A controller puts the roles together.
    await waitFor('edit lets create', SECONDS, () => may('create', 'edit', 'netflow'));
    await waitFor('view lets list', SECONDS, () => may('list', 'view', 'netflow'));
    assert.ok(await may('list', 'edit', 'netflow'));
    assert.ok(!(await may('create', 'view', 'netflow')));
    assert.ok(!(await may('list', 'view', NAMESPACE)));
  });

  await t.test(
    'is upgraded with its definition, and what the operator keeps in its Secret and Lease stays',
    async () => {
      const data = { 'tls.crt': 'Y2VydA==', 'tls.key': 'a2V5' };
      const metadata = { name: SECRET, namespace: NAMESPACE };
      const filled = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, data });
      const asOperator = ['--server-side', `--field-manager=${FIELD_MANAGER}`, '--as', SERVICE_ACCOUNT];
      await kubectl(['apply', ...asOperator, '--filename', '-'], filled);
      const held = JSON.stringify({ spec: { holderIdentity: 'somebody' } });
      await kubectl(['--namespace', NAMESPACE, 'patch', LEASE, '--type=merge', '--patch', held]);
      await kubectl(['label', CRD, 'app.kubernetes.io/name-', 'app.kubernetes.io/part-of-']);
      // Helm 3 merges by itself what Helm 4 leaves to the server.
      for (const [index, serverSide] of ['true', 'false'].entries()) {
        release('upgrade', `--server-side=${serverSide}`, '--set', `replicas=${index + 1}`);
        assert.equal(await kubectl(['get', CRD, '--output', LABEL]), 'netflow2traces');
        const secret = await kubectl(['--namespace', NAMESPACE, 'get', 'secret', SECRET, '--output', 'json']);
        assert.deepEqual(JSON.parse(secret).data, data);
        const holder = ['--output', 'jsonpath={.spec.holderIdentity}'];
        assert.equal(await kubectl(['--namespace', NAMESPACE, 'get', LEASE, ...holder]), 'somebody');
      }
    },
  );

  await t.test('goes without its definition', async () => {
    helm(['uninstall', RELEASE, '--namespace', NAMESPACE, '--kubeconfig', cluster.kubeconfig]);
    const kinds =
      'clusterroles,clusterrolebindings,roles,rolebindings,serviceaccounts,secrets,services,deployments,leases';
    const left = await kubectl(['--namespace', NAMESPACE, 'get', kinds, '--output', 'name']);
    assert.deepEqual(
      left.split('\n').filter((name) => name.includes('netflow2traces')),
      [],
    );
    await kubectl(['get', CRD]);
  });
});
