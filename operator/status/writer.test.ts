import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import {
  COLLECTORS,
  CONFIG_MAPS,
  type DataObject,
  type LiveDaemonSet,
  pruneDaemonSet,
  type RawCollector,
} from '../cluster/kinds.ts';
import { PODS, type Pod, prunePod } from '../cluster/pods.ts';
import { createKeptSums } from '../ingestion/kept-sums.ts';
import { podOf, reportOf } from '../ingestion/reporter.fixture.ts';
import { createReports, type Reports } from '../ingestion/reports.ts';
import { collector, KEY, NAMESPACE } from '../reconcile/world.fixture.ts';
import type { PodIdentity } from '../reports/reviewer.ts';
import { ApiServer, failure } from '../runtime/api-server.fixture.ts';
import { runController } from '../runtime/controller.ts';
import { createRecorder, EVENTS, type KubeEvent } from '../runtime/events.ts';
import { clientOf, keptLog, METRICS } from '../runtime/harness.fixture.ts';
import { Store } from '../runtime/store.ts';
import { VirtualClock } from '../runtime/virtual-clock.fixture.ts';
import { watch } from '../runtime/watch.ts';
import { createStatusWriter } from './writer.ts';

const INTERVAL = 5_000;
const FINDINGS = { pods: { stuck: 0, dead: 0 }, podMonitorMissing: false, daemonSet: undefined };

/** As it is when all its pods are there; none, as long as there is none. */
function daemonSetOf(nodes: number, numberAvailable: number): LiveDaemonSet | undefined {
  if (nodes === 0) return undefined;
  const counts = { desiredNumberScheduled: nodes, currentNumberScheduled: nodes, updatedNumberScheduled: nodes };
  return pruneDaemonSet({
    ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'edge-collector', namespace: NAMESPACE } },
    status: { ...counts, numberAvailable },
  });
}

/** Nodes with collectors that report what they are told to have counted. */
class Nodes {
  readonly #clock: VirtualClock;
  readonly #of: () => Reports;
  readonly #server: ApiServer;
  readonly #start: number;
  readonly flows = new Map<string, number>();
  /** Flows a second of each node that reports. */
  readonly rates = new Map<string, number>();
  exportState: 'working' | 'failing' = 'working';
  namesError: string | undefined;
  /** Addresses of the devices that send to each node. */
  readonly exporters = new Map<string, string[]>();
  readonly #boots = new Map<string, string>();
  #boot = 0;

  constructor(clock: VirtualClock, server: ApiServer, of: () => Reports) {
    this.#server = server;
    this.#clock = clock;
    this.#of = of;
    this.#start = clock.now() - 1e6;
  }

  #pod(node: string): PodIdentity {
    const { name } = podOf(node);
    return { name, node, uid: this.#server.get(PODS, `${NAMESPACE}/${name}`)!.metadata.uid! };
  }

  /** A collector begins anew, without books. */
  restart(node: string): void {
    this.flows.delete(node);
    this.#boots.set(node, String(++this.#boot).padStart(32, '0'));
  }

  /** Lets `seconds` pass, in which all report each five. */
  async run(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 5) {
      await this.#clock.advance(INTERVAL);
      for (const [node, rate] of this.rates) {
        const flows = (this.flows.get(node) ?? 0) + rate * 5;
        this.flows.set(node, flows);
        const counters = { packets: flows / 10, flows, exported: flows };
        const report = reportOf(this.#clock.now() - this.#start, counters, {
          export: { state: this.exportState },
          namesError: this.namesError,
          exporters: this.exporters.get(node)?.length ?? 0,
          topExporters: (this.exporters.get(node) ?? []).map((address) => ({
            ...{ address, packetsPerSecond: 1, flowsPerSecond: 1, lostPercent: 0 },
          })),
          ...(this.#boots.has(node) && { boot: this.#boots.get(node) }),
        });
        assert.equal(this.#of().take({ collector: KEY, pod: this.#pod(node) }, report).status, 200);
      }
      await this.#clock.advance(0);
    }
  }
}

