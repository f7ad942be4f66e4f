/** The chart with its demo: what it makes, and what `helm test` of it finds, as a process of this machine. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { V1Deployment, V1Job, V1RoleBinding, V1Service } from '@kubernetes/client-node';
import { netflowCollector } from '../../crds/netflowcollector.ts';
import { notes, render, renderTest, requireHelm } from './helm.ts';

const DEMO = { demo: { enabled: true } };

test('the demo', async (t) => {
  if (!requireHelm(t)) return;
  const objects = render(DEMO);
  const find = <T>(kind: string) =>
    objects.find((object) => object.kind === kind && object.metadata!.namespace === 'netflow-demo') as T;
  const job = find<V1Job>('Job');
  const [{ env = [] }] = job.spec!.template.spec!.containers;
  const manifest = netflowCollector.parse(JSON.parse(env.find(({ name }) => name === 'MANIFEST')!.value!));

  await t.test('is not there unless it is asked for', () => {
    assert.ok(!render().some(({ metadata }) => /demo/.test(metadata!.namespace ?? metadata!.name!)));
  });

  await t.test('sends to its own backend', () => {
    const { metadata, spec } = find<V1Service>('Service');
    const { port } = spec!.ports!.find(({ name }) => name === 'otlp')!;
    assert.equal(manifest.spec.otlp.endpoint, `http://${metadata!.name}.${metadata!.namespace}.svc:${port}`);
    const { template } = find<V1Deployment>('Deployment').spec!;
    assert.partialDeepStrictEqual(template.metadata!.labels, spec!.selector);
    assert.ok(template.spec!.containers[0].ports!.some(({ containerPort }) => containerPort === port));
  });

  await t.test('has another Job when its Job would be another', () => {
    const jobOf = (values: object) => render({ ...DEMO, ...values }).find(({ kind }) => kind === 'Job')!.metadata!.name;
    assert.equal(jobOf({}), job.metadata!.name);
    for (const values of [{ collectorImage: { tag: 'next' } }, { commonLabels: { team: 'net' } }]) {
      assert.notEqual(jobOf(values), job.metadata!.name, JSON.stringify(values));
    }
  });

  await t.test('is where the operator looks', () => {
    const watched = (namespaces: string[]) => render({ ...DEMO, watchNamespaces: namespaces });
    assert.throws(() => watched(['flows']), /watchNamespaces must have netflow-demo, or the operator does not see/);
    assert.ok(watched(['flows', 'netflow-demo']).length > 0);
    const named = (collectors: string[]) => render({ ...DEMO, rbac: { collectors } });
    assert.throws(() => named(['edge']), /rbac\.collectors must have demo, the name of the demo's NetflowCollector/);
    assert.ok(named(['demo']).length > 0);
  });

  await t.test('may use what OpenShift otherwise refuses', () => {
    const bindings = render({ ...DEMO, openshift: true }).filter(({ kind }) => kind === 'RoleBinding');
    const { subjects } = bindings.find(({ metadata }) => /-collector$/.test(metadata!.name!)) as V1RoleBinding;
    assert.equal(subjects![0].name, 'system:serviceaccounts:netflow-demo');
  });

  await t.test('tells how to see it, instead of what to apply', () => {
    const told = notes(DEMO);
    assert.match(told, /port-forward service\/jaeger 16686/);
    assert.match(told, /port-forward daemonset\/demo-collector 9464/);
    assert.doesNotMatch(told, /kubectl apply/);
  });

  await t.test('has the images that its document tells to load', () => {
    const told = readFileSync(join(import.meta.dirname, '../../docs/try-on-kubernetes.md'), 'utf8');
    const pods = objects.flatMap((object) => (object as V1Deployment).spec?.template?.spec?.containers ?? []);
    const images = new Set(pods.map(({ image }) => image!));
    assert.equal(images.size, 3);
    for (const image of images) assert.match(told, new RegExp(`load (docker-image )?(.* )?${image}$`, 'm'));
  });

  await t.test('is tested by a flow whose trace is found', async (t) => {
    const asked: URLSearchParams[] = [];
    const found = await runTest(t, (query) => {
      asked.push(query);
      return asked.length > 1 ? [{ traceID: 'abc' }] : [];
    });
    assert.equal(found.code, 0);
    assert.match(found.stdout, /^a flow from 198\.18\.\d+\.\d+ is in trace abc, after /);
    const source = JSON.parse(asked[0].get('tags')!)['source.address'];
    assert.equal(asked[0].get('service'), 'netflow2traces');
    // NetFlow v5 with one record: where its version, its count and the record's source address are.
    for (const packet of found.packets) {
      assert.deepEqual([packet.length, packet.readUInt16BE(0), packet.readUInt16BE(2)], [72, 5, 1]);
      assert.equal(packet.subarray(24, 28).join('.'), source);
    }
    assert.equal(found.packets.length, 2, 'it sends again: the first may have come too early');
  });

  await t.test('whose test fails when there is no trace of it', async (t) => {
    const { code, stdout } = await runTest(t, () => []);
    assert.equal(code, 1);
    assert.match(stdout, /^no trace of a flow from 198\.18\.\d+\.\d+ after /);
  });
});

/** Runs the pod's script with a collector and a Jaeger of our own. `answer`: the traces that a query finds. */
async function runTest(t: TestContext, answer: (query: URLSearchParams) => object[]) {
  const packets: Buffer[] = [];
  const collector = createSocket('udp4', (packet) => packets.push(packet)).bind(0, '127.0.0.1');
  await once(collector, 'listening');
  const jaeger = createServer(({ url }, response) => {
    const { searchParams } = new URL(url!, 'http://jaeger');
    response.end(JSON.stringify({ data: answer(searchParams) }));
  }).listen(0, '127.0.0.1');
  await once(jaeger, 'listening');
  t.after(() => {
    collector.close();
    jaeger.close();
  });

  const [{ command, args, env }] = renderTest(DEMO, 'demo-test').spec!.containers;
  const { SERVICE } = Object.fromEntries(env!.map(({ name, value }) => [name, value!]));
  const environment = {
    PATH: process.env.PATH,
    COLLECTOR: '127.0.0.1',
    PORT: String(collector.address().port),
    JAEGER: `http://127.0.0.1:${(jaeger.address() as AddressInfo).port}`,
    SERVICE,
    SECONDS: '2',
  };
  const run = promisify(execFile)(process.execPath, [...command!.slice(1), ...args!], { env: environment });
  const { stdout, code } = await run.then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
  return { stdout, code, packets };
}
