/**
 * Collectors are replaced under traffic whose templates, and options data, came only once: every flow must arrive at
 * its time, and none twice. The receiver tells flows apart by their octets, which no two share.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE as OPERATOR_NAMESPACE } from '../../chart/helm.ts';
import { command } from '../../image/command.ts';
import { decodeRequest } from '../../otlp/decode.ts';
import { startBackend } from '../backend.ts';
import { startCluster } from '../cluster.ts';
import { hostAddress, NAME } from '../layout.ts';
import { installRelease, NAMESPACE, releaseImages, removeRelease, startEdge } from '../release.ts';
import { requireCluster } from '../requirements.ts';
import { FLOW_START, startTraffic } from '../traffic.ts';
import { waitFor } from '../wait.ts';

const RUNS = 5;
const PACKETS_PER_SECOND = 5_000;
const SOURCES = Array.from({ length: 16 }, (_, index) => hostAddress(101 + index));
/** Before and after a rollout. */
const MARGIN_MS = 3_000;
/** Without an operator. */
const AWAY_MS = 60_000;
const DAEMON_SET = 'daemonset/edge-collector';

test('a rollout under traffic', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 2, images: releaseImages() });
  const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', NAMESPACE, ...args], input);
  /** How often each flow has arrived. */
  const flows = new Map<bigint, number>();
  let atAnotherTime = 0;
  const backend = await startBackend((body) => {
    for (const { name, attributes, startTimeUnixNano } of decodeRequest(body)) {
      if (!name.startsWith('flow_')) continue;
      const flow = attributes['flow.bytes.delta'] as bigint;
      flows.set(flow, (flows.get(flow) ?? 0) + 1);
      if (startTimeUnixNano !== FLOW_START) atAnotherTime++;
    }
  });
  const address = (verb: string) => {
    for (const source of SOURCES) command('ip', ['address', verb, `${source}/32`, 'dev', NAME]);
  };
  t.after(async () => {
    backend.close();
    address('del');
    await removeRelease(cluster);
  });
  address('replace');

  await installRelease(cluster, { replicas: 1 });
  await startEdge(cluster, backend.url);

  const rolledOut = () => kubectl(['rollout', 'status', DAEMON_SET, '--timeout=180s']);
  const restart = async () => {
    await kubectl(['rollout', 'restart', DAEMON_SET]);
    await rolledOut();
  };

  /** Sends while `change` is made and has taken effect; all that was sent must arrive, once. */
  async function losesNothing(change: () => Promise<void>): Promise<void> {
    flows.clear();
    atAnotherTime = 0;
    const routes = SOURCES.map((source, index) => `${source}=${cluster.nodes[index % cluster.nodes.length].address}`);
    const traffic = startTraffic(PACKETS_PER_SECOND, routes);
    const pods = () => kubectl(['get', 'pods', '--output', 'jsonpath={.items[*].metadata.uid}']);
    const before = new Set((await pods()).split(' '));
    let sent: number;
    try {
      await waitFor('flows arrive', 30, () => flows.size > 0);
      await sleep(MARGIN_MS);
      await change();
      await sleep(MARGIN_MS);
    } finally {
      sent = await traffic.stop();
    }
    const kept = (await pods()).split(' ').filter((uid) => before.has(uid));
    assert.deepEqual(kept, [], 'pods that were not replaced');
    await waitFor('all flows have arrived', 60, () => flows.size >= sent).catch(() => {});
    const arrived = [...flows.values()].reduce((sum, times) => sum + times, 0);
    const found = { distinct: flows.size, arrived, atAnotherTime };
    assert.deepEqual(found, { distinct: sent, arrived: sent, atAnotherTime: 0 });
    t.diagnostic(`${sent} flows, each arrived once`);
  }

  for (let run = 1; run <= RUNS; run++) {
    await t.test(`restarts all pods, run ${run} of ${RUNS}`, () => losesNothing(restart));
  }

  await t.test('follows a change of the resource', () =>
    losesNothing(async () => {
      const patch = JSON.stringify({ spec: { otlp: { timeout: '12s' } } });
      const hash = () => kubectl(['get', DAEMON_SET, '--output', 'jsonpath={.metadata.generation}']);
      const before = await hash();
      await kubectl(['patch', 'nfc/edge', '--type=merge', '--patch', patch]);
      await waitFor('the DaemonSet changes', 30, async () => (await hash()) !== before);
      await rolledOut();
    }),
  );

  await t.test('needs no operator for a minute', async () => {
    const scale = (replicas: number) =>
      cluster.kubectl(['--namespace', OPERATOR_NAMESPACE, 'scale', 'deployment', '--all', `--replicas=${replicas}`]);
    await scale(0);
    try {
      await cluster.kubectl([
        '--namespace',
        OPERATOR_NAMESPACE,
        'wait',
        'pods',
        '--all',
        '--for=delete',
        '--timeout=60s',
      ]);
      await losesNothing(async () => {
        const end = performance.now() + AWAY_MS;
        await restart();
        await sleep(Math.max(0, end - performance.now()));
      });
    } finally {
      await scale(1);
    }
  });
});