function createWorld(t: TestContext) {
  const clock = new VirtualClock();
  const server = new ApiServer(clock);
  let writes = 0;
  let sumsWrites = 0;
  /** Whether what is asked of ConfigMaps is refused. */
  const world = { refuses: false, desired: 0, available: 0 };
  const client = clientOf(async (request) => {
    if (request.method === 'PATCH' && request.path.includes('/status')) writes++;
    if (request.path.includes('/configmaps/')) {
      if (world.refuses) return failure(403, 'Forbidden', 'not allowed');
      if (request.method === 'PATCH') sumsWrites++;
    }
    return server.handle(request);
  }, clock);
  const { log } = keptLog();
  const recorder = createRecorder({ client, controller: 'test', instance: 'test', log, clock });
  server.edit(COLLECTORS, collector());
  const addPod = (node: string) => {
    const { name } = podOf(node);
    const labels = { 'app.kubernetes.io/instance': 'edge' };
    const metadata = { name, namespace: NAMESPACE, labels };
    server.edit(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: node } } as Pod);
  };
  for (const node of ['a', 'b']) addPod(node);
  let reports: Reports;
  let end = async () => {};
  let found = () => {};

  /** A leader takes over. */
  async function lead(): Promise<void> {
    await end();
    const stop = new AbortController();
    const collectors = new Store<RawCollector>((object) => object, log);
    const pods = new Store(prunePod, log);
    const sums = createKeptSums({ client, clock, log });
    reports = createReports({ clock, templatesOf: () => ({ registry: 'r', cursor: 0 }), sums });
    const status = createStatusWriter({ client, collectors, pods, reports, sums, recorder, clock });
    const { signal } = stop;
    const running = [
      watch({ client, resource: COLLECTORS, store: collectors, log, clock }, signal),
      watch({ client, resource: PODS, store: pods, log, clock }, signal),
      runController(
        { name: 'status', sources: status.sources, reconcile: status.reconcile, metrics: METRICS, log, clock },
        signal,
      ),
    ];
    await clock.advance(1_000);
    found = () =>
      status.found(collectors.get(KEY)!, { ...FINDINGS, daemonSet: daemonSetOf(world.desired, world.available) });
    found();
    end = async () => {
      stop.abort();
      await clock.advance(5_000);
      await Promise.all(running);
    };
  }
  t.after(() => end());
  const nodes = new Nodes(clock, server, () => reports);
  nodes.rates.set('a', 100).set('b', 200);
  return {
    clock,
    nodes,
    lead,
    /** The pod of a node is replaced. */
    replace(node: string) {
      const { name } = podOf(node);
      server.remove(PODS, `${NAMESPACE}/${name}`);
      addPod(node);
      nodes.restart(node);
    },
    /** The pod of a node goes, and the node too. */
    remove(node: string) {
      server.remove(PODS, `${NAMESPACE}/${podOf(node).name}`);
      nodes.rates.delete(node);
    },
    addPod,
    /** What a reconcile finds now. */
    found: () => found(),
    sums: () => server.get(CONFIG_MAPS, `${KEY}-books`) as DataObject | undefined,
    writes: () => sumsWrites,
    refuse: (refuses: boolean) => {
      world.refuses = refuses;
    },
    /** The pod of a node is told to end. */
    tellToGo(node: string) {
      const pod = server.get(PODS, `${NAMESPACE}/${podOf(node).name}`)!;
      server.edit(PODS, { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2030-01-01T00:00:00Z' } });
    },
    /** By the next reconcile, the pods of so many nodes, or of some of them, are available. */
    available: (desired: number, available = desired) => {
      Object.assign(world, { desired, available });
    },
    server,
    status: () => (server.get(COLLECTORS, KEY) as RawCollector).status!,
    condition: (type: string) =>
      (server.get(COLLECTORS, KEY) as RawCollector).status!.conditions!.find((c) => c.type === type),
    events: () => (server.objects(EVENTS) as KubeEvent[]).map(({ type, reason }) => `${type} ${reason}`),
    takeWrites: () => {
      const count = writes;
      writes = 0;
      return count;
    },
  };
}

test('the status shows what comes, and who is silent', async (t) => {
  const { nodes, lead, status, condition, events } = createWorld(t);
  await lead();
  await nodes.run(30);
  assert.equal(status().ingestion?.flowsPerSecond, 300);
  assert.deepEqual([condition('ReportsFresh')?.status, condition('Exporting')?.status], ['True', 'True']);
  nodes.rates.delete('b');
  await nodes.run(10);
  assert.deepEqual([condition('ReportsFresh')?.status, condition('ReportsFresh')?.reason], ['False', 'NodesSilent']);
  assert.deepEqual(
    status().worstNodes?.map(({ node, reason }) => [node, reason]),
    [['b', 'Silent']],
  );
  assert.equal(status().ingestion?.flowsPerSecond, 100);
  assert.ok(events().includes('Warning NodesSilent'), 'somebody should look');
});

test('a backend that fails is told at once, and when it is well again', async (t) => {
  const { nodes, lead, condition } = createWorld(t);
  await lead();
  await nodes.run(30);
  for (const [state, expected] of [
    ['failing', 'False'],
    ['working', 'True'],
  ] as const) {
    nodes.exportState = state;
    await nodes.run(5);
    await nodes.run(5);
    assert.equal(condition('Exporting')?.status, expected);
  }
});

test('a backend that fails, or a node that is silent, is Degraded, and not stalled', async (t) => {
  const { nodes, lead, available, condition, status, events } = createWorld(t);
  available(2);
  await lead();
  await nodes.run(30);
  assert.deepEqual([status().reason, status().nodes?.ready], ['AllAvailable', '2/2']);
  nodes.exportState = 'failing';
  await nodes.run(10);
  assert.equal(status().reason, 'BackendFailing');
  assert.equal(condition('Degraded')?.message, condition('Exporting')?.message);
  nodes.exportState = 'working';
  nodes.rates.delete('b');
  await nodes.run(10);
  assert.equal(status().reason, 'NodesSilent');
  assert.match(condition('Degraded')!.message, /\(b\)/);
  assert.deepEqual(
    [condition('Ready')?.status, condition('Stalled'), condition('Reconciling')],
    ['True', undefined, undefined],
  );
  assert.equal(events().filter((event) => event === 'Warning BackendFailing').length, 1, 'told once');
});

test('a mistake in a file of names is Degraded, until it is corrected', async (t) => {
  const { nodes, lead, available, condition, status } = createWorld(t);
  available(2);
  await lead();
  await nodes.run(30);
  nodes.namesError = 'the file of elements cannot be used: elements.file: /e.csv: line 2: "a b" is no name';
  await nodes.run(10);
  assert.equal(status().reason, 'NamesRefused');
  assert.match(
    condition('Degraded')!.message,
    /^on 2 of 2 nodes \(a, b\) names are the last good ones, if any: spec\.elements: line 2: "a b" is no name$/,
  );
  nodes.namesError = undefined;
  await nodes.run(10);
  assert.equal(status().reason, 'AllAvailable');
});

suite('a node that is silent while another reports', () => {
  async function withoutB(t: TestContext) {
    const world = createWorld(t);
    world.available(2);
    await world.lead();
    await world.nodes.run(30);
    world.nodes.rates.delete('b');
    await world.nodes.run(10);
    return world;
  }

  test('does not count as available, though Kubernetes has not missed it yet', async (t) => {
    const { status, condition } = await withoutB(t);
    assert.deepEqual([status().nodes?.ready, status().nodes?.available, status().reason], ['1/2', 1, 'NodesSilent']);
    assert.equal(condition('Ready')?.reason, 'NotAllAvailable');
    assert.match(
      condition('Ready')!.message,
      /^1 of 2 nodes have a collector that is ready, b do not report; Degraded/,
    );
  });
  test('is not told of twice when Kubernetes has', async (t) => {
    const { nodes, status, available, found } = await withoutB(t);
    available(2, 1);
    found();
    await nodes.run(10);
    assert.equal(status().nodes?.ready, '1/2');
  });
  test('counts again when it reports', async (t) => {
    const { nodes, status } = await withoutB(t);
    nodes.rates.set('b', 200);
    await nodes.run(10);
    assert.equal(status().nodes?.ready, '2/2');
  });
  test('is so for the next leader, too, from its first look', async (t) => {
    const { nodes, lead, status } = await withoutB(t);
    await lead();
    await nodes.run(10);
    assert.deepEqual([status().nodes?.ready, status().reason], ['1/2', 'NodesSilent']);
    nodes.rates.set('b', 200);
    await nodes.run(20);
    assert.deepEqual([status().nodes?.ready, status().reason], ['2/2', 'AllAvailable']);
  });
  test('counts as long as none reports: it is not the nodes', async (t) => {
    const { nodes, status } = await withoutB(t);
    nodes.rates.clear();
    await nodes.run(20);
    assert.deepEqual([status().nodes?.ready, status().reason], ['2/2', 'NodesSilent']);
  });
  test('is not awaited any more when its pod is told to go, which it can’t', async (t) => {
    const { nodes, tellToGo, available, found, status } = await withoutB(t);
    tellToGo('b');
    available(1);
    found();
    await nodes.run(10);
    assert.deepEqual([status().nodes?.ready, status().reason], ['1/1', 'AllAvailable']);
  });
});

suite('a node that has no collector any more though devices were sending to it', () => {
  async function withoutB(t: TestContext, exporters: string[]) {
    const world = createWorld(t);
    const { nodes, lead, available, remove } = world;
    available(2);
    nodes.exporters.set('a', ['192.0.2.1']).set('b', exporters);
    await lead();
    await nodes.run(30);
    remove('b');
    available(1);
    await nodes.run(20);
    // As a reconcile finds that fewer nodes are wanted.
    world.found();
    await nodes.run(10);
    return world;
  }

  test('is named, in READY, in Ready, Degraded and among the worst', async (t) => {
    const { status, condition } = await withoutB(t, ['192.0.2.2']);
    assert.deepEqual([status().nodes?.ready, status().nodes?.lost, status().reason], ['1/2', 1, 'NodeLost']);
    assert.match(condition('Degraded')!.message, /^on b: .* 1 exporters were sending to it \(192\.0\.2\.2\)/);
    assert.match(condition('Ready')!.message, /^1 of 2 nodes have a collector that is ready, b have none any more/);
    assert.deepEqual(
      status().worstNodes?.map(({ node, reason }) => [node, reason]),
      [['b', 'NodeLost']],
    );
  });
  test('is not told of when nobody was', async (t) => {
    const { status } = await withoutB(t, []);
    assert.deepEqual([status().nodes?.ready, status().reason], ['1/1', 'AllAvailable']);
  });
  test('is told of no more when they send to another node', async (t) => {
    const { nodes, status } = await withoutB(t, ['192.0.2.2']);
    nodes.exporters.set('a', ['192.0.2.1', '192.0.2.2']);
    await nodes.run(20);
    assert.deepEqual([status().nodes?.ready, status().reason], ['1/1', 'AllAvailable']);
  });
  test('is told of no more when it has one again', async (t) => {
    const { nodes, addPod, status } = await withoutB(t, ['192.0.2.2']);
    addPod('b');
    await nodes.run(20);
    assert.equal(status().nodes?.lost, undefined);
  });
  test('is told of by the next leader, too, until its devices are seen elsewhere', async (t) => {
    const { nodes, lead, status, condition } = await withoutB(t, ['192.0.2.2', '192.0.2.3']);
    const { message } = condition('Degraded')!;
    await lead();
    await nodes.run(30);
    assert.deepEqual([status().nodes?.ready, status().reason], ['1/2', 'NodeLost']);
    assert.equal(condition('Degraded')?.message, message);
    nodes.exporters.set('a', ['192.0.2.1', '192.0.2.2', '192.0.2.3']);
    await nodes.run(20);
    assert.deepEqual([status().nodes?.ready, status().reason], ['1/1', 'AllAvailable']);
  });
  test('is told of for an hour, whoever leads', async (t) => {
    const { nodes, lead, status } = await withoutB(t, ['192.0.2.2']);
    await nodes.run(1_800);
    await lead();
    await nodes.run(1_700);
    assert.equal(status().reason, 'NodeLost');
    await nodes.run(120);
    assert.equal(status().reason, 'AllAvailable');
  });
  test('is told of for an hour', async (t) => {
    const { nodes, status } = await withoutB(t, ['192.0.2.2']);
    await nodes.run(3_500);
    assert.equal(status().reason, 'NodeLost');
    await nodes.run(120);
    assert.equal(status().reason, 'AllAvailable');
  });
});

suite('writes', () => {
  test('are one in ten seconds at most while traffic flows', async (t) => {
    const { nodes, lead, takeWrites } = createWorld(t);
    await lead();
    await nodes.run(60);
    takeWrites();
    await nodes.run(600);
    assert.ok(takeWrites() <= 61);
  });
  test('are one a minute while nothing comes, which says that it is so', async (t) => {
    const { nodes, lead, takeWrites, status } = createWorld(t);
    await lead();
    await nodes.run(60);
    nodes.rates.set('a', 0).set('b', 0);
    await nodes.run(60);
    takeWrites();
    const before = status();
    await nodes.run(600);
    const writes = takeWrites();
    assert.ok(writes >= 9 && writes <= 10, `${writes}`);
    const { observedTime: seen, ...ingestion } = status().ingestion!;
    const { observedTime: seenBefore, ...ingestionBefore } = before.ingestion!;
    assert.ok(Date.parse(seen!) - Date.parse(seenBefore!) >= 540_000);
    assert.deepEqual({ ...status(), ingestion }, { ...before, ingestion: ingestionBefore });
  });
});

test('another leader changes nothing until it has heard of all, and then has no gap in the rates', async (t) => {
  const { nodes, lead, status } = createWorld(t);
  await lead();
  await nodes.run(60);
  const before = status();
  await lead();
  await nodes.run(5);
  assert.deepEqual(status().ingestion, before.ingestion);
  assert.deepEqual(status().conditions, before.conditions);
  await nodes.run(30);
  assert.equal(status().ingestion?.flowsPerSecond, 300);
  assert.ok(status().ingestion!.totals!.flows! > before.ingestion!.totals!.flows!);
});

test('a collector that crashes and starts again makes no rate absurd', async (t) => {
  const { nodes, lead, status } = createWorld(t);
  await lead();
  await nodes.run(60);
  nodes.flows.set('a', 0);
  for (let step = 0; step < 6; step++) {
    await nodes.run(5);
    const { flowsPerSecond = 0 } = status().ingestion!;
    assert.ok(flowsPerSecond >= 200 && flowsPerSecond <= 300, `${flowsPerSecond}`);
  }
});

suite('totals', () => {
  const flows = (world: ReturnType<typeof createWorld>) => world.status().ingestion!.totals!.flows!;

  test('never fall, over rollouts, restarts and other leaders, and add up', async (t) => {
    const world = createWorld(t);
    const { nodes, lead, replace } = world;
    await lead();
    await nodes.run(60);
    let before = flows(world);
    const turns: (() => unknown)[] = [() => replace('a'), lead, () => nodes.restart('b'), () => replace('b'), lead];
    let sent = 60 * 300;
    for (const turn of turns) {
      await turn();
      for (let step = 0; step < 24; step++) {
        await nodes.run(5);
        assert.ok(flows(world) >= before, `${flows(world)} after ${before}`);
        before = flows(world);
      }
      sent += 120 * 300;
    }
    nodes.rates.set('a', 0).set('b', 0);
    await nodes.run(30);
    assert.equal(flows(world), sent);
    assert.equal(world.status().ingestion!.totals!.exported, sent);
    assert.equal(world.status().ingestion!.totals!.restarts, 1);
  });

  test('are in one object of the resource, which an operator that knows nothing of it leaves alone', async (t) => {
    const { nodes, lead, sums, writes } = createWorld(t);
    await lead();
    await nodes.run(300);
    const { ownerReferences = [], labels } = sums()!.metadata;
    assert.deepEqual([ownerReferences.length, ownerReferences[0].name, labels], [1, 'edge', undefined]);
    assert.ok(writes() <= 31, `${writes()} writes in 300 s`);
    const count = writes();
    nodes.rates.set('a', 0).set('b', 0);
    await nodes.run(30);
    const idle = writes();
    await nodes.run(120);
    assert.ok(idle - count <= 2 && writes() === idle, 'nothing is written while nothing comes');
  });

  test('stand still while they can’t be kept, and nothing else does', async (t) => {
    const world = createWorld(t);
    const { nodes, lead, refuse, condition } = world;
    await lead();
    await nodes.run(60);
    refuse(true);
    await nodes.run(15);
    const before = flows(world);
    nodes.exportState = 'failing';
    await nodes.run(60);
    assert.deepEqual([flows(world), condition('Exporting')?.status], [before, 'False']);
    refuse(false);
    nodes.rates.set('a', 0).set('b', 0);
    await nodes.run(30);
    assert.equal(flows(world), 135 * 300);
  });

  test('do not fall when that object is removed, damaged, or somebody else’s', async (t) => {
    for (const spoil of [
      (server: ApiServer) => server.remove(CONFIG_MAPS, `${KEY}-books`),
      (server: ApiServer) => {
        const object = server.get(CONFIG_MAPS, `${KEY}-books`) as DataObject;
        server.edit(CONFIG_MAPS, { ...object, binaryData: { 'sums.json.gz': 'AAAA' } } as DataObject);
      },
      (server: ApiServer) => {
        const { name, namespace } = server.get(CONFIG_MAPS, `${KEY}-books`)!.metadata;
        server.remove(CONFIG_MAPS, `${KEY}-books`);
        server.edit(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } });
      },
    ]) {
      const world = createWorld(t);
      await world.lead();
      await world.nodes.run(60);
      const before = flows(world);
      spoil(world.server);
      await world.lead();
      await world.nodes.run(60);
      assert.equal(flows(world), before + 60 * 300);
    }
  });
});
