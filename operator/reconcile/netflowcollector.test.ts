import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import {
  COLLECTORS,
  CONFIG_MAPS,
  DAEMON_SETS,
  POD_MONITORS,
  type RawCollector,
  SECRETS,
  SERVICES,
} from '../cluster/kinds.ts';
import { type KubeObject, keyOf } from '../runtime/resource.ts';
import { CASES, runsAgain, TWO } from './status-cases.fixture.ts';
import { collector, DAEMON_SET, IMAGE, KEY, NAMESPACE, OperatorWorld, withToken } from './world.fixture.ts';

const ALL = [
  'PATCH serviceaccounts/edge-collector',
  'PATCH configmaps/edge-collector',
  'PATCH secrets/edge-otlp',
  'PATCH daemonsets/edge-collector',
  'PATCH services/edge-collector',
  'PATCH services/edge-metrics',
];
const STATUS = 'PATCH netflowcollectors/edge/status';

async function started(t: TestContext, resource = collector()): Promise<OperatorWorld> {
  const world = new OperatorWorld();
  t.after(() => world.end());
  world.server.edit(COLLECTORS, resource);
  await world.start();
  return world;
}

suite('a new resource', () => {
  test('becomes its objects, what pods need before the pods', async (t) => {
    const world = await started(t);
    assert.deepEqual(world.takeWrites(), [...ALL, STATUS]);
    assert.deepEqual(world.conditions(), [
      'ConfigAccepted=True Accepted',
      'Degraded=False AsExpected',
      'Progressing=True NotStarted',
      'Ready=False NotStarted',
      'Reconciling=True NotStarted',
    ]);
    assert.equal(world.reason(), 'NotStarted');
    assert.deepEqual(world.events(), ['Normal NotStarted']);
  });

  test('is not started while what it refers to is missing, and is as soon as it is there', async (t) => {
    const world = await started(t, withToken);
    assert.deepEqual(world.takeWrites(), [STATUS]);
    assert.deepEqual(world.conditions(), [
      'ConfigAccepted=False CredentialsIncomplete',
      'Degraded=True ConfigNotAccepted',
      'Progressing=False Blocked',
      'Ready=False CredentialsIncomplete',
      'Stalled=True CredentialsIncomplete',
    ]);
    assert.equal(world.reason(), 'CredentialsIncomplete');
    assert.match(
      world.message('ConfigAccepted'),
      /^spec\.otlp\.bearerToken\.secretKeyRef: Secret "backend" .* create it/,
    );
    assert.deepEqual(world.events(), ['Warning CredentialsIncomplete', 'Warning ConfigNotAccepted']);
    world.secret('t');
    await world.clock.advance(31_000);
    assert.deepEqual(world.takeWrites(), [...ALL, STATUS]);
  });

  test('is started without the names of networks that it lacks, which is told until they are there', async (t) => {
    const networks = { configMapKeyRef: { name: 'networks', key: 'networks.csv' } };
    const world = await started(t, collector({ spans: { attributes: { networks } } }));
    assert.deepEqual(world.takeWrites(), [...ALL, STATUS]);
    assert.equal(world.conditions()[1], 'Degraded=True NetworksMissing');
    assert.match(
      world.message('Degraded'),
      /^spans are without names .*networks\.configMapKeyRef: ConfigMap "networks" does not exist .* create it$/,
    );
    assert.ok(world.events().includes('Warning NetworksMissing'));
    world.configMap('networks', { 'networks.csv': 'prefix,site' });
    await world.clock.advance(31_000);
    assert.equal(world.conditions()[1], 'Degraded=False AsExpected');
    assert.deepEqual(world.takeWrites(), [STATUS]);
  });

  test('is started without the file of elements that it lacks, which is told', async (t) => {
    const elements = { configMapKeyRef: { name: 'elements', key: 'elements.csv' } };
    const world = await started(t, collector({ elements }));
    assert.equal(world.conditions()[1], 'Degraded=True ElementsMissing');
    assert.match(
      world.message('Degraded'),
      /^spans are without names of own elements: spec\.elements\.configMapKeyRef: ConfigMap "elements" .* create it$/,
    );
  });

  test('that this version does not understand is left as it is', async (t) => {
    const world = await started(t, collector({ workers: 2, colour: 'blue' }));
    assert.deepEqual(world.takeWrites(), [STATUS]);
    assert.equal(world.conditions()[0], 'ConfigAccepted=False InvalidSpec');
    assert.match(world.message('ConfigAccepted'), /colour/);
  });
});

