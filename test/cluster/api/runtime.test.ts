/** The operator's runtime on a real API server that goes away: its view stays true, and what it keeps stays kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { CONFIG_MAPS, type DataObject, FIELD_MANAGER } from '../../../operator/cluster/kinds.ts';
import { type Applied, createApplier, pruneToApplied } from '../../../operator/runtime/apply.ts';
import { createClient } from '../../../operator/runtime/client.ts';
import { from, runController, type Source } from '../../../operator/runtime/controller.ts';
import { keptLog, METRICS } from '../../../operator/runtime/harness.fixture.ts';
import { accessBy } from '../../../operator/runtime/kubeconfig.ts';
import { type Key, type KubeObject, keyOf, pathOf } from '../../../operator/runtime/resource.ts';
import { Store } from '../../../operator/runtime/store.ts';
import { createTransport } from '../../../operator/runtime/transport.ts';
import { watch } from '../../../operator/runtime/watch.ts';
import { pick, seeded } from '../../random.ts';
import { connectApi } from '../api.ts';
import { startCluster } from '../cluster.ts';
import { compactEtcd } from '../control-plane.ts';
import { installRights, removeNamespace, serviceAccount } from '../operator-process.ts';
import { startProxy } from '../proxy.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

const NAMESPACE = 'runtime';
const LABEL = 'runtime-test';
const WRITERS = 4;
/** Names that writers fight over, and of these the ones that are kept as they should be. */
const WILD = Array.from({ length: 20 }, (_, index) => `wild-${index}`);
const KEPT = Array.from({ length: 10 }, (_, index) => `kept-${index}`);
const SECONDS = 60;

