/**
 * A filter changed in a resource takes effect on the collectors that run, under traffic: no pod is replaced, no flow is
 * lost or sent twice. The receiver tells flows apart by their octets, which no two share.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageArchive } from '../../image/archive.ts';
import { decodeRequest } from '../../otlp/decode.ts';
import { startBackend } from '../backend.ts';
import { startCluster } from '../cluster.ts';
import { collector } from '../collector.fixture.ts';
import { GATEWAY } from '../layout.ts';
import { installRights, type OperatorProcess, removeNamespace, startOperator } from '../operator-process.ts';
import { requireCluster } from '../requirements.ts';
import { startTraffic } from '../traffic.ts';
import { waitFor } from '../wait.ts';

const NAMESPACE = 'flows';
const IMAGE = 'localhost/netflow2traces-collector:test';
const NODES = 2;
const FLOWS_PER_SECOND = 1_000;
/** This many flows after the last one of a kind, no more of it will come. */
const ENOUGH = 5 * FLOWS_PER_SECOND;
/** The kubelet brings a changed ConfigMap to a pod within its sync period, at most about a minute. */
const KUBELET_SECONDS = 150;
const DAEMON_SET = 'daemonset/edge-collector';

test('a change of the filter', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: NODES, images: [imageArchive('Dockerfile.collector', IMAGE)] });
  const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', NAMESPACE, ...args], input);
  /** How often each flow has arrived. */
  const arrived = new Map<number, number>();
  /** The last to arrive of all, and of those that the filter leaves out. */
  let [newest, newestOther] = [0, 0];
  const backend = await startBackend((body) => {
    for (const { name, attributes } of decodeRequest(body)) {
      if (!name.startsWith('flow_')) continue;
      const flow = Number(attributes['flow.bytes.delta']);
      arrived.set(flow, (arrived.get(flow) ?? 0) + 1);
      newest = Math.max(newest, flow);
      if (flow % 3 !== 0) newestOther = Math.max(newestOther, flow);
    }
  });
  let operator: OperatorProcess | undefined;
  let traffic: ReturnType<typeof startTraffic> | undefined;
  t.after(async () => {
    await traffic?.stop();
    await operator?.kill();
    backend.close();
    await removeNamespace(cluster, NAMESPACE).finally(cluster.stop);
  });
  const patch = (filter: string) =>
    kubectl(['patch', 'nfc/edge', '--type=merge', '--patch', JSON.stringify({ spec: { selection: { filter } } })]);
  const pods = () => kubectl(['get', 'pods', '--output', 'jsonpath={.items[*].metadata.uid} {..restartCount}']);
  const generation = () => kubectl(['get', DAEMON_SET, '--output', 'jsonpath={.metadata.generation}']);

  await installRights(cluster);
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  operator = await startOperator(cluster);
  const spec = { otlp: { endpoint: backend.url, protocol: 'http/protobuf' }, pod: { image: IMAGE } };
  await kubectl(['apply', '--filename', '-'], JSON.stringify(collector(NAMESPACE, 'edge', spec)));
  await waitFor('the DaemonSet is made', 30, async () => /edge/.test(await kubectl(['get', 'daemonsets'])));
  await kubectl(['rollout', 'status', DAEMON_SET, '--timeout=120s']);
  const before = [await pods(), await generation()];
  traffic = startTraffic(
    FLOWS_PER_SECOND,
    cluster.nodes.map(({ address }) => `${GATEWAY}=${address}`),
  );
  await waitFor('flows arrive', 30, () => arrived.size > FLOWS_PER_SECOND);

  await t.test('reaches all collectors', async () => {
    await patch('flow.bytes.delta % 3 == 0');
    await waitFor('only flows of the filter arrive', KUBELET_SECONDS, () => newest - newestOther > ENOUGH);
  });

  await t.test('that is wrong is told with its column, and changes nothing', async () => {
    const config = () => kubectl(['get', 'configmap/edge-collector', '--output', 'jsonpath={.data}']);
    const written = await config();
    assert.match(written, /flow\.bytes\.delta % 3 == 0/);
    await patch('flow.byts.delta % 3 == 0');
    await kubectl(['wait', '--for=condition=ConfigAccepted=False', 'nfc/edge', '--timeout=30s']);
    const message = 'jsonpath={.status.conditions[?(@.type=="ConfigAccepted")].message}';
    assert.match(
      await kubectl(['get', 'nfc/edge', '--output', message]),
      /^spec\.selection\.filter: is wrong at column 1/,
    );
    assert.equal(await config(), written);
    await kubectl(['wait', '--for=condition=Ready=False', 'nfc/edge', '--timeout=10s']);
    await kubectl(['wait', '--for=condition=Stalled=True', 'nfc/edge', '--timeout=10s']);
  });

  await t.test('replaces no pod, loses no flow and sends none twice', async () => {
    const sent = await traffic!.stop();
    const wanted = Array.from({ length: Math.floor(sent / 3) }, (_, index) => 3 * (index + 1));
    await waitFor('all flows have arrived', 60, () => wanted.every((flow) => arrived.has(flow)));
    assert.deepEqual([await pods(), await generation()], before);
    assert.ok([...arrived.values()].every((times) => times === 1));
    // Each node has every second flow: what it left out begins somewhere, and has no gap before.
    for (let node = 0; node < NODES; node++) {
      const others = [...arrived.keys()].filter((flow) => flow % 3 !== 0 && flow % NODES === node);
      const last = Math.max(...others);
      const due = Array.from({ length: last }, (_, index) => index + 1);
      assert.equal(others.length, due.filter((flow) => flow % 3 !== 0 && flow % NODES === node).length);
    }
    t.diagnostic(`${sent} flows, the filter took effect at about ${newestOther}`);
  });
});
