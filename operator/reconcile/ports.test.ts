import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { COLLECTORS, DAEMON_SETS, type DaemonSet, type RawCollector } from '../cluster/kinds.ts';
import { PODS } from '../cluster/pods.ts';
import { keyOf } from '../runtime/resource.ts';
import { collector, KEY, OperatorWorld } from './world.fixture.ts';

/** Older than any that has a time. */
const EDGE = collector();
const OTHER = 'other/core';
const ACCEPTED = 'ConfigAccepted=True Accepted';
const REFUSED = 'ConfigAccepted=False PortConflict';
const ANNOTATION = 'netflow2traces.io/ports';
const OWN_PORTS = { listeners: [{ port: 4739 }], metrics: { port: 9465 } };
const zone = (value: string) => ({ pod: { nodeSelector: { zone: value } } });

function other(spec: object = {}, name = 'core'): RawCollector {
  const metadata = { name, namespace: 'other', creationTimestamp: '2026-01-01T00:00:00Z' };
  return { ...collector(spec), metadata };
}

async function started(t: TestContext, ...resources: RawCollector[]): Promise<OperatorWorld> {
  const world = new OperatorWorld();
  t.after(() => world.end());
  for (const resource of resources) world.server.edit(COLLECTORS, resource);
  await world.start();
  return world;
}

/** As `kubectl replace` does. */
async function edit(world: OperatorWorld, resource: RawCollector): Promise<void> {
  const { metadata, status } = world.server.get(COLLECTORS, keyOf(resource.metadata)) as RawCollector;
  const edited: RawCollector = { ...resource, metadata, status };
  world.server.edit(COLLECTORS, edited);
  await world.clock.advance(1_000);
}

const accepted = (world: OperatorWorld, key: string) => world.conditions(key)[0];
const daemonSetOf = (world: OperatorWorld, key: string) =>
  world.server.get(DAEMON_SETS, `${key}-collector`) as DaemonSet | undefined;
const portsOf = (world: OperatorWorld, key: string) =>
  daemonSetOf(world, key)?.spec?.template?.metadata?.annotations?.[ANNOTATION];

