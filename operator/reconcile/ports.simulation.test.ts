import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pick, seeded } from '../../test/random.ts';
import { COLLECTORS, DAEMON_SETS, type DaemonSet, pruneDaemonSet, type RawCollector } from '../cluster/kinds.ts';
import { mayShareNode } from '../cluster/nodes.ts';
import { eachSeed } from '../runtime/harness.fixture.ts';
import { collector, NAMESPACE, OperatorWorld } from './world.fixture.ts';

const NAMES = ['edge', 'core', 'spine'];
const PORTS = [2055, 4739];
const ZONES = ['a', 'b', undefined];

test('whatever fails, no two collectors have a port on a node, and at last each gets what nobody else has', () =>
  eachSeed(async (seed) => {
    const random = seeded(seed);
    const world = new OperatorWorld(seed);
    world.faultRate = 0.1;
    for (const name of NAMES) edit(world, name, random);
    await world.start();
    for (let step = 0; step < 8; step++) {
      const action = random();
      const name = pick(random, NAMES);
      if (action < 0.2) await world.start();
      else if (action < 0.3) remove(world, name);
      else edit(world, name, random);
      await world.clock.advance(random() * 10_000);
      refuseShared(world);
    }
    world.faultRate = 0;
    for (const [index, name] of NAMES.entries()) write(world, name, PORTS[0] + 10 * index, undefined);
    await world.clock.advance(200_000);
    for (const name of NAMES) {
      assert.equal(world.conditions(`${NAMESPACE}/${name}`)[0], 'ConfigAccepted=True Accepted', name);
    }
    refuseShared(world);
    await world.end();
  }));

function edit(world: OperatorWorld, name: string, random: () => number): void {
  write(world, name, pick(random, PORTS), pick(random, ZONES));
}

/** The port of metrics is the next one. */
function write({ server }: OperatorWorld, name: string, port: number, zone: string | undefined): void {
  const old = server.get(COLLECTORS, `${NAMESPACE}/${name}`) as RawCollector | undefined;
  const pod = zone ? { pod: { nodeSelector: { zone } } } : {};
  const { spec, ...rest } = collector({ listeners: [{ port }], metrics: { port: port + 1 }, ...pod });
  const resource: RawCollector = { ...rest, metadata: { ...rest.metadata, ...old?.metadata, name }, spec };
  server.edit(COLLECTORS, old?.status ? ({ ...resource, status: old.status } as RawCollector) : resource);
}

/** With what it owns, as Kubernetes does. */
function remove({ server }: OperatorWorld, name: string): void {
  server.remove(COLLECTORS, `${NAMESPACE}/${name}`);
  server.remove(DAEMON_SETS, `${NAMESPACE}/${name}-collector`);
}

function refuseShared({ server }: OperatorWorld): void {
  const uids = new Set(server.objects(COLLECTORS).map(({ metadata }) => metadata.uid));
  // Others would be removed by Kubernetes: their resource went while they were written.
  const all = (server.objects(DAEMON_SETS) as DaemonSet[])
    .filter(({ metadata }) => uids.has(metadata.ownerReferences?.[0].uid))
    .map(pruneDaemonSet);
  for (const one of all) {
    for (const other of all.slice(all.indexOf(one) + 1)) {
      const shared = one.claim.ports.filter((port) => other.claim.ports.includes(port));
      if (shared.length === 0) continue;
      const names = `${one.metadata.name} and ${other.metadata.name} share ${shared}`;
      assert.ok(!mayShareNode(one.claim.nodes, other.claim.nodes), names);
    }
  }
}
