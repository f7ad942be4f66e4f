/** The CustomResourceDefinition in a real API server: it and the zod schema must come to the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import * as z from 'zod';
import { resources } from '../../../crds/netflowcollector/arbitrary.fixture.ts';
import {
  changed,
  minimal,
  UNKNOWN_FIELDS,
  WRONG_BY_RULE,
  WRONG_BY_SCHEMA,
} from '../../../crds/netflowcollector/mistakes.fixture.ts';
import { netflowCollector } from '../../../crds/netflowcollector.ts';
import { connectApi } from '../api.ts';
import { startCluster } from '../cluster.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

const CRD = join(import.meta.dirname, '../../../crds/netflow2traces.io_netflowcollectors.yaml');
const COLLECTION = '/apis/netflow2traces.io/v1alpha1/namespaces/default/netflowcollectors';
const DRY_RUN = 'dryRun=All&fieldValidation=Strict';
/** Resources made up; CRD_RUNS=20000 takes a minute or two. */
const RUNS = Number(process.env.CRD_RUNS ?? 500);
const AT_ONCE = 50;

test('the CustomResourceDefinition', async (t) => {
  if (!requireCluster(t)) return;
  const cluster = await startCluster({ nodes: 0 });
  const api = await connectApi(cluster.kubeconfig, AT_ONCE);
  t.after(async () => {
    api.close();
    await cluster.kubectl(['delete', '--filename', CRD, '--ignore-not-found']).finally(cluster.stop);
  });
  await cluster.kubectl(['apply', '--server-side', '--filename', CRD]);
  await cluster.kubectl(['wait', '--for=condition=Established', '--filename', CRD, '--timeout=30s']);

  /** What `kubectl apply --dry-run=server` sends for a new resource. */
  const apply = async (resource: unknown) =>
    (await api.send('POST', `${COLLECTION}?${DRY_RUN}`, 'application/json', resource)) as Answer;

  await t.test('is explained by kubectl', async () => {
    let text = '';
    // The API server publishes its schema a moment after it serves the resource.
    await waitFor('the schema is published', 30, async () => {
      text = await cluster.kubectl(['explain', 'nfc.spec.otlp']);
      return true;
    });
    assert.match(text, /endpoint\t<string> -required-\n\s+URL of the backend\. http:\/\/ is plaintext/);
    assert.match(text, /protocol\t<string>\n\s+enum: grpc, http\/protobuf\n\s+How OTLP is spoken/);
    assert.doesNotMatch(text, /<no description>/);
  });

  await t.test('refuses a mistake when it is applied', async () => {
    const wrong = JSON.stringify(changed({ 'spec.otlp.endpoint': 'tempo:4317' }));
    await assert.rejects(
      cluster.kubectl(['apply', '--dry-run=server', '--filename', '-'], wrong),
      /The NetflowCollector "edge" is invalid: spec\.otlp\.endpoint: Invalid value: "tempo:4317": must begin with http:\/\/ or https:\/\/, such as https:\/\/tempo\.example:4317/,
    );
  });

  for (const { change, at, message } of [...WRONG_BY_RULE, ...WRONG_BY_SCHEMA]) {
    await t.test(`${JSON.stringify(change)}: ${message}`, async () => {
      const { status, body } = await apply(changed(change));
      const causes = body.details?.causes ?? [];
      const here = causes.filter(({ field }) => field === (at || '<nil>'));
      assert.equal(status, 422, body.message);
      assert.ok(
        here.some((cause) => cause.message.includes(message)),
        body.message,
      );
    });
  }

  for (const { change, message } of UNKNOWN_FIELDS) {
    await t.test(`${JSON.stringify(change)}: ${message}`, async () => {
      const { status, body } = await apply(changed(change));
      assert.equal(status, 400, body.message);
      assert.ok(body.message?.includes(message), body.message);
    });
  }

  await t.test(`takes what zod takes, with the same defaults, and refuses the rest (${RUNS} resources)`, async (t) => {
    const { spec } = parse(readFileSync(CRD, 'utf8')).spec.versions[0].schema.openAPIV3Schema.properties;
    let compared = 0;
    let accepted = 0;
    async function compare(resource: unknown): Promise<void> {
      const { status, body } = await apply(resource);
      compared++;
      const parsed = netflowCollector.safeParse(resource);
      const told = `${JSON.stringify(resource)}\n${body.message ?? 'accepted'}\n${parsed.error}`;
      assert.ok([200, 201, 400, 422].includes(status), told);
      assert.equal(status <= 201, parsed.success, told);
      if (!parsed.success) return;
      accepted++;
      const stored = { ...minimal(), ...(resource as object), spec: body.spec };
      assert.deepEqual(netflowCollector.parse(stored).spec, parsed.data.spec, told);
      const written = z.encode(netflowCollector, parsed.data).spec;
      assert.deepEqual(fixed(paths(body.spec)), fixed(paths(written)), `all defaults are filled in: ${told}`);
    }
    const batches = fc.array(resources(spec), { minLength: 1, maxLength: AT_ONCE, size: 'max' });
    await fc.assert(
      fc.asyncProperty(batches, async (batch) => void (await Promise.all(batch.map(compare)))),
      { numRuns: Math.ceil(RUNS / 20) },
    );
    t.diagnostic(`${accepted} of ${compared} were right`);
  });
});

type Answer = {
  status: number;
  body: { message?: string; spec?: object; details?: { causes?: { field: string; message: string }[] } };
};

/** Of paths, those whose default depends on no other field. */
function fixed(all: string[]): string[] {
  return all.filter((path) => !/^\.listeners\.\d+\.(name|port)$/.test(path));
}

/** Every path to a value within `value`. */
function paths(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, `${path}.${key}`))].sort();
}
