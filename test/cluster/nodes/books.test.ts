/**
 * The books of a resource under traffic whose count is known: collectors are killed at random, all are replaced,
 * another operator leads. Its totals never fall, and in the end all that was sent is exported, dropped or lost.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NetflowCollectorStatus } from '../../../crds/netflowcollector.ts';
import { NAMESPACE as OPERATOR_NAMESPACE } from '../../chart/helm.ts';
import { command } from '../../image/command.ts';
import { decodeRequest } from '../../otlp/decode.ts';
import { pick, seeded } from '../../random.ts';
import { startBackend } from '../backend.ts';
import { startCluster } from '../cluster.ts';
import { hostAddress, NAME } from '../layout.ts';
import { installRelease, leaderIn, NAMESPACE, releaseImages, removeRelease, startEdge } from '../release.ts';
import { requireCluster } from '../requirements.ts';
import { startTraffic } from '../traffic.ts';
import { waitFor } from '../wait.ts';

const FLOWS_PER_SECOND = 1_000;
const SOURCES = Array.from({ length: 8 }, (_, index) => hostAddress(101 + index));
const DAEMON_SET = 'daemonset/edge-collector';
/** Where a collector is killed, it has run for at least this long: its kubelet starts it again at once. */
const MARGIN_MS = 3_000;

type Totals = NonNullable<NonNullable<NetflowCollectorStatus['ingestion']>['totals']>;

test('books', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 2, images: releaseImages() });
  const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', NAMESPACE, ...args], input);
  let arrived = 0;
  const backend = await startBackend((body) => {
    arrived += decodeRequest(body).filter(({ name }) => name.startsWith('flow_')).length;
  });
  const address = (verb: string) => {
    for (const source of SOURCES) command('ip', ['address', verb, `${source}/32`, 'dev', NAME]);
  };
  const watching = new AbortController();
  let traffic: ReturnType<typeof startTraffic> | undefined;
  t.after(async () => {
    watching.abort();
    await traffic?.stop();
    backend.close();
    address('del');
    await removeRelease(cluster);
  });
  address('replace');

  await installRelease(cluster, { replicas: 2 });
  await startEdge(cluster, backend.url);

  const totals = async (): Promise<Totals> =>
    JSON.parse(await kubectl(['get', 'nfc', 'edge', '--output', 'json'])).status?.ingestion?.totals ?? {};
  const pods = async (): Promise<{ metadata: { uid: string; name: string } }[]> =>
    JSON.parse(await kubectl(['get', 'pods', '--output', 'json'])).items;
  const ready = () => kubectl(['rollout', 'status', DAEMON_SET, '--timeout=120s']);
  const random = seeded(1);

  /** Kills the collector in one of the pods, and waits until it runs again. */
  async function crash(pod: { metadata: { uid: string; name: string } }): Promise<void> {
    const { uid, name } = pod.metadata;
    const restarts = async () =>
      Number(await kubectl(['get', 'pod', name, '--output', 'jsonpath={.status.containerStatuses[0].restartCount}']));
    const before = await restarts();
    await sleep(MARGIN_MS * random());
    process.kill(collectorIn(uid), 'SIGKILL');
    await waitFor(`${name} runs again`, 60, async () => (await restarts()) > before);
    await ready();
  }

  const fallen: string[] = [];
  const watched = (async () => {
    let before: Totals = {};
    while (!watching.signal.aborted) {
      const now = await totals().catch(() => before);
      for (const name of Object.keys(before) as (keyof Totals)[]) {
        if (name !== 'pending' && (now[name] ?? 0) < before[name]!)
          fallen.push(`${name}: ${before[name]} → ${now[name]}`);
      }
      before = now;
      await sleep(500);
    }
  })();

  const routes = SOURCES.map((source, index) => `${source}=${cluster.nodes[index % cluster.nodes.length].address}`);
  traffic = startTraffic(FLOWS_PER_SECOND, routes);
  await waitFor('flows arrive', 30, () => arrived > 0);
  await sleep(MARGIN_MS);
  await crash(pick(random, await pods()));
  await kubectl(['rollout', 'restart', DAEMON_SET]);
  await ready();
  await sleep(MARGIN_MS);
  const [one, other] = await pods();
  await crash(one);

  const leader = await leaderIn(cluster);
  await cluster.kubectl(['--namespace', OPERATOR_NAMESPACE, 'delete', 'pod', leader, '--wait=false']);
  await crash(other);
  await waitFor('another operator leads', 60, async () => ![leader, ''].includes(await leaderIn(cluster)));
  await sleep(MARGIN_MS);
  const sent = await traffic.stop();

  const sum = ({ exported = 0, filtered = 0, sampledOut = 0, dropped = 0, lostFlows = 0 }: Totals) =>
    exported + filtered + sampledOut + dropped + lostFlows;
  await waitFor('all is accounted for', 60, async () => sum(await totals()) >= sent).catch(() => {});
  const last = await totals();
  t.diagnostic(JSON.stringify({ sent, arrived, ...last }));
  watching.abort();
  await watched;
  assert.deepEqual(fallen, []);
  assert.deepEqual(
    { sum: sum(last), pending: last.pending, flows: last.flows, restarts: last.restarts },
    { sum: sent, pending: 0, flows: last.exported! + last.dropped!, restarts: 3 },
  );
  assert.ok(arrived >= last.exported! && arrived <= last.exported! + last.dropped! + last.lostBetweenRuns!);
});

/** The process id, on this machine, of the collector in a pod. */
function collectorIn(uid: string): number {
  for (const file of globSync(`/sys/fs/cgroup/pids/${NAME}/**/pod${uid}/*/cgroup.procs`)) {
    for (const pid of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('collector.js')) return Number(pid);
    }
  }
  throw new Error(`there is no collector in pod ${uid}`);
}
