import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pick, seeded } from '../../test/random.ts';
import {
  COLLECTORS,
  CONFIG_MAPS,
  DAEMON_SETS,
  POD_MONITORS,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from '../cluster/kinds.ts';
import { eachSeed } from '../runtime/harness.fixture.ts';
import { type KubeObject, keyOf, type Resource } from '../runtime/resource.ts';
import { KEY, NAMESPACE, OperatorWorld, withToken } from './world.fixture.ts';

const KINDS: Resource[] = [SERVICE_ACCOUNTS, CONFIG_MAPS, SECRETS, DAEMON_SETS, SERVICES, POD_MONITORS];
const SPECS = [
  {},
  { listeners: [{ port: 4739 }] },
  { metrics: { podMonitor: true } },
  { service: { type: 'NodePort' } },
  { pod: { image: 'mine:1', labels: { team: 'net' } } },
];

test('whatever fails, and wherever the operator ends, the same comes out at last, and then it rests', () =>
  eachSeed(async (seed) => {
    const random = seeded(seed);
    const world = new OperatorWorld(seed);
    world.podMonitors = true;
    // Every other operator has a watch for each name.
    if (seed % 2) world.sight = { namespaces: [NAMESPACE, 'other'], collectors: ['core', 'edge'] };
    world.server.edit(COLLECTORS, withToken);
    world.faultRate = 0.15;
    for (let step = 0; step < 12; step++) {
      await disturb(world, random);
      await world.clock.advance(random() * 20_000);
    }
    world.faultRate = 0;
    world.secret('last');
    const { spec } = world.server.get(COLLECTORS, KEY) as typeof withToken;
    await world.start();
    // Until then a write that stalled, a stream that is silent or a long backoff may be left.
    await world.clock.advance(400_000);

    const calm = new OperatorWorld();
    calm.podMonitors = true;
    calm.secret('last');
    calm.server.edit(COLLECTORS, { ...withToken, spec } as KubeObject);
    await calm.start();
    await calm.clock.advance(100_000);
    assert.deepEqual(made(world), made(calm));
    assert.deepEqual(world.conditions(), calm.conditions());

    world.takeWrites();
    await world.clock.advance(600_000);
    assert.deepEqual(world.takeWrites(), [], 'something was written at rest');
    await Promise.all([world.end(), calm.end()]);
    assert.equal(world.clock.pending, 0, 'a timer is left');
  }));

/** What users, other programs and accidents do. */
async function disturb(world: OperatorWorld, random: () => number): Promise<void> {
  const { server } = world;
  const action = random();
  if (action < 0.3) return world.start();
  if (action < 0.5) {
    const resource = server.get(COLLECTORS, KEY) as typeof withToken;
    const next = { ...resource, spec: { ...(withToken.spec as object), ...pick(random, SPECS) } };
    server.edit(COLLECTORS, next);
  } else if (action < 0.6) world.secret(String(random()));
  else if (action < 0.7) server.remove(SECRETS, `${NAMESPACE}/backend`);
  else {
    const kind = pick(random, KINDS);
    const objects = server.objects(kind).filter(({ metadata }) => metadata.name !== 'backend');
    if (objects.length === 0) return;
    const object = pick(random, objects);
    if (action < 0.85) server.remove(kind, keyOf(object.metadata));
    else
      server.edit(kind, {
        ...object,
        metadata: { ...object.metadata, labels: { ...object.metadata.labels, 'app.kubernetes.io/instance': 'x' } },
      });
  }
}

/** What is there, without what the server adds. */
function made({ server }: OperatorWorld): unknown[] {
  return KINDS.flatMap((kind) => server.objects(kind))
    .map(({ metadata: { name, labels, annotations }, ...rest }) => ({ name, labels, annotations, ...rest }))
    .map((object) => JSON.parse(JSON.stringify(object, sorted)) as { kind: string; name: string })
    .sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1));
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
