/**
 * The chart and the operator's image at work on real nodes: a resource becomes collectors, and they stay as it says.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCapture } from '../../../collector/replay/captures.ts';
import { createSender } from '../../../collector/replay/sender.ts';
import { RELEASE, NAMESPACE as RELEASE_NAMESPACE } from '../../chart/helm.ts';
import { auditTrail, isWrite, resourceOf } from '../audit.ts';
import { startBackend } from '../backend.ts';
import { startCluster } from '../cluster.ts';
import { applyEdge, helmIn, installRelease, NAMESPACE, releaseImages, removeRelease } from '../release.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

const CAPTURE = join(import.meta.dirname, '../../captures/telegraf/netflow_v5_example/netflow_v5.bin');
/** What an operator at rest sends: the renewal of its term, and the question who a token belongs to. */
const ALL_THE_TIME = ['coordination.k8s.io/leases', 'authentication.k8s.io/tokenreviews'];
/** All that the operator writes, and what Kubernetes makes of it. */
const OWNED = 'daemonsets,pods,services,secrets,configmaps,serviceaccounts';
/** Longer than the operator's own rounds; that the status is renewed each minute is left out. */
const REST_MS = 35_000;
/** Rates fall to 0 first. */
const REST_WITHIN_SECONDS = 150;

test('the operator', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 2, images: releaseImages() });
  const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', NAMESPACE, ...args], input);
  const requests: { token: string | undefined; body: string }[] = [];
  const backend = await startBackend((body, { authorization: token }) => {
    requests.push({ token, body: body.toString('latin1') });
  });
  t.after(async () => {
    backend.close();
    await removeRelease(cluster);
  });
  const status = async () => JSON.parse(await kubectl(['get', 'nfc', 'edge', '--output', 'json'])).status;
  const condition = (type: string, value: string, seconds = 90) =>
    kubectl(['wait', `--for=condition=${type}=${value}`, 'nfc/edge', `--timeout=${seconds}s`]);

  await installRelease(cluster, { replicas: 1 });

  await t.test('is reached by `helm test`, which leaves nothing', async () => {
    assert.match(helmIn(cluster, ['test', RELEASE, '--timeout=90s']), /Phase: +Succeeded/);
    const pods = await cluster.kubectl(['--namespace', RELEASE_NAMESPACE, 'get', 'pods', '--output', 'name']);
    assert.doesNotMatch(pods, /test$/m);
  });

  await t.test('says what is missing before it starts collectors', async () => {
    const bearerToken = { secretKeyRef: { name: 'backend', key: 'token' } };
    await applyEdge(cluster, backend.url, { bearerToken });
    await condition('ConfigAccepted', 'False');
    await kubectl(['create', 'secret', 'generic', 'backend', '--from-literal=token=t0k3n']);
    await condition('ConfigAccepted', 'True');
  });

  await t.test('runs a collector on each node', async () => {
    await condition('Ready', 'True');
    await condition('ReportsFresh', 'True');
    const { nodes, conditions } = await status();
    assert.deepEqual(nodes, { ready: '2/2', desired: 2, updated: 2, available: 2, reporting: 2 });
    const degraded = conditions.find(({ type }: { type: string }) => type === 'Degraded');
    assert.equal(degraded.status, 'False', degraded.message);
  });

  await t.test('whose spans say what a device sent, and to which node', async () => {
    const { packets } = readCapture(CAPTURE);
    assert.ok(packets.length > 0);
    for (const { name, address } of cluster.nodes) {
      const sender = await createSender({ host: address, port: 2055, sourcePort: undefined, distinctSources: false });
      try {
        for (const packet of packets) await sender.send(packet.payload, packet.source);
        await waitFor(`spans of ${name}`, 30, () =>
          requests.some(
            ({ body, token }) => body.includes('flow_ipv4') && body.includes(name) && token === 'Bearer t0k3n',
          ),
        );
      } finally {
        sender.close();
      }
    }
  });

  await t.test('writes nothing any more when nothing comes in, by the record of the API server', async () => {
    let writes: string[] = [];
    await waitFor('nothing is written', REST_WITHIN_SECONDS, async () => {
      const asked = auditTrail();
      await sleep(REST_MS);
      writes = asked().filter(isWrite).map(resourceOf);
      return writes.every((resource) => ALL_THE_TIME.includes(resource));
    });
    assert.ok(writes.includes('coordination.k8s.io/leases'), 'the record is of the operator that leads');
  });

  await t.test('puts back what somebody deletes or changes', async () => {
    await kubectl(['delete', 'configmap', 'edge-collector']);
    await waitFor('the ConfigMap is back', 30, () => kubectl(['get', 'configmap', 'edge-collector']));
    await kubectl([
      'patch',
      'service',
      'edge-collector',
      '--type=merge',
      '--patch',
      '{"spec":{"sessionAffinity":"None"}}',
    ]);
    await waitFor('the Service is as before', 30, async () => {
      return (
        (await kubectl(['get', 'service', 'edge-collector', '--output', 'jsonpath={.spec.sessionAffinity}'])) ===
        'ClientIP'
      );
    });
  });

  await t.test('says when the namespace forbids the pods, and what to do', async () => {
    await cluster.kubectl(['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted']);
    await kubectl(['delete', 'daemonset', 'edge-collector']);
    await condition('Degraded', 'True');
    await waitFor('the reason is said', 30, async () => {
      return JSON.stringify(await status()).includes('pod-security.kubernetes.io/enforce=privileged');
    });
    await cluster.kubectl(['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce-']);
    // Kubernetes waits ever longer before it tries again; a new DaemonSet is tried at once.
    await kubectl(['delete', 'daemonset', 'edge-collector']);
    await condition('Ready', 'True');
  });

  await t.test('lets all go with the resource', async () => {
    await kubectl(['delete', 'nfc', 'edge']);
    await waitFor('all are gone', 60, async () => !/edge/.test(await kubectl(['get', OWNED, '--output', 'name'])));
  });
});
