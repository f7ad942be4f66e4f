/**
 * What GitOps does all day: the same manifests are applied again and again, by Argo CD's way, Flux's and kubectl's,
 * while the operator reconciles. Nothing may differ, and nobody may write what another has written. For an hour:
 *   DRIFT_SECONDS=3600 npx node --test test/cluster/api/drift.test.ts
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject, V1ObjectMeta } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { NAMESPACE as OPERATOR_NAMESPACE } from '../../chart/helm.ts';
import { auditTrail, credentialOf, isWrite, resourceOf } from '../audit.ts';
import { requireCluster } from '../requirements.ts';
import { startClusterWithRights } from '../rights.fixture.ts';
import { waitFor } from '../wait.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
const NAMESPACE = 'drift';
const SECONDS = Number(process.env.DRIFT_SECONDS ?? 30);
const PAUSE_MS = 3_000;
/** Who applies, and how. */
const APPLIERS = [
  ['--server-side', '--force-conflicts', '--field-manager=argocd-controller'],
  ['--server-side', '--force-conflicts', '--field-manager=kustomize-controller'],
  ['--server-side=false'],
];
/** All that the operator makes; Kubernetes writes the rest. */
const OWNED = 'daemonsets,services,secrets,configmaps,serviceaccounts';
/** Simulated nodes are tainted. */
const TOLERANT = { tolerations: [{ key: 'kwok.x-k8s.io/node', operator: 'Exists' }] };
/** What an operator at rest writes. */
const ALL_THE_TIME = [
  'coordination.k8s.io/leases',
  'authentication.k8s.io/tokenreviews',
  'netflow2traces.io/netflowcollectors/status',
];

test('manifests that are applied again and again do not drift', { timeout: (SECONDS + 300) * 1_000 }, async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const { cluster, kubectl, start } = await startClusterWithRights(t, NAMESPACE);
  const operator = await start();
  // Cluster-wide objects and the operator's own, without its pods; and collectors.
  const installed = read('install.yaml').filter(({ kind }) => !['Deployment', 'PodDisruptionBudget'].includes(kind!));
  const collectors = read('argocd/collectors/edge.yaml').filter(({ kind }) => kind === 'NetflowCollector');
  for (const object of collectors as { metadata: V1ObjectMeta; spec: object }[]) {
    object.metadata.namespace = NAMESPACE;
    Object.assign(object.spec, { pod: TOLERANT });
  }
  const manifests = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...installed, ...collectors] });
  const apply = (flags: readonly string[]) => cluster.kubectl(['apply', ...flags, '--filename', '-'], manifests);

  const objects = async () => {
    const lists = await Promise.all([
      kubectl(['get', `netflowcollectors,${OWNED}`, '--output=json', '--show-managed-fields']),
      cluster.kubectl(['--namespace', OPERATOR_NAMESPACE, 'get', 'secrets,services,roles', '--output=json']),
    ]);
    return lists.flatMap((list) => (JSON.parse(list) as { items: KubernetesObject[] }).items.map(withoutStatus));
  };

  for (const flags of APPLIERS) await apply(flags);
  await waitFor('the DaemonSet is made', 60, async () => /edge/.test(await kubectl(['get', 'daemonsets'])));
  await kubectl(['wait', '--for=condition=Ready', 'nfc/edge', '--timeout=60s']);
  const before = await objects();
  const trail = auditTrail();
  const end = performance.now() + SECONDS * 1_000;
  let rounds = 0;
  for (; performance.now() < end; rounds++) {
    for (const flags of APPLIERS) {
      // It fails when there is a difference.
      await cluster.kubectl(['diff', ...flags, '--filename', '-'], manifests);
      await apply(flags);
    }
    assert.deepEqual(await objects(), before, `round ${rounds}`);
    await sleep(PAUSE_MS);
  }
  const writes = trail().filter((event) => isWrite(event) && credentialOf(event) === operator.credential);
  const others = writes.map(resourceOf).filter((resource) => !ALL_THE_TIME.includes(resource));
  assert.deepEqual(others, []);
  t.diagnostic(`${rounds * APPLIERS.length} times applied in ${SECONDS} s`);
});

function read(file: string): KubernetesObject[] {
  return parseAllDocuments(readFileSync(join(DEPLOY, file), 'utf8')).map((document) => document.toJS());
}

/** What people and the operator wrote, how often, and who: no counts of what runs, nor when somebody wrote it again. */
function withoutStatus({ metadata, ...rest }: KubernetesObject & { status?: unknown }) {
  const { resourceVersion, managedFields = [], ...kept } = metadata!;
  const managers = managedFields
    .filter(({ subresource }) => subresource !== 'status')
    .map(({ time, ...manager }) => manager);
  const { status, ...content } = rest;
  return { ...content, metadata: { ...kept, managers } };
}
