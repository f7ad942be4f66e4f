/**
 * What collectors report, on real nodes: rates that are true, a backend that fails, a node that dies, another leader.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSender } from '../../../collector/replay/sender.ts';
import type { NetflowCollectorStatus } from '../../../crds/netflowcollector.ts';
import type { CollectorView } from '../../../operator/ingestion/collectors.ts';
import { COLLECTORS_PAGE } from '../../../operator/page/page.ts';
import { NAMESPACE as OPERATOR_NAMESPACE } from '../../chart/helm.ts';
import { buildTraffic } from '../../generator/traffic.ts';
import { startBackend } from '../backend.ts';
import { startCluster } from '../cluster.ts';
import { withForwardedPort } from '../port-forward.ts';
import { kill } from '../processes.ts';
import { installRelease, leaderIn, NAMESPACE, releaseImages, startEdge } from '../release.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

/** Flows a second sent to each node. */
const RATES = [400, 100];
const FLOWS = 20;
/** What is shown may differ by this part from what is sent. */
const TOLERANCE = 0.05;
/** Between reports of so few collectors. */
const INTERVAL_SECONDS = 5;

test('reports', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 2, images: releaseImages() });
  const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', NAMESPACE, ...args], input);
  let backend = await startBackend(() => {});
  const traffic = startTraffic(cluster.nodes.map(({ address }, index) => ({ address, rate: RATES[index] })));
  t.after(async () => {
    traffic.stop();
    backend.close();
    try {
      await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false']);
    } finally {
      await cluster.stop();
    }
  });
  const status = async (): Promise<NetflowCollectorStatus> =>
    JSON.parse(await kubectl(['get', 'nfc', 'edge', '--output', 'json'])).status ?? {};
  const condition = async (type: string) => (await status()).conditions?.find((condition) => condition.type === type);
  const becomes = (type: string, value: string, seconds: number) =>
    waitFor(`${type} is ${value}`, seconds, async () => (await condition(type))?.status === value);
  /** What `kubectl get nfc` shows, by the columns' names. */
  const row = async (): Promise<Record<string, string>> => {
    const [head, line] = (await kubectl(['get', 'nfc'])).split('\n');
    const columns = [...head.matchAll(/\S+\s*/g)];
    return Object.fromEntries(
      columns.map(({ 0: name, index }) => [name.trim(), line.slice(index, index + name.length).trim()]),
    );
  };
  const changeLeader = async () => {
    const before = await leaderIn(cluster);
    await cluster.kubectl(['--namespace', OPERATOR_NAMESPACE, 'delete', 'pod', before, '--wait=false']);
    await waitFor('another one leads', 60, async () => ![before, ''].includes(await leaderIn(cluster)));
  };
  const isNear = (shown: string, sent: number) => Math.abs(Number(shown) - sent) <= sent * TOLERANCE;

  await installRelease(cluster, { replicas: 2 });
  await startEdge(cluster, backend.url);
  await kubectl(['wait', '--for=condition=ReportsFresh', 'nfc/edge', '--timeout=60s']);

  await t.test('show within 30 s what comes', async () => {
    traffic.start();
    const sent = RATES.reduce((a, b) => a + b);
    await waitFor('the rate is shown', 30, async () => isNear((await row())['FLOWS/S'], sent));
    await becomes('Exporting', 'True', 30);
    const { READY, STATUS, 'ERRORS/S': errors, 'LOST%': lost } = await row();
    assert.deepEqual([READY, STATUS, errors, lost], ['2/2', 'AllAvailable', '0', '0']);
    for (let look = 0; look < 20; look++) {
      await sleep(1_000);
      assert.ok(isNear((await row())['FLOWS/S'], sent), JSON.stringify(await row()));
    }
    const { nodes, topExporters = [], worstNodes } = await status();
    assert.equal(nodes?.reporting, 2);
    assert.deepEqual(worstNodes, []);
    assert.deepEqual(topExporters.map(({ node }) => node).sort(), cluster.nodes.map(({ name }) => name).sort());
    assert.ok(topExporters.every(({ flowsPerSecond }, index) => isNear(String(flowsPerSecond), RATES[index])));
  });

  await t.test('are shown one by one by the operator that leads', async () => {
    const leader = await leaderIn(cluster);
    const proxied = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods/${leader}:8080/proxy${COLLECTORS_PAGE}.json`;
    await assert.rejects(cluster.kubectl(['get', '--raw', proxied]), /Forbidden|forbidden|403/);
    const target = [OPERATOR_NAMESPACE, `pod/${leader}`] as const;
    const { resources } = await withForwardedPort(cluster.kubeconfig, target, 8_080, async (url) =>
      JSON.parse(await (await fetch(`${url}${COLLECTORS_PAGE}.json`)).text()),
    );
    const [{ name, missing, collectors }] = resources;
    const nodes = (collectors as CollectorView[]).map(({ node }) => node).sort();
    assert.deepEqual([name, missing, nodes], ['edge', [], cluster.nodes.map(({ name }) => name).sort()]);
  });

  await t.test('and by each collector, to who forwards its port or has the token, and to nobody else', async () => {
    const status = (url: string, headers = {}) => fetch(`${url}/status`, { headers });
    const podOn = async (node: string) => {
      const fields = `spec.nodeName=${node},status.phase=Running`;
      const selection = ['--selector', 'app.kubernetes.io/component=collector', '--field-selector', fields];
      return kubectl(['get', 'pods', ...selection, '--output', 'jsonpath={.items[0].metadata.name}']);
    };
    const [{ name, address }] = cluster.nodes;
    const direct = `http://${address}:9464`;
    assert.equal((await status(direct)).status, 403);
    assert.equal((await fetch(`${direct}/metrics`)).status, 200);
    const forwarded = async () =>
      withForwardedPort(cluster.kubeconfig, [NAMESPACE, `pod/${await podOn(name)}`], 9_464, async (url) => {
        const answer = await status(url);
        await answer.text();
        return answer.status;
      });
    assert.equal(await forwarded(), 200);

    const token = (value: string) =>
      kubectl(
        ['apply', '--filename', '-'],
        JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'page' }, stringData: { token: value } }),
      );
    const [first, second] = ['0123456789abcdef', 'fedcba9876543210'];
    await token(first);
    const patch = { spec: { http: { token: { secretKeyRef: { name: 'page', key: 'token' } } } } };
    await kubectl(['patch', 'nfc', 'edge', '--type=merge', '--patch', JSON.stringify(patch)]);
    const bearing = (value: string) => status(direct, { authorization: `Bearer ${value}` });
    await waitFor('the token counts', 120, async () => (await bearing(first)).status === 200);
    await waitFor('it counts on loopback, too', 60, async () => (await forwarded()) === 401);
    await token(second);
    await waitFor('another one counts', 150, async () => (await bearing(second)).status === 200);
    assert.equal((await bearing(first)).status, 401);
    await kubectl(['wait', '--for=condition=Ready', 'nfc/edge', '--timeout=120s']);
    await kubectl(['wait', '--for=condition=ReportsFresh', 'nfc/edge', '--timeout=60s']);
  });

  await t.test('say when the backend fails, why, and when it is well again', async () => {
    const { port } = backend;
    backend.close();
    await becomes('Exporting', 'False', 30);
    const { reason, message } = (await condition('Exporting'))!;
    assert.match(reason, /Failing$/);
    await waitFor('both nodes say so', 30, async () =>
      (await condition('Exporting'))!.message.includes('2 of 2 nodes'),
    );
    assert.match(message, /ECONNREFUSED/);
    assert.match((await row()).STATUS, /Failing$/);
    assert.deepEqual([(await condition('Ready'))?.status, (await condition('Degraded'))?.status], ['True', 'True']);
    backend = await startBackend(() => {}, port);
    await becomes('Exporting', 'True', 60);
    assert.equal((await row())['LOST%'], '0', 'what waited was sent');
  });

  await t.test('go to the next leader', async () => {
    await changeLeader();
    const sent = RATES.reduce((a, b) => a + b);
    const { totals } = (await status()).ingestion!;
    await waitFor(
      'its status goes on',
      60,
      async () => (await status()).ingestion!.totals!.flows! > totals!.flows! + sent * 10,
    );
    assert.ok(isNear((await row())['FLOWS/S'], sent), JSON.stringify(await row()));
    assert.equal((await condition('ReportsFresh'))?.status, 'True');
  });

  await t.test('name a node that dies within two intervals, and do not count it', async () => {
    const leader = await leaderIn(cluster);
    const where = ['get', 'pod', leader, '--output', 'jsonpath={.spec.nodeName}'];
    const leaderNode = await cluster.kubectl(['--namespace', OPERATOR_NAMESPACE, ...where]);
    const dead = cluster.nodes.findIndex(({ name }) => name !== leaderNode);
    const { name } = cluster.nodes[dead];
    const start = performance.now();
    await kill(name);
    await becomes('ReportsFresh', 'False', 2 * INTERVAL_SECONDS);
    t.diagnostic(`a node that died was named after ${Math.round(performance.now() - start)} ms`);
    assert.ok((await condition('ReportsFresh'))!.message.includes(name));
    const [worst] = (await status()).worstNodes!;
    assert.deepEqual([worst.node, worst.reason], [name, 'Silent']);
    await waitFor('only the other is counted', 30, async () => isNear((await row())['FLOWS/S'], RATES[1 - dead]));
    await becomes('Degraded', 'True', 10);
    assert.equal((await condition('Stalled'))?.status, undefined);
    assert.equal((await condition('Ready'))?.status, 'True');
    assert.ok((await condition('Degraded'))!.message.includes(name));
    assert.deepEqual([(await row()).READY, (await row()).STATUS], ['1/2', 'NodesSilent']);
  });

  await t.test('go on telling of it when another operator leads', async () => {
    await changeLeader();
    for (let look = 0; look < 10; look++) {
      const { READY, STATUS } = await row();
      assert.deepEqual([READY, STATUS], ['1/2', 'NodesSilent']);
      await sleep(1_000);
    }
  });
});

/** One exporter for each node, whose sequence numbers are in order. */
function startTraffic(targets: readonly { address: string; rate: number }[]) {
  const rings = targets.map(() =>
    buildTraffic({ version: 5, exporters: 1, packets: 64, records: FLOWS, now: Date.now() }),
  );
  let stopped = false;
  async function run({ address, rate }: (typeof targets)[number], ring: (typeof rings)[number]): Promise<void> {
    const sender = await createSender({ host: address, port: 2055, sourcePort: undefined, distinctSources: false });
    const start = performance.now();
    let sequence = 0;
    for (let index = 0; !stopped; index++) {
      const { bytes, sequenceOffset, sequenceStep } = ring[index % ring.length];
      bytes.writeUInt32BE(sequence, sequenceOffset);
      sequence += sequenceStep;
      await sender.send(bytes, '').catch(() => {});
      await sleep(Math.max(0, start + ((index + 1) * FLOWS * 1_000) / rate - performance.now()));
    }
    sender.close();
  }
  return {
    start: () => void Promise.all(targets.map((target, index) => run(target, rings[index]))),
    stop: () => {
      stopped = true;
    },
  };
}
