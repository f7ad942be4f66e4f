/** The operator's manifests at work: pods of the image on real nodes, without an operator. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { test } from 'node:test';
import { netflowCollector } from '../../../crds/netflowcollector.ts';
import { assembleCredentials } from '../../../operator/manifests/credentials.ts';
import { buildManifests } from '../../../operator/manifests/manifests.ts';
import { imageArchive } from '../../image/archive.ts';
import { startBackend } from '../backend.ts';
import { startCluster } from '../cluster.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

const IMAGE = 'localhost/netflow2traces-collector:test';
const CRD = join(import.meta.dirname, '../../../crds/netflow2traces.io_netflowcollectors.yaml');
const NAMESPACE = 'flows';
/** The kubelet brings a changed Secret to a pod within its sync period, at most about a minute. */
const ROTATION_SECONDS = 150;
/** NetFlow v5 with one record. */
const PACKET = Buffer.alloc(72);
PACKET.writeUInt16BE(5, 0);
PACKET.writeUInt16BE(1, 2);

test('the pods of a resource', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 1, images: [imageArchive('Dockerfile.collector', IMAGE)] });
  const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', NAMESPACE, ...args], input);
  const requests: { token: string | undefined; body: string }[] = [];
  const backend = await startBackend((body, { authorization: token }) => {
    requests.push({ token, body: body.toString('latin1') });
  });
  t.after(async () => {
    backend.close();
    await kubectl(['delete', 'namespace', NAMESPACE]).finally(cluster.stop);
  });
  const [{ address }] = cluster.nodes;
  await cluster.kubectl(['apply', '--server-side', '--filename', CRD]);
  await cluster.kubectl(['wait', '--for=condition=Established', '--filename', CRD, '--timeout=30s']);
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  const resource = JSON.stringify({
    apiVersion: 'netflow2traces.io/v1alpha1',
    kind: 'NetflowCollector',
    metadata: { name: 'edge', namespace: NAMESPACE },
    spec: {
      otlp: {
        endpoint: backend.url,
        protocol: 'http/protobuf',
        bearerToken: { secretKeyRef: { name: 'backend', key: 'token' } },
      },
    },
  });

  /** What the operator does, once. */
  async function reconcile(token: string): Promise<void> {
    const { metadata, ...rest } = JSON.parse(await kubectl(['get', 'nfc', 'edge', '--output', 'json']));
    const parsed = netflowCollector.parse({ metadata, ...rest });
    const assembled = assembleCredentials(parsed, () => ({ token: Buffer.from(token) }));
    assert.ok('files' in assembled);
    const objects = buildManifests(parsed, {
      defaults: { image: IMAGE, pullSecrets: [], podMonitor: { labels: {} } },
      credentials: assembled.files,
      podMonitors: false,
      reports: undefined,
    });
    for (const object of objects) {
      await kubectl(['apply', '--server-side', '--filename', '-'], JSON.stringify(object));
    }
  }

  await t.test('become ready', async () => {
    await kubectl(['apply', '--filename', '-'], resource);
    await reconcile('first');
    await kubectl(['rollout', 'status', 'daemonset/edge-collector', '--timeout', '90s']);
  });

  await t.test('send what comes to their node, with the token, and say where they are', async () => {
    await sendUntil('a request comes with the first token', 30, () => requests.at(-1)?.token === 'Bearer first');
    const { body } = requests.at(-1)!;
    for (const part of ['flow_ipv4', 'k8s.node.name', cluster.nodes[0].name]) assert.ok(body.includes(part), part);
  });

  await t.test('use a rotated token without a restart', async () => {
    const pods = () => kubectl(['get', 'pods', '--output', 'jsonpath={.items[*].metadata.uid} {..restartCount}']);
    const before = await pods();
    await reconcile('second');
    await sendUntil('a request comes with the second token', ROTATION_SECONDS, () => {
      return requests.at(-1)?.token === 'Bearer second';
    });
    assert.equal(await pods(), before);
  });

  await t.test('are replaced when their configuration changes', async () => {
    await kubectl(['patch', 'nfc', 'edge', '--type=merge', '--patch', '{"spec":{"listeners":[{"port":9995}]}}']);
    await reconcile('second');
    await kubectl(['rollout', 'status', 'daemonset/edge-collector', '--timeout', '90s']);
    const before = requests.length;
    await sendUntil('a request comes', 30, () => requests.length > before, 9995);
  });

  await t.test('go with their resource', async () => {
    await kubectl(['delete', 'nfc', 'edge']);
    const owned = 'daemonsets,pods,services,secrets,configmaps';
    await waitFor('all are gone', 60, async () => {
      return !/edge/.test(await kubectl(['get', owned, '--output', 'name']));
    });
  });

  async function sendUntil(what: string, seconds: number, condition: () => boolean, port = 2055): Promise<void> {
    const socket = createSocket('udp4');
    try {
      await waitFor(what, seconds, () => {
        socket.send(PACKET, port, address);
        return condition();
      });
    } finally {
      socket.close();
    }
  }
});
