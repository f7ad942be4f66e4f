/** Each field of a resource changed on a real API server: which objects change, and whether pods are replaced. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withChange } from '../../../crds/netflowcollector/mistakes.fixture.ts';
import type { RawCollector } from '../../../operator/cluster/kinds.ts';
import { full } from '../../../operator/manifests/resources.fixture.ts';
import { startCluster } from '../cluster.ts';
import { POD_MONITOR_DEFINITION } from '../collector.fixture.ts';
import { installRights, removeNamespace, startOperator } from '../operator-process.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';
import { before, FIELDS, type Part, referredTo } from './fields.fixture.ts';

const { namespace, name } = full.metadata;
const SECONDS = 30;
/** The operator looks for PodMonitors once a minute. */
const PATIENCE_SECONDS = 120;

test('a change of a field', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 0 });
  const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', namespace!, ...args], input);
  let operator: Awaited<ReturnType<typeof startOperator>> | undefined;
  t.after(async () => {
    await operator?.kill();
    await cluster
      .kubectl(['delete', 'crd', POD_MONITOR_DEFINITION.metadata.name, '--ignore-not-found'])
      .then(() => removeNamespace(cluster, namespace!))
      .finally(cluster.stop);
  });
  const apply = (object: object) => kubectl(['apply', '--server-side', '--filename', '-'], JSON.stringify(object));
  await cluster.kubectl(['create', 'namespace', namespace!]);
  await apply({ apiVersion: 'v1', kind: 'List', items: [POD_MONITOR_DEFINITION, ...referredTo()] });
  await installRights(cluster);
  operator = await startOperator(cluster);

  /** Applies the resource and resolves when the operator has done all that it can. */
  async function settled(resource: unknown): Promise<NonNullable<RawCollector['status']>> {
    await apply(resource as object);
    const seen = await waitFor('the operator has seen it', SECONDS, async () => {
      const { metadata, status } = JSON.parse(await kubectl(['get', 'nfc', name, '--output=json'])) as RawCollector;
      return status?.observedGeneration === metadata.generation ? status : undefined;
    });
    return seen!;
  }
  async function parts(): Promise<Record<Part, string>> {
    const kinds = 'daemonsets,services,configmaps,secrets,podmonitors,serviceaccounts';
    const selector = `--selector=app.kubernetes.io/instance=${name}`;
    const { items } = JSON.parse(await kubectl(['get', kinds, selector, '--output=json'])) as { items: Owned[] };
    const find = (kind: string, ending = '-collector') =>
      items.find((item) => item.kind === kind && item.metadata.name === name + ending);
    const { template, ...rest } = find('DaemonSet')!.spec as { template: object };
    const service = find('Service')!;
    const values = {
      ConfigMap: find('ConfigMap')!.data,
      Secret: decoded(find('Secret', '-otlp')!.data!),
      DaemonSet: { ...rest, annotations: withoutGeneration(find('DaemonSet')!.metadata.annotations) },
      pods: template,
      Service: { ...service.spec, annotations: service.metadata.annotations },
      'metrics Service': find('Service', '-metrics')?.spec ?? {},
      PodMonitor: find('PodMonitor')?.spec ?? {},
      ServiceAccount: find('ServiceAccount')!.metadata.annotations,
    };
    return Object.fromEntries(
      Object.entries(values).map(([part, value]) => [part, JSON.stringify(value, chosen)]),
    ) as Parts;
  }

  await waitFor('the PodMonitor is there', PATIENCE_SECONDS, async () => {
    await settled(before);
    return (await parts()).PodMonitor !== '{}';
  });
  const original = await parts();

  for (const [field, [change, changed, text]] of Object.entries(FIELDS)) {
    const where = changed.join(', ') || 'refused';
    await t.test(`spec.${field}: ${where}`, async () => {
      const { conditions } = await settled(withChange(before, change));
      const degraded = conditions?.find(({ type }) => type === 'Degraded');
      if (changed.length === 0) {
        assert.equal(degraded?.status, 'True');
        assert.ok(degraded.message.includes(text), degraded.message);
        return;
      }
      assert.equal(degraded?.status, 'False', degraded?.message);
      const now = await parts();
      const differing = (Object.keys(original) as Part[]).filter((part) => now[part] !== original[part]);
      assert.deepEqual(differing.sort(), [...changed].sort());
      const has = (all: Parts) => differing.some((part) => all[part].includes(text));
      assert.notEqual(has(now), has(original), `${text} is in both or in none`);
    });
  }

  await t.test('that an object can not bear is done when that object is deleted, as the resource says', async () => {
    const { conditions } = await settled(withChange(before, FIELDS['service.loadBalancerClass'][0]));
    const { message } = conditions!.find(({ type }) => type === 'Degraded')!;
    assert.match(message, /delete that object, and it is created again$/);
    await kubectl(['delete', 'service', `${name}-collector`]);
    await kubectl(['wait', '--for=condition=Degraded=False', `nfc/${name}`, `--timeout=${PATIENCE_SECONDS}s`]);
    assert.match((await parts()).Service, /example\.com\/other/);
  });
});

type Parts = Record<Part, string>;
type Owned = {
  kind: string;
  metadata: { name: string; annotations?: Record<string, string> };
  spec?: object;
  data?: Record<string, string>;
};

function decoded(data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, String(Buffer.from(value, 'base64'))]));
}

/** Ports that the API server chooses are left out. */
function chosen(key: string, value: unknown): unknown {
  return /nodePort$/i.test(key) ? undefined : value;
}

/** Without what the DaemonSet's controller counts. */
function withoutGeneration({ 'deprecated.daemonset.template.generation': _, ...rest }: Record<string, string> = {}) {
  return rest;
}
