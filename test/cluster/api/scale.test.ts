/** What a resource costs the operator on many nodes. SCALE_NODES=1000 simulates as many; 100 without it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { RawCollector } from '../../../operator/cluster/kinds.ts';
import { auditTrail, isWrite, resourceOf } from '../audit.ts';
import { startCluster } from '../cluster.ts';
import { collector } from '../collector.fixture.ts';
import { installRights, type OperatorProcess, removeNamespace, startOperator } from '../operator-process.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

const FEW = 10;
const MANY = Number(process.env.SCALE_NODES ?? 100);
const NAMESPACE = 'scale';
/** A rollout goes a tenth of the nodes at a time. */
const SECONDS = 300 + MANY;
/** Of /proc/PID/stat: Linux has it so everywhere (proc(5)). */
const TICKS_PER_SECOND = 100;

const bearerToken = { secretKeyRef: { name: 'backend', key: 'token' } };
const otlp = { endpoint: 'http://tempo.tracing:4317', bearerToken };
const LIFE = {
  created: collector(NAMESPACE, 'edge', { otlp }),
  rolled: collector(NAMESPACE, 'edge', { otlp, listeners: [{ port: 4739 }] }),
  deleted: undefined,
};

/** Reads and writes that each stage may cost, and more for each second that it takes, on however many nodes. */
const READS = { base: 20, perSecond: 3 };
const WRITES = { base: 25, perSecond: 0.5 };
/** Reconciles of both controllers. */
const RECONCILES = { base: 20, perSecond: 5 };
const LEASE = 'coordination.k8s.io/leases';

type Cost = { seconds: number; cpu: number; reconciles: number; reads: number; writes: number; requests: string };

test(`a resource on ${FEW} nodes and on ${MANY}`, async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 0 });
  const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', NAMESPACE, ...args], input);
  let operator: OperatorProcess | undefined;
  t.after(async () => {
    await operator?.kill();
    await removeNamespace(cluster, NAMESPACE).finally(cluster.stop);
  });
  await installRights(cluster);
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  await kubectl(['create', 'secret', 'generic', 'backend', '--from-literal=token=t0k3n']);
  operator = await startOperator(cluster);
  await operator.logged('became the leader');

  async function settled(nodes: number): Promise<boolean> {
    const { metadata, status } = JSON.parse(await kubectl(['get', 'nfc', 'edge', '--output', 'json'])) as RawCollector;
    const is = (type: string) => status?.conditions?.find((condition) => condition.type === type)?.status;
    const counted = status?.nodes?.ready === `${nodes}/${nodes}` && status.nodes.updated === nodes;
    const current = status?.observedGeneration === metadata.generation;
    return current && counted && is('Ready') === 'True' && is('Progressing') === 'False';
  }
  const gone = async () => (await kubectl(['get', 'pods,daemonsets', '--output', 'name'])) === '';

  async function costOf(resource: RawCollector | undefined, nodes: number): Promise<Cost> {
    const trail = auditTrail();
    const start = performance.now();
    const cpu = cpuSeconds(operator!.pid);
    const reconciles = await operator!.metric('controller_runtime_reconcile_total');
    if (resource) await kubectl(['apply', '--server-side', '--filename', '-'], JSON.stringify(resource));
    else await kubectl(['delete', 'nfc', 'edge']);
    await waitFor('all is settled', SECONDS, () => (resource ? settled(nodes) : gone()));
    const asked = trail().filter((event) => resourceOf(event) !== LEASE);
    const kinds = Map.groupBy(asked, (event) => `${event.verb} ${resourceOf(event)}`);
    const writes = asked.filter(isWrite).length;
    return {
      seconds: Math.round((performance.now() - start) / 100) / 10,
      cpu: Math.round((cpuSeconds(operator!.pid) - cpu) * 100) / 100,
      reconciles: (await operator!.metric('controller_runtime_reconcile_total')) - reconciles,
      reads: asked.length - writes,
      writes,
      requests: [...kinds].map(([kind, all]) => `${all.length} ${kind}`).join(', '),
    };
  }

  async function life(nodes: number): Promise<void> {
    for (const [stage, resource] of Object.entries(LIFE)) {
      const cost = await costOf(resource, nodes);
      const { rss, peak } = memoryOf(operator!.pid);
      const told = `${stage} on ${nodes} nodes: ${JSON.stringify(cost)}; RSS ${rss} MB, at most ${peak} MB`;
      t.diagnostic(told);
      const allowed = ({ base, perSecond }: typeof READS) => base + perSecond * cost.seconds;
      assert.ok(cost.reads <= allowed(READS), told);
      assert.ok(cost.writes <= allowed(WRITES), told);
      assert.ok(cost.reconciles <= allowed(RECONCILES), told);
    }
  }

  await cluster.addFakeNodes(FEW);
  await life(FEW);
  await cluster.addFakeNodes(MANY - FEW);
  await life(MANY);
});

/** Used so far, by all threads. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** In MB: now, and at most so far. */
function memoryOf(pid: number): { rss: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name: string) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)![1]) / 1_024);
  return { rss: read('VmRSS'), peak: read('VmHWM') };
}
