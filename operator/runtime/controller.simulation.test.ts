import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pick } from '../../test/random.ts';
import { type Applied, createApplier, pruneToApplied } from './apply.ts';
import { from, runController } from './controller.ts';
import {
  CHILDREN,
  createWorld,
  eachSeed,
  keptLog,
  MANAGER,
  METRICS,
  PARENTS,
  type Thing,
  thing,
  type World,
} from './harness.fixture.ts';
import { keyOf, refOf } from './resource.ts';
import { Store } from './store.ts';
import { watch } from './watch.ts';

const NAMES = ['a', 'b', 'c', 'd'];

suite('watches, stores, queue, controller and applier together', () => {
  test('make the world so under faults, put drift back, and then rest', () =>
    eachSeed(async (seed) => {
      const world = createWorld(seed, 0.15);
      const { clock, server, faults, random, stop } = world;
      const running = operate(world);
      for (let step = 0; step < 40; step++) {
        await clock.advance(random() * 4_000);
        disturb(world);
      }
      faults.rate = 0;
      // Until then a stalled stream may hide that a parent has gone.
      await clock.advance(400_000);
      await clock.until(() => isSo(world), 200_000);

      // At rest nothing is written, though time passes and streams are renewed.
      const version = server.version;
      await clock.advance(1_800_000);
      assert.equal(server.version, version, 'something was written');

      stop.abort();
      await clock.advance(0);
      await running;
      assert.equal(clock.pending, 0, 'a timer is left');
      assert.equal(server.openWatches, 0, 'a watch is left open');
    }));

  test('send nothing when nothing changed, and mend at once what somebody changes', async () => {
    const world = createWorld(7, 0);
    const { clock, server, stop } = world;
    server.edit(PARENTS, thing('a', 1));
    const requests: string[] = [];
    const running = operate(world, (method, key) => requests.push(`${method} ${key}`));
    await clock.advance(1_000);
    assert.deepEqual(requests, ['apply default/a']);
    const child = () => server.get(CHILDREN, 'default/a') as Thing;

    const steps: { name: string; act(): void; expected: string[] }[] = [
      { name: 'a write by us, seen again', act: () => {}, expected: [] },
      {
        name: 'a field that is not ours',
        act: () => edit(child(), { labels: { theirs: 'x' } }),
        expected: [],
      },
      {
        name: 'a field of ours',
        act: () => server.edit(CHILDREN, withValue(child(), 99)),
        expected: ['apply default/a'],
      },
      { name: 'deleted', act: () => server.remove(CHILDREN, 'default/a'), expected: ['apply default/a'] },
      {
        name: 'the parent',
        act: () => server.edit(PARENTS, withValue(server.get(PARENTS, 'default/a') as Thing, 2)),
        expected: ['apply default/a'],
      },
    ];
    for (const { name, act, expected } of steps) {
      requests.length = 0;
      act();
      await clock.advance(1_000);
      assert.deepEqual(requests, expected, name);
      assert.ok(isSo(world), name);
    }
    assert.equal(child().metadata.labels?.theirs, undefined, 'what went with the deleted object');
    stop.abort();
    await running;

    function edit(object: Thing, metadata: Partial<Thing['metadata']>): void {
      server.edit(CHILDREN, { ...object, metadata: { ...object.metadata, ...metadata } });
    }
  });
});

/** An operator that gives each parent a child with its value. */
function operate(world: World, onWrite: (verb: string, key: string) => void = () => {}): Promise<unknown> {
  const { client, clock, random, stop } = world;
  const { log } = keptLog();
  const parents = new Store<Thing>((object) => object, log);
  const children = new Store((object: Thing): Applied => pruneToApplied(object, MANAGER), log);
  const common = { client, log, clock, random };
  const applier = createApplier({ client, resource: CHILDREN, store: children, fieldManager: MANAGER });
  const busy = new Set<string>();

  async function reconcile(key: string, signal: AbortSignal) {
    assert.ok(!busy.has(key), `${key} twice at once`);
    busy.add(key);
    try {
      const parent = parents.get(key);
      if (!parent) {
        if ((await applier.remove(key, signal)) === 'deleted') onWrite('delete', key);
      } else {
        if ((await applier.ensure(childOf(parent), signal)) === 'applied') onWrite('apply', key);
      }
      return 'done' as const;
    } finally {
      busy.delete(key);
    }
  }

  const self = ({ metadata }: Thing | Applied) => [keyOf(metadata)];
  return Promise.all([
    watch({ ...common, resource: PARENTS, store: parents }, stop.signal),
    watch({ ...common, resource: CHILDREN, store: children }, stop.signal),
    runController(
      { name: 'parent', sources: [from(parents, self), from(children, self)], reconcile, metrics: METRICS, log, clock },
      stop.signal,
    ),
  ]);
}

function childOf(parent: Thing): Thing {
  const { name, uid = '' } = parent.metadata;
  const owner = { apiVersion: parent.apiVersion, kind: parent.kind, name, uid, controller: true };
  return { ...thing(name, parent.spec?.value ?? 0, { ownerReferences: [owner] }), kind: CHILDREN.kind };
}

/** What users, other controllers and accidents do. */
function disturb({ random, server }: World): void {
  const key = `default/${pick(random, NAMES)}`;
  const child = server.get(CHILDREN, key) as Thing | undefined;
  const action = random();
  if (action < 0.35) server.edit(PARENTS, thing(refOf(key).name, Math.floor(random() * 100)));
  else if (action < 0.5) server.remove(PARENTS, key);
  else if (action < 0.6) server.remove(CHILDREN, key);
  else if (action < 0.75 && child) server.edit(CHILDREN, withValue(child, -1));
  else if (action < 0.85 && child) {
    server.edit(CHILDREN, { ...child, metadata: { ...child.metadata, labels: { theirs: String(random()) } } });
  } else if (action < 0.95) server.compact();
}

function withValue(object: Thing, value: number): Thing {
  return { ...object, spec: { ...object.spec, value } };
}

function isSo({ server }: World): boolean {
  const values = (objects: unknown[]) =>
    (objects as Thing[]).map((o) => `${keyOf(o.metadata)}=${o.spec?.value}`).sort();
  return String(values(server.objects(PARENTS))) === String(values(server.objects(CHILDREN)));
}
