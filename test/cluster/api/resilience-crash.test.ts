/**
 * The operator killed at any write of a reconcile: the next one makes the same of it as one that was never disturbed.
 * CRASH_SEEDS=100 tries that many points, CRASH_SEED=17 one.
 */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { FIELD_MANAGER, type RawCollector } from '../../../operator/cluster/kinds.ts';
import type { KubeObject } from '../../../operator/runtime/resource.ts';
import { NAMESPACE as OPERATOR_NAMESPACE } from '../../chart/helm.ts';
import { pick, seeded } from '../../random.ts';
import { collector } from '../collector.fixture.ts';
import type { OperatorProcess } from '../operator-process.ts';
import { startProxy } from '../proxy.ts';
import { requireCluster } from '../requirements.ts';
import { startClusterWithRights } from '../rights.fixture.ts';
import { waitFor } from '../wait.ts';

const ONLY = process.env.CRASH_SEED;
const SEEDS = ONLY ? [Number(ONLY)] : Array.from({ length: Number(process.env.CRASH_SEEDS ?? 12) }, (_, seed) => seed);
const NAMESPACE = 'crash';
const OWNED = 'serviceaccounts,configmaps,secrets,daemonsets,services,podmonitors';
const OURS = 'app.kubernetes.io/managed-by=netflow2traces-operator';
/** A resource that is made is some ten writes: objects, status, Events. A change is fewer. */
const MAX_WRITES = { create: 12, change: 6 };
/** What is another for an object that is made anew. */
const ALLOTTED = ['clusterIP', 'clusterIPs', 'nodePort', 'deprecated.daemonset.template.generation', 'status'];
const SECONDS = 90;

const token = { secretKeyRef: { name: 'backend', key: 'token' } };
const otlp = { endpoint: 'http://tempo.tracing:4317' };
const SPECS: Record<string, unknown>[] = [
  {},
  { otlp: { ...otlp, bearerToken: token } },
  { service: { type: 'NodePort' } },
  { workers: 3, spans: { resourceAttributes: { site: 'fra1' } } },
  { metrics: { podMonitor: true } },
];

test('the operator, killed at a write', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const { cluster, kubectl, start } = await startClusterWithRights(t, NAMESPACE);
  const proxy = await startProxy(cluster.kubeconfig);
  t.after(proxy.close);
  await kubectl(['create', 'secret', 'generic', 'backend', '--from-literal=token=t0k3n']);

  /** Starts an operator that leads at once: a lease that nobody gave back is another test's. */
  async function startLeader(): Promise<OperatorProcess> {
    await cluster.kubectl(['delete', 'lease', '--all', '--namespace', OPERATOR_NAMESPACE]);
    const operator = await start({ server: proxy.url });
    await operator.logged('became the leader');
    return operator;
  }

  /**
   * Kills the operator at its nth write from now, which the API server has `answered` by then, or never gets. Tells
   * whether it came to that, even if only after everything had settled: Events may be late.
   */
  function killAtWrite(running: OperatorProcess, nth: number, answered: boolean): () => boolean {
    let writes = 0;
    const hook = async ({ method, url }: IncomingMessage) => {
      if (method === 'GET' || url?.includes('/leases/') || ++writes !== nth) return;
      await running.kill();
      throw new Error('who asked is gone');
    };
    if (answered) proxy.after = hook;
    else proxy.before = hook;
    return () => writes >= nth;
  }

  const apply = (resource: object) => kubectl(['apply', '--server-side', '--filename', '-'], JSON.stringify(resource));

  async function settled(name: string): Promise<boolean> {
    const { metadata, status } = JSON.parse(await kubectl(['get', 'nfc', name, '--output', 'json'])) as RawCollector;
    if (status?.observedGeneration !== metadata.generation) return false;
    const is = (type: string) => status?.conditions?.find((condition) => condition.type === type)?.status;
    return is('Ready') === 'True' && is('Progressing') === 'False' && is('Degraded') === 'False';
  }

  /** What the operator has made, by the resource it belongs to. */
  async function made(): Promise<Map<string, { id: string }[]>> {
    const args = ['--selector', OURS, '--show-managed-fields', '--output', 'json'];
    const { items } = JSON.parse(await kubectl(['get', OWNED, ...args])) as { items: KubeObject[] };
    return new Map(
      [...Map.groupBy(items, ({ metadata }) => metadata.ownerReferences![0].name)].map(([owner, objects]) => [
        owner,
        objects.map(essence).sort((a, b) => (a.id < b.id ? -1 : 1)),
      ]),
    );
  }

  const last = new Map<string, object>();
  let kills = 0;
  let running = await startLeader();

  for (const seed of SEEDS) {
    await t.test(`CRASH_SEED=${seed}`, async (t) => {
      const random = seeded(seed);
      const name = `edge-${seed}`;
      // On a node a port is one resource's.
      const ports = { listeners: [{ port: 20_000 + seed }], metrics: { port: 30_000 + seed } };
      const some = (): object => {
        const { metrics, ...rest } = pick(random, SPECS) as { metrics?: object };
        return collector(NAMESPACE, name, { ...ports, metrics: { ...ports.metrics, ...metrics }, ...rest });
      };
      const resource = some();
      const phase = pick(random, ['create', 'change'] as const);
      const nth = 1 + Math.floor(random() * MAX_WRITES[phase]);
      const answered = random() < 0.5;
      let next = resource;
      if (phase === 'change') {
        await apply(resource);
        await waitFor(`${name} is made`, SECONDS, () => settled(name));
        next = some();
      }
      const killed = killAtWrite(running, nth, answered);
      await apply(next);
      last.set(name, next);
      await waitFor(`${name} is settled, or the operator dies`, SECONDS, async () => killed() || (await settled(name)));
      proxy.before = () => {};
      proxy.after = () => {};
      t.diagnostic(
        `${phase}, write ${nth} ${answered ? 'answered' : 'lost'}: ${killed() ? 'killed' : 'had no such write'}`,
      );
      if (!killed()) return;
      kills++;
      await running.exited;
      running = await startLeader();
      await waitFor(`${name} is settled`, SECONDS, () => settled(name));
    });
  }

  await t.test('leaves the same as one that is not', async () => {
    assert.ok(kills > 0);
    const disturbed = await made();
    await kubectl(['delete', 'nfc', '--all']);
    await waitFor('all are gone', SECONDS, async () => (await made()).size === 0);
    for (const resource of last.values()) await apply(resource);
    for (const name of last.keys()) await waitFor(`${name} is settled`, SECONDS, () => settled(name));
    const calm = await made();
    for (const name of last.keys()) assert.deepEqual(disturbed.get(name), calm.get(name), name);
  });
});

/** An object without what the API server adds, and with the fields that are the operator's. */
function essence({ apiVersion, kind, metadata, ...content }: KubeObject) {
  const { name, labels, annotations, ownerReferences = [], managedFields } = metadata;
  const fields = managedFields?.filter(({ manager }) => manager === FIELD_MANAGER).map(({ fieldsV1 }) => fieldsV1);
  const all = { id: `${kind} ${name}`, apiVersion, labels, annotations, ownerReferences, fields, content };
  const text = JSON.stringify(all, (key, value) => (ALLOTTED.includes(key) ? undefined : value));
  return JSON.parse(ownerReferences.reduce((rest, { uid }) => rest.replaceAll(uid, 'the uid of its owner'), text));
}