suite('an operator that sees only some objects', () => {
  const CLUSTER_WIDE = /^(?!.*\/namespaces\/(flows|other)\/)(?!\/apis\/monitoring.coreos.com\/v1$)/;
  const UNNAMED = /\/(secrets|configmaps)\?(?!.*metadata\.name=(edge|core)-(otlp|collector|reports)(&|$))/;

  async function narrow(t: TestContext, resource: RawCollector, unreadable: RegExp, collectors: string[] = []) {
    const world = new OperatorWorld();
    t.after(() => world.end());
    world.sight = { namespaces: [NAMESPACE, 'other'], collectors };
    world.unreadable = unreadable;
    world.server.edit(COLLECTORS, resource);
    await world.start();
    return world;
  }
  const elsewhere = (namespace: string) => ({
    ...collector({ listeners: [{ port: 4739 }], metrics: { port: 9500 } }),
    metadata: { name: 'edge', namespace },
  });

  test('serves each of its namespaces, and asks for nothing in others', async (t) => {
    const world = await narrow(t, collector(), CLUSTER_WIDE);
    assert.deepEqual(world.takeWrites(), [...ALL, STATUS]);
    world.server.edit(COLLECTORS, elsewhere('other'));
    world.server.edit(COLLECTORS, elsewhere('third'));
    await world.clock.advance(1_000);
    const namespaces = world.server.objects(DAEMON_SETS).map(({ metadata }) => metadata.namespace);
    assert.deepEqual(namespaces, [NAMESPACE, 'other']);
  });

  test('does with rights on Secrets and ConfigMaps by name, and sees when somebody takes one away', async (t) => {
    const world = await narrow(t, withToken, UNNAMED, ['edge', 'core']);
    world.secret('t');
    await world.clock.advance(31_000);
    assert.deepEqual(world.takeWrites(), [STATUS, ...ALL, STATUS]);
    for (const [resource, name] of [
      [SECRETS, 'edge-otlp'],
      [CONFIG_MAPS, 'edge-collector'],
    ] as const) {
      world.server.remove(resource, `${NAMESPACE}/${name}`);
      await world.clock.advance(1_000);
      assert.ok(world.server.get(resource, `${NAMESPACE}/${name}`), name);
    }
  });
});

test('a wrong expression is told with its column, and leaves all as it is', async (t) => {
  const world = await started(t, collector({ selection: { filter: 'true && source.prot == 53' } }));
  assert.deepEqual(world.takeWrites(), [STATUS]);
  assert.equal(world.conditions()[0], 'ConfigAccepted=False InvalidSpec');
  assert.match(
    world.message('ConfigAccepted'),
    /^spec\.selection\.filter: is wrong at column 9: no attribute is called source\.prot; there are source\.address, /,
  );
});

