import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { test } from 'node:test';
import { imageArchive } from '../../image/archive.ts';
import { startCluster } from '../cluster.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

const IMAGE = 'localhost/netflow2traces-collector:test';
const MANIFEST = join(import.meta.dirname, 'cluster.test.yaml');
const ROLLOUT = ['rollout', 'status', 'daemonset/collector', '--timeout', '120s'];
const NODE = '/usr/local/bin/node';
const FAKE_NODES = 10;
const SECONDS = 30;
/** NetFlow v5 with no records: a packet, though without flows. */
const PACKET = Buffer.from('0005000000000001'.padEnd(48, '0'), 'hex');

test('a cluster of two nodes', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const archive = imageArchive('Dockerfile.collector', IMAGE);
  const cluster = await startCluster({ nodes: 2, images: [archive] });
  t.after(async () => {
    await kubectl('delete', 'namespace', 'test', '--ignore-not-found').finally(cluster.stop);
  });
  const { nodes } = cluster;
  const kubectl = (...args: string[]) => cluster.kubectl(['--namespace', 'test', ...args]);
  const exec = (script: string) => kubectl('exec', 'daemonset/collector', '--', NODE, '-p', script);
  const pods = async () => (await kubectl('get', 'pods', '--output', 'name')).split('\n').filter(Boolean).sort();

  await t.test('runs a pod on each node’s own address', async () => {
    await kubectl('apply', '--filename', MANIFEST);
    await kubectl(...ROLLOUT);
    assert.equal((await pods()).length, nodes.length);
    for (const { address } of nodes) await ready(`${address}:9464`);
    for (const { address } of nodes) await send(address, 2055);
    for (const { address } of nodes) await counted(address, 1);
  });

  await t.test('mounts secrets, and runs commands in pods', async () => {
    assert.equal(await exec('fs.readFileSync("/credentials/token", "utf8")'), 's3cret');
  });

  await t.test('shows logs', async () => {
    for (const pod of await pods()) assert.match(await kubectl('logs', pod), /"message":"ready"/);
  });

  await t.test('resolves the names of Services', async () => {
    const address = await kubectl('get', 'service', 'collector', '--output', 'jsonpath={.spec.clusterIP}');
    assert.equal(
      await exec('dns.promises.lookup("collector.test").then(({ address }) => console.log(address)), ""'),
      address,
    );
  });

  await t.test('leads Services and node ports to pods', async () => {
    const address = await kubectl('get', 'service', 'collector', '--output', 'jsonpath={.spec.clusterIP}');
    await ready(address);
    for (const node of nodes) await ready(`${node.address}:30080`);
    for (const node of nodes) await send(node.address, 32055);
    for (const node of nodes) await counted(node.address, 2);
  });

  await t.test('replaces pods by successors that start beside them', async () => {
    const before = await pods();
    await kubectl('set', 'env', 'daemonset/collector', 'LOG_LEVEL=debug');
    await kubectl(...ROLLOUT);
    await waitFor('the old pods are gone', SECONDS, async () => (await pods()).length === nodes.length);
    assert.deepEqual(
      (await pods()).filter((pod) => before.includes(pod)),
      [],
    );
    for (const { address } of nodes) await ready(`${address}:9464`);
  });

  await t.test('simulates nodes', async () => {
    await cluster.addFakeNodes(FAKE_NODES);
    await waitFor('all are counted', SECONDS, async () => (await available()) === nodes.length + FAKE_NODES);
  });

  await t.test('survives the loss of its API server and its store', async () => {
    await cluster.restart('kube-apiserver');
    await cluster.restart('etcd');
    assert.equal(await available(), nodes.length + FAKE_NODES);
  });

  await t.test('removes what an object owns with it', async () => {
    const uid = await kubectl('get', 'configmap', 'owner', '--output', 'jsonpath={.metadata.uid}');
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }];
    const patch = JSON.stringify({ metadata: { ownerReferences } });
    await kubectl('patch', 'daemonset', 'collector', '--type', 'merge', '--patch', patch);
    await kubectl('delete', 'configmap', 'owner');
    await waitFor('its pods are gone', SECONDS, async () => (await pods()).length === 0);
    assert.equal(await kubectl('get', 'daemonsets', '--output', 'name'), '');
  });

  async function available(): Promise<number> {
    return Number(await kubectl('get', 'daemonset', 'collector', '--output', 'jsonpath={.status.numberAvailable}'));
  }
});

async function send(address: string, port: number): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((done, fail) => socket.send(PACKET, port, address, (e) => (e ? fail(e) : done())));
  socket.close();
}

async function ready(host: string): Promise<void> {
  await waitFor(`${host} is ready`, SECONDS, async () => (await fetch(`http://${host}/readyz`)).ok);
}

async function counted(address: string, packets: number): Promise<void> {
  await waitFor(`${packets} packets are counted on ${address}`, SECONDS, async () => {
    const metrics = await (await fetch(`http://${address}:9464/metrics`)).text();
    return new RegExp(`^netflow_packets_total(\\{.*\\})? ${packets}\\b`, 'm').test(metrics);
  });
}
