/**
 * What Argo CD and Flux make of each thing that a status can say: the first by the Lua that it runs our script with,
 * the second by kstatus' own library, or by our expressions.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { evaluate } from '@marcbachmann/cel-js';
import { parseAllDocuments } from 'yaml';
import { COLLECTORS, pruneDaemonSet, type RawCollector } from '../../operator/cluster/kinds.ts';
import { CASES, type Case, TWO } from '../../operator/reconcile/status-cases.fixture.ts';
import { collector, KEY, OperatorWorld, withToken } from '../../operator/reconcile/world.fixture.ts';
import { updateConditions } from '../../operator/runtime/status-conditions.ts';
import { conditionsOf, type Reported } from '../../operator/status/reconcile-conditions.ts';
import { requireVerdicts, verdictsOf } from './verdicts.ts';

const FLUX = join(import.meta.dirname, '../../deploy/flux/netflow2traces.yaml');

type Health = Case['health'];
type Example = { name: string; health: Health; resource: (t: TestContext) => Promise<unknown> };

async function reconciled(t: TestContext, resource: RawCollector, given: (world: OperatorWorld) => void) {
  const world = new OperatorWorld();
  t.after(() => world.end());
  world.server.edit(COLLECTORS, resource);
  await world.start();
  given(world);
  await world.clock.advance(15_000);
  return { world, found: () => world.server.get(COLLECTORS, KEY) as RawCollector };
}

/** Two nodes run, and collectors report something. */
function reporting(reported: Reported): RawCollector {
  const status = { observedGeneration: 1, ...TWO };
  const metadata = { name: 'edge-collector', namespace: 'flows', generation: 1 };
  const daemonSet = pruneDaemonSet({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, status });
  const findings = { pods: { stuck: 0, dead: 0 }, podMonitorMissing: false, daemonSet };
  const conditions = updateConditions([], conditionsOf(findings, reported), 1, 0);
  const resource = collector();
  return {
    ...resource,
    metadata: { ...resource.metadata, generation: 1 },
    status: { observedGeneration: 1, conditions },
  };
}

const REJECTED = collector({ selection: { filter: 'source.prot == 53' } });
const EXAMPLES: Example[] = [
  ...CASES.map(({ name, given, health }) => ({
    name,
    health,
    resource: async (t: TestContext) => (await reconciled(t, collector(), given)).found(),
  })),
  {
    name: 'that the operator has not seen',
    health: ['InProgress', 'Progressing'],
    resource: async () => {
      const resource = collector();
      const status = { observedGeneration: -1 };
      return { ...resource, metadata: { ...resource.metadata, generation: 1 }, status };
    },
  },
  {
    name: 'that is new',
    health: ['InProgress', 'Progressing'],
    resource: async (t) => (await reconciled(t, collector(), () => {})).found(),
  },
  {
    name: 'with a wrong filter',
    health: ['Failed', 'Degraded'],
    resource: async (t) => (await reconciled(t, REJECTED, () => {})).found(),
  },
  {
    name: 'without a Secret that it names',
    health: ['Failed', 'Degraded'],
    resource: async (t) => (await reconciled(t, withToken, () => {})).found(),
  },
  {
    name: 'that is broken by a change, while its collectors run',
    health: ['Failed', 'Degraded'],
    resource: async (t) => {
      const { world, found } = await reconciled(t, collector(), (world) => world.schedule(TWO));
      const broken: RawCollector = { ...found(), spec: REJECTED.spec };
      world.server.edit(COLLECTORS, broken);
      await world.clock.advance(1_000);
      return found();
    },
  },
  {
    name: 'that was changed, and not looked at since',
    health: ['InProgress', 'Progressing'],
    resource: async (t) => {
      const { found } = await reconciled(t, collector(), (world) => world.schedule(TWO));
      const resource = found();
      return { ...resource, metadata: { ...resource.metadata, generation: resource.metadata.generation! + 1 } };
    },
  },
  {
    name: 'whose objects may not be written',
    health: ['Failed', 'Degraded'],
    resource: async (t) => {
      const world = new OperatorWorld();
      t.after(() => world.end());
      world.forbidden = /daemonsets/;
      world.server.edit(COLLECTORS, collector());
      await world.start();
      return world.server.get(COLLECTORS, KEY);
    },
  },
  {
    name: 'whose backend fails',
    health: ['Current', 'Degraded'],
    resource: async () =>
      reporting({ conditions: [{ status: 'False', reason: 'BackendFailing', message: 'ECONNREFUSED' }] }),
  },
  {
    name: 'whose node is lost',
    health: ['Current', 'Degraded'],
    resource: async () =>
      reporting({ lost: { reason: 'NodeLost', message: 'on c: it is gone', nodes: ['c'] }, conditions: [] }),
  },
];

test('Argo CD and kstatus see the health of a resource', async (t) => {
  if (!requireVerdicts(t)) return;
  const resources = await Promise.all(EXAMPLES.map(({ resource }) => resource(t)));
  const verdicts = verdictsOf(resources);
  for (const [index, { name, health }] of EXAMPLES.entries()) {
    const { kstatus, argo } = verdicts[index];
    await t.test(`${name}: ${health.join(', ')}`, () => {
      assert.deepEqual([kstatus.status, argo.status], health, JSON.stringify(verdicts[index]));
    });
  }
});

suite('Flux sees, by our expressions, what Argo CD does', () => {
  const FLUX_OF = { Healthy: 'current', Progressing: 'inProgress', Degraded: 'failed' } as const;
  for (const { name, health, resource } of EXAMPLES) {
    test(`${name}: ${FLUX_OF[health[1]]}`, async (t) => {
      const { metadata, status } = (await resource(t)) as Required<RawCollector>;
      const numbers = {
        observedGeneration: BigInt(status.observedGeneration!),
        generation: BigInt(metadata.generation!),
      };
      const object = {
        metadata: { ...metadata, generation: numbers.generation },
        status: { ...status, observedGeneration: numbers.observedGeneration },
      };
      // In this order: the first that holds counts.
      const found = (['inProgress', 'failed', 'current'] as const).find((name) => evaluate(EXPRESSIONS[name], object));
      assert.equal(found, FLUX_OF[health[1]]);
    });
  }
});

test('Stalled and Reconciling are never both there, and Ready is False with each', async (t) => {
  for (const { name, resource } of EXAMPLES) {
    const { conditions = [] } = ((await resource(t)) as RawCollector).status!;
    const is = (type: string) => conditions.find((condition) => condition.type === type)?.status;
    assert.ok(!(is('Stalled') && is('Reconciling')), name);
    if (is('Stalled') || is('Reconciling')) assert.equal(is('Ready'), 'False', name);
  }
});

type Expressions = { inProgress: string; failed: string; current: string };
const EXPRESSIONS = parseAllDocuments(readFileSync(FLUX, 'utf8'))
  .map((document) => document.toJS() as { spec: { healthCheckExprs?: Expressions[] } })
  .flatMap(({ spec }) => spec.healthCheckExprs ?? [])[0];