suite('the status of a resource', () => {
  for (const { name, given, conditions, reason, message, ready } of CASES) {
    test(name, async (t) => {
      const world = await started(t);
      given(world);
      await world.clock.advance(15_000);
      assert.deepEqual(world.conditions(), ['ConfigAccepted=True Accepted', ...conditions]);
      assert.match(world.message('Degraded'), message);
      assert.equal(world.reason(), reason);
      if (ready) assert.equal((world.nodes() as { ready: string }).ready, ready);
    });
  }

  test('tells for ten minutes of a collector that ended and runs again', async (t) => {
    const world = await started(t);
    world.schedule(TWO);
    const end = { exitCode: 137, reason: 'OOMKilled', finishedAt: '2030-01-01T00:00:01Z' };
    world.pod('two', runsAgain(end));
    await world.clock.advance(590_000);
    assert.equal(world.reason(), 'OutOfMemory');
    await world.clock.advance(15_000);
    assert.equal(world.reason(), 'AllAvailable');
  });

  test('says what the API server refuses', async (t) => {
    const world = new OperatorWorld();
    t.after(() => world.end());
    world.forbidden = /daemonsets/;
    world.server.edit(COLLECTORS, collector());
    await world.start();
    assert.ok(world.conditions().includes('Degraded=True ApplyForbidden'));
    assert.match(world.message('Degraded'), /the quota is used up/);
    world.forbidden = undefined;
    await world.clock.advance(31_000);
    assert.ok(world.conditions().includes('Degraded=False AsExpected'));
  });

  test('says whose name is taken, and leaves that object alone', async (t) => {
    const world = new OperatorWorld();
    t.after(() => world.end());
    const theirs = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'edge-collector', namespace: NAMESPACE } };
    world.server.edit(SERVICES, theirs);
    world.server.edit(COLLECTORS, collector());
    await world.start();
    assert.ok(world.conditions().includes('Degraded=True NameTaken'));
    assert.deepEqual(world.server.get(SERVICES, `${KEY}-collector`)?.metadata.labels, undefined);
  });

  test('is written at most once in ten seconds while only counts change', async (t) => {
    const world = await started(t);
    world.schedule({ ...TWO, desiredNumberScheduled: 60, updatedNumberScheduled: 0 });
    await world.clock.advance(20_000);
    world.takeWrites();
    for (let available = 0; available < 60; available++) {
      world.schedule({
        ...TWO,
        desiredNumberScheduled: 60,
        updatedNumberScheduled: available,
        numberAvailable: available,
      });
      await world.clock.advance(1_000);
    }
    await world.clock.advance(20_000);
    const writes = world.takeWrites();
    assert.ok(writes.length <= 8, String(writes.length));
    assert.deepEqual(world.nodes(), { ready: '59/60', desired: 60, updated: 59, available: 59 });
  });
});

suite('what runs', () => {
  test('is left alone: nothing is written in an hour', async (t) => {
    const world = await started(t, withToken);
    world.secret('t');
    await world.clock.advance(31_000);
    world.schedule(TWO);
    await world.clock.advance(15_000);
    const { version } = world.server;
    world.takeWrites();
    await world.clock.advance(3_600_000);
    assert.deepEqual(world.takeWrites(), []);
    assert.equal(world.server.version, version);
  });

  test('is put back when somebody deletes or changes it', async (t) => {
    const world = await started(t);
    world.takeWrites();
    world.server.remove(CONFIG_MAPS, `${KEY}-collector`);
    await world.clock.advance(1_000);
    assert.deepEqual(world.takeWrites(), ['PATCH configmaps/edge-collector']);
    const service = world.server.get(SERVICES, `${KEY}-collector`) as KubeObject & { spec: object };
    world.server.edit(SERVICES, { ...service, spec: { ...service.spec, type: 'NodePort' } } as KubeObject);
    await world.clock.advance(1_000);
    assert.deepEqual(world.takeWrites(), ['PATCH services/edge-collector']);
  });

  test('gets a rotated token, and no other object is touched', async (t) => {
    const world = await started(t, withToken);
    world.secret('first');
    await world.clock.advance(31_000);
    world.takeWrites();
    world.secret('second');
    await world.clock.advance(31_000);
    assert.deepEqual(world.takeWrites(), ['PATCH secrets/edge-otlp']);
  });

  test('keeps its last good credentials and configuration when what it refers to is gone', async (t) => {
    const world = await started(t, withToken);
    world.secret('t');
    await world.clock.advance(31_000);
    world.schedule(TWO);
    await world.clock.advance(15_000);
    world.takeWrites();
    world.server.remove(SECRETS, `${NAMESPACE}/backend`);
    const { spec, ...rest } = world.server.get(COLLECTORS, KEY) as typeof withToken;
    world.server.edit(COLLECTORS, {
      ...rest,
      spec: { ...(spec as object), listeners: [{ port: 4739 }] },
    } as KubeObject);
    await world.clock.advance(31_000);
    assert.deepEqual(world.takeWrites(), [STATUS]);
    assert.deepEqual(world.conditions(), [
      'ConfigAccepted=False CredentialsIncomplete',
      'Degraded=True ConfigNotAccepted',
      'Progressing=False Blocked',
      'Ready=False CredentialsIncomplete',
      'Stalled=True CredentialsIncomplete',
    ]);
    assert.match(world.message('Degraded'), /run on/);
  });

  test('is not touched when the resource goes: Kubernetes removes what it owned', async (t) => {
    const world = await started(t);
    world.takeWrites();
    world.server.remove(COLLECTORS, KEY);
    await world.clock.advance(60_000);
    assert.deepEqual(world.takeWrites(), []);
  });
});