test('the runtime', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 0 });
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  t.after(async () => {
    stop.abort();
    await Promise.all(running);
    await removeNamespace(cluster, NAMESPACE).finally(cluster.stop);
  });
  await installRights(cluster);
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  const proxy = await startProxy(cluster.kubeconfig);
  const admin = await connectApi(cluster.kubeconfig, WRITERS);

  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString((await serviceAccount(cluster, proxy.url)).kubeconfig);
  const { log, lines } = keptLog();
  const transport = createTransport(accessBy(kubeConfig));
  const client = createClient({ transport, fieldManager: FIELD_MANAGER, metrics: METRICS });
  t.after(async () => {
    transport.close();
    admin.close();
    await proxy.close();
  });

  const prune = (object: DataObject) => pruneToApplied(object, FIELD_MANAGER);
  const store = new Store<DataObject, Applied>(prune, log, [{ namespace: NAMESPACE }]);
  /** What somebody knows who only hears of changes. */
  const heard = new Map<string, Applied>();
  const ended: string[] = [];
  store.subscribe((change) => {
    if (change.old) heard.delete(change.key);
    if (change.old && change.old.metadata.uid !== change.new?.metadata.uid) ended.push(change.old.metadata.uid!);
    if (change.new) heard.set(change.key, change.new);
  });
  const backoff = { initial: 50, max: 1_000 };
  running.push(watch({ client, resource: CONFIG_MAPS, labelSelector: LABEL, store, log, backoff }, stop.signal));

  const applier = createApplier({ client, resource: CONFIG_MAPS, store, fieldManager: FIELD_MANAGER });
  const kept = new Set<Key>(KEPT.map((name) => keyOf({ namespace: NAMESPACE, name })));
  const all: Source = {
    whenSynced: async () => {},
    start(enqueue) {
      for (const key of kept) enqueue(key);
      return () => {};
    },
  };
  const changed = from(store, ({ metadata }) => [keyOf(metadata)].filter((key) => kept.has(key)));
  const reconcile = async (key: Key, signal: AbortSignal) => {
    await applier.ensure(configMap(key.split('/')[1], 'kept'), signal);
    return 'done' as const;
  };
  running.push(runController({ name: 'kept', sources: [all, changed], reconcile, metrics: METRICS, log }, stop.signal));

  async function onServer(): Promise<DataObject[]> {
    const args = ['--namespace', NAMESPACE, '--selector', LABEL, '--output', 'json'];
    return (JSON.parse(await cluster.kubectl(['get', 'configmaps', ...args])) as { items: DataObject[] }).items;
  }

  /** Waits until the server is as it should be, and the store and its subscriber know it so. */
  async function agree(): Promise<DataObject[]> {
    let objects: DataObject[] = [];
    await waitFor('the store is as the server', SECONDS, async () => {
      objects = await onServer();
      const there = versions(objects);
      const right = objects.filter(({ metadata, data }) => metadata.name.startsWith('kept') && data?.by === 'kept');
      assert.deepEqual(versions(store.list()), there);
      assert.deepEqual(versions([...heard.values()]), there);
      assert.equal(right.length, KEPT.length);
      return true;
    });
    return objects;
  }

  await t.test('follows writers while the API server and etcd are killed', async (t) => {
    const writing = new AbortController();
    const counts = { written: 0, failed: 0 };
    const writers = Array.from({ length: WRITERS }, async (_, seed) => {
      const random = seeded(seed);
      while (!writing.signal.aborted) {
        const object = configMap(pick(random, [...WILD, ...KEPT]), String(random()));
        const name = { namespace: NAMESPACE, name: object.metadata.name };
        const path = pathOf(CONFIG_MAPS, name);
        const apply = `${path}?fieldManager=somebody&force=true`;
        try {
          if (random() < 0.4) await admin.send('DELETE', path, 'application/json', {});
          else if (WILD.includes(name.name)) await admin.send('PATCH', apply, 'application/apply-patch+yaml', object);
          // One that was deleted is not made anew by this: it would be somebody else's, and stay so.
          else await admin.send('PATCH', path, 'application/merge-patch+json', object);
          counts.written++;
        } catch {
          counts.failed++;
        }
        await sleep(20 * random());
      }
    });
    for (const component of ['kube-apiserver', 'etcd', 'kube-apiserver'] as const) {
      await cluster.restart(component);
      await sleep(500);
    }
    writing.abort();
    await Promise.all(writers);
    await agree();
    const interrupted = lines.filter((line) => line.includes('a watch was interrupted')).length;
    assert.ok(interrupted > 0);
    t.diagnostic(`${counts.written} writes, ${counts.failed} failed; ${ended.length} ends seen`);
  });

  await t.test('hears of each end that came while it was cut off, when history is gone too', async () => {
    const before = await agree();
    const wild = before.map(({ metadata }) => metadata).filter(({ name }) => WILD.includes(name));
    const gone = [...wild.slice(0, 4), before.find(({ metadata }) => KEPT.includes(metadata.name))!.metadata];
    proxy.cut();
    await cluster.kubectl(['delete', 'configmap', '--namespace', NAMESPACE, ...gone.map(({ name }) => name)]);
    // One of them comes again, as another object.
    const again = JSON.stringify(configMap(gone[0].name, 'again'));
    await cluster.kubectl(['apply', '--server-side', '--filename', '-'], again);
    await compactEtcd();
    await cluster.restart('kube-apiserver');
    ended.length = 0;
    lines.length = 0;
    proxy.mend();
    await agree();
    for (const { uid } of gone) assert.ok(ended.includes(uid!), 'an end was missed');
    assert.ok(lines.some((line) => line.includes('a watch was interrupted') && /expired|too old/i.test(line)));
  });

  await t.test('writes nothing once all is as it should be', async () => {
    const before = versions(await agree());
    await sleep(3_000);
    assert.deepEqual(versions(await onServer()), before);
  });
});

function configMap(name: string, by: string): DataObject {
  const { apiVersion, kind } = CONFIG_MAPS;
  return { apiVersion, kind, metadata: { name, namespace: NAMESPACE, labels: { [LABEL]: '' } }, data: { by } };
}

function versions(objects: readonly KubeObject[]): string[] {
  return objects.map(({ metadata: { name, uid, resourceVersion } }) => `${name} ${uid} ${resourceVersion}`).sort();
}
