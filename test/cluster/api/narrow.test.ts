/**
 * The chart's narrowest rights on a real API server: two namespaces, and Secrets and ConfigMaps by their names alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NAMESPACE as OPERATOR_NAMESPACE, RELEASE, render } from '../../chart/helm.ts';
import { collector } from '../collector.fixture.ts';
import { installRights, removeNamespace } from '../operator-process.ts';
import { requireCluster } from '../requirements.ts';
import { startClusterWithRights } from '../rights.fixture.ts';
import { waitFor } from '../wait.ts';

const NAMESPACE = 'narrow';
const OTHER = 'narrow-too';
const SERVICE_ACCOUNT = `system:serviceaccount:${OPERATOR_NAMESPACE}:${RELEASE}`;
const VALUES = { watchNamespaces: [NAMESPACE, OTHER], rbac: { collectors: ['edge', 'core'], secrets: ['backend'] } };
const SECONDS = 60;

const token = { secretKeyRef: { name: 'backend', key: 'token' } };
const otlp = { endpoint: 'http://tempo.tracing:4317' };
const ports = (first: number) => ({ listeners: [{ port: first }], metrics: { port: first + 1 } });

test('an operator with rights by name', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const { cluster, kubectl, start } = await startClusterWithRights(t, NAMESPACE);
  const apply = (object: object) =>
    cluster.kubectl(['apply', '--server-side', '--force-conflicts', '--filename', '-'], JSON.stringify(object));
  const condition = (name: string, type: string, value: string, namespace = NAMESPACE) =>
    cluster.kubectl([
      ...['wait', `--for=condition=${type}=${value}`, `nfc/${name}`],
      ...['--namespace', namespace, `--timeout=${SECONDS}s`],
    ]);
  const may = (verb: string, what: string, namespace: string) =>
    cluster.kubectl(['auth', 'can-i', verb, what, '--as', SERVICE_ACCOUNT, '--namespace', namespace]).then(
      (answer) => answer.endsWith('yes'),
      () => false,
    );

  await cluster.kubectl(['create', 'namespace', OTHER]);
  await cluster.kubectl(['delete', 'clusterrolebinding', RELEASE]);
  try {
    for (const object of render(VALUES).filter(({ kind }) => /Role(Binding)?$/.test(kind!))) await apply(object);
    const flags = VALUES.watchNamespaces.map((name) => `--namespace=${name}`);
    const names = VALUES.rbac.collectors.map((name) => `--collector-name=${name}`);
    const operator = await start({ args: [...flags, ...names] });
    await operator.logged('became the leader');

    await t.test('may read no other Secret or ConfigMap, and nothing in another namespace', async () => {
      assert.ok(await may('get', 'secret/backend', NAMESPACE));
      assert.ok(await may('watch', 'secret/edge-otlp', OTHER));
      for (const what of ['secret', 'secret/other', 'configmap', 'configmap/other']) {
        for (const verb of ['get', 'list', 'watch', 'patch']) assert.ok(!(await may(verb, what, NAMESPACE)), what);
      }
      assert.ok(!(await may('get', 'secret/backend', 'default')));
      assert.ok(!(await may('list', 'netflowcollectors.netflow2traces.io', 'default')));
    });

    await t.test('serves a resource with a Secret, and makes anew what somebody deletes', async () => {
      await kubectl(['create', 'secret', 'generic', 'backend', '--from-literal=token=first']);
      await apply(collector(NAMESPACE, 'edge', { ...ports(2055), otlp: { ...otlp, bearerToken: token } }));
      await condition('edge', 'ConfigAccepted', 'True');
      await condition('edge', 'Degraded', 'False');
      for (const what of ['secret/edge-otlp', 'configmap/edge-collector']) {
        const uid = () => kubectl(['get', what, '--output', 'jsonpath={.metadata.uid}']).catch(() => '');
        const before = await waitFor(what, SECONDS, uid);
        await kubectl(['delete', what]);
        await waitFor(`another ${what}`, SECONDS, async () => ![before, ''].includes(await uid()));
      }
    });

    await t.test('serves a resource in the other namespace', async () => {
      await apply(collector(OTHER, 'core', { ...ports(4739), otlp }));
      await condition('core', 'Degraded', 'False', OTHER);
      await cluster.kubectl(['get', 'daemonset/core-collector', '--namespace', OTHER]);
    });

    await t.test('says of one with another name what it may not do', async () => {
      await apply(collector(NAMESPACE, 'stranger', { ...ports(6343), otlp }));
      await condition('stranger', 'Degraded', 'True');
      const message = ['--output', 'jsonpath={.status.conditions[?(@.type=="Degraded")].message}'];
      assert.match(await kubectl(['get', 'nfc/stranger', ...message]), /configmaps "stranger-collector" is forbidden/);
    });

    await t.test('is asked for nothing that it may not do by itself', () => {
      const refused = operator.log.filter(({ error }) => /forbidden/i.test(String(error)));
      assert.deepEqual(
        refused.filter((line) => !JSON.stringify(line).includes('stranger')),
        [],
      );
    });
  } finally {
    await removeNamespace(cluster, OTHER);
    await installRights(cluster);
  }
});