suite('the image', () => {
  type Pods = KubeObject & { spec: { template: { spec: { containers: { image: string }[] } } } };
  const daemonSet = (world: OperatorWorld) => world.server.get(DAEMON_SETS, DAEMON_SET) as Pods;
  const image = (world: OperatorWorld) => daemonSet(world).spec.template.spec.containers[0].image;

  test('stays when the operator is another, until somebody wants another', async (t) => {
    const world = await started(t);
    assert.equal(image(world), IMAGE);
    await world.start('registry.example/collector:2');
    assert.equal(image(world), IMAGE);

    const edit = (spec: object) => {
      const resource = world.server.get(COLLECTORS, KEY) as KubeObject;
      world.server.edit(COLLECTORS, { ...resource, ...collector(spec), metadata: resource.metadata });
      return world.clock.advance(1_000);
    };
    await edit({ pod: { image: 'mine:3' } });
    assert.equal(image(world), 'mine:3');
    await edit({});
    assert.equal(image(world), IMAGE);

    const { metadata, ...rest } = daemonSet(world);
    world.server.edit(DAEMON_SETS, { ...rest, metadata: { ...metadata, annotations: {} } });
    await world.clock.advance(1_000);
    assert.equal(image(world), 'registry.example/collector:2');
  });
});

test('a PodMonitor is made once the cluster has them, and removed when it is not wanted', async (t) => {
  const world = await started(t, collector({ metrics: { podMonitor: true } }));
  const count = () => world.server.objects(POD_MONITORS).length;
  assert.equal(count(), 0);
  assert.match(world.message('ConfigAccepted'), /install the Prometheus operator/);
  world.podMonitors = true;
  await world.clock.advance(130_000);
  assert.equal(count(), 1);
  assert.doesNotMatch(world.message('ConfigAccepted'), /Prometheus/);

  const resource = world.server.get(COLLECTORS, KEY) as KubeObject;
  world.server.edit(COLLECTORS, { ...resource, ...collector(), metadata: resource.metadata });
  await world.clock.advance(1_000);
  assert.equal(count(), 0);
});

test('a PodMonitor is waited for again when the cluster has them no more', async (t) => {
  const world = new OperatorWorld();
  t.after(() => world.end());
  world.podMonitors = true;
  world.server.edit(COLLECTORS, collector({ metrics: { podMonitor: true } }));
  await world.start();
  await world.clock.advance(60_000);
  world.podMonitors = false;
  for (const { metadata } of world.server.objects(POD_MONITORS)) world.server.remove(POD_MONITORS, keyOf(metadata));
  await world.clock.advance(130_000);
  assert.match(world.message('ConfigAccepted'), /install the Prometheus operator/);
  assert.ok(world.conditions().includes('Degraded=False AsExpected'), world.message('Degraded'));
  world.podMonitors = true;
  await world.clock.advance(130_000);
  assert.equal(world.server.objects(POD_MONITORS).length, 1);
});

test('one that an earlier operator left is removed too', async (t) => {
  const world = new OperatorWorld();
  t.after(() => world.end());
  world.podMonitors = true;
  world.server.edit(COLLECTORS, collector({ metrics: { podMonitor: true } }));
  await world.start();
  await world.clock.advance(60_000);
  assert.equal(world.server.objects(POD_MONITORS).length, 1);
  await world.end();
  const resource = world.server.get(COLLECTORS, KEY) as KubeObject;
  world.server.edit(COLLECTORS, { ...resource, ...collector(), metadata: resource.metadata });
  await world.start();
  await world.clock.advance(60_000);
  assert.equal(world.server.objects(POD_MONITORS).length, 0);
});