suite('a port that another collector has', () => {
  test('is refused, with what to do', async (t) => {
    const world = await started(t, EDGE);
    world.server.edit(COLLECTORS, other({ metrics: { port: 9465 } }));
    await world.clock.advance(1_000);
    assert.equal(accepted(world, KEY), ACCEPTED);
    assert.equal(accepted(world, OTHER), REFUSED);
    assert.match(
      world.message('ConfigAccepted', OTHER),
      /^spec\.listeners: the UDP port 2055 is that of NetflowCollector flows\/edge; pods of both .*choose another port/,
    );
    assert.equal(daemonSetOf(world, OTHER), undefined);
    assert.ok(world.events().includes('Warning PortConflict'));
  });

  test('is refused for metrics as well', async (t) => {
    const world = await started(t, EDGE, other({ listeners: [{ port: 4739 }] }));
    assert.equal(accepted(world, OTHER), REFUSED);
    assert.match(world.message('ConfigAccepted', OTHER), /^spec\.metrics\.port: the TCP port 9464 is .*edge; pods/);
  });

  test('is refused for sFlow as well, whose port nobody has written', async (t) => {
    const sflow = { listeners: [{}, { protocol: 'sflow' }] };
    const written = { listeners: [{ port: 4739 }, { name: 'any', port: 6343 }], metrics: { port: 9465 } };
    const world = await started(t, collector(sflow), other(written));
    assert.deepEqual([accepted(world, KEY), accepted(world, OTHER)], [ACCEPTED, REFUSED]);
    assert.match(world.message('ConfigAccepted', OTHER), /^spec\.listeners: the UDP port 6343 is .*edge; pods/);
    await edit(world, collector());
    await world.clock.advance(1_000);
    assert.equal(accepted(world, OTHER), ACCEPTED);
    assert.equal(portsOf(world, OTHER), 'udp/4739,udp/6343,tcp/9465');
  });

  for (const [name, spec] of [
    ['is not in the way of other ports', OWN_PORTS],
    ['is not in the way of the other protocol', { listeners: [{ port: 9464 }], metrics: { port: 2055 } }],
  ] as const) {
    test(name, async (t) => {
      const world = await started(t, EDGE, other(spec));
      assert.deepEqual([accepted(world, KEY), accepted(world, OTHER)], [ACCEPTED, ACCEPTED]);
    });
  }

  test('is not in the way on other nodes', async (t) => {
    const world = await started(t, collector(zone('a')), other(zone('b')));
    assert.deepEqual([accepted(world, KEY), accepted(world, OTHER)], [ACCEPTED, ACCEPTED]);
    await edit(world, other(zone('a')));
    assert.equal(accepted(world, OTHER), REFUSED);
    assert.deepEqual(daemonSetOf(world, OTHER)?.spec?.template?.spec?.nodeSelector?.zone, 'b');
  });

  for (const [name, release] of [
    ['goes', (world: OperatorWorld) => world.server.remove(COLLECTORS, KEY)],
    ['takes another', (world: OperatorWorld) => edit(world, collector(OWN_PORTS))],
    ['goes to other nodes', (world: OperatorWorld) => edit(world, collector(zone('b')))],
  ] as const) {
    test(`is given at once when that one ${name}`, async (t) => {
      const world = await started(t, EDGE, other(zone('a')));
      assert.equal(accepted(world, OTHER), REFUSED);
      await release(world);
      await world.clock.advance(1_000);
      assert.equal(accepted(world, OTHER), ACCEPTED);
      assert.equal(portsOf(world, OTHER), 'udp/2055,tcp/9464');
    });
  }

  test('is not given before the last pod that has it is replaced', async (t) => {
    const world = await started(t, EDGE, other());
    world.pod('one', {}, { [ANNOTATION]: 'udp/2055,tcp/9464' });
    await edit(world, collector(OWN_PORTS));
    assert.deepEqual([accepted(world, KEY), accepted(world, OTHER)], [ACCEPTED, REFUSED]);
    await world.clock.advance(31_000);
    assert.match(
      world.message('ConfigAccepted', OTHER),
      /^spec\.listeners: the UDP port 2055 is still that of pods of NetflowCollector flows\/edge, which are being replaced on one; /,
    );
    await world.start();
    assert.equal(accepted(world, OTHER), REFUSED, 'also by another operator');
    world.server.remove(PODS, `${KEY}-one`);
    await world.clock.advance(1_000);
    assert.equal(accepted(world, OTHER), ACCEPTED);
  });

  test('is not given while its pods run on with it, whatever is written', async (t) => {
    const world = await started(t, EDGE, other());
    const token = { secretKeyRef: { name: 'backend', key: 'token' } };
    const incomplete = { ...OWN_PORTS, otlp: { endpoint: 'http://tempo.tracing:4317', bearerToken: token } };
    await edit(world, collector(incomplete));
    assert.equal(accepted(world, KEY), 'ConfigAccepted=False CredentialsIncomplete');
    await world.clock.advance(60_000);
    assert.equal(accepted(world, OTHER), REFUSED);
    await world.start();
    await world.clock.advance(60_000);
    assert.equal(accepted(world, OTHER), REFUSED, 'also by another operator');
    world.secret('t');
    await world.clock.advance(60_000);
    assert.equal(accepted(world, OTHER), ACCEPTED);
  });
});

suite('of two that want a port', () => {
  test('the older one gets it', async (t) => {
    const world = await started(
      t,
      { ...EDGE, metadata: { ...EDGE.metadata, creationTimestamp: '2026-02-01T00:00:00Z' } },
      other(),
    );
    assert.deepEqual([accepted(world, KEY), accepted(world, OTHER)], [REFUSED, ACCEPTED]);
  });

  test('the one that has it keeps it', async (t) => {
    const world = await started(t, EDGE, other(OWN_PORTS));
    await edit(world, collector({ listeners: [{ port: 4739 }] }));
    assert.deepEqual([accepted(world, KEY), accepted(world, OTHER)], [REFUSED, ACCEPTED]);
    assert.equal(portsOf(world, KEY), 'udp/2055,tcp/9464');
    await world.start();
    assert.deepEqual([accepted(world, KEY), accepted(world, OTHER)], [REFUSED, ACCEPTED]);
    await edit(world, other({ ...OWN_PORTS, listeners: [{ port: 6343 }] }));
    await world.clock.advance(1_000);
    assert.equal(accepted(world, KEY), ACCEPTED);
  });

  test('both of which have it, the older one keeps it, and the pods of the other run on', async (t) => {
    const world = await started(t, EDGE, other(OWN_PORTS));
    await world.end();
    const daemonSet = daemonSetOf(world, OTHER)!;
    const template = { ...daemonSet.spec?.template, metadata: { annotations: { [ANNOTATION]: 'udp/2055,tcp/9465' } } };
    const edited: DaemonSet = { ...daemonSet, spec: { template } };
    world.server.edit(DAEMON_SETS, edited);
    const resource = world.server.get(COLLECTORS, OTHER) as RawCollector;
    world.server.edit(COLLECTORS, { ...other({ metrics: { port: 9465 } }), metadata: resource.metadata });
    await world.start();
    assert.deepEqual([accepted(world, KEY), accepted(world, OTHER)], [ACCEPTED, REFUSED]);
    assert.ok(daemonSetOf(world, OTHER));
  });
});
