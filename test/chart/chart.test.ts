/** The chart rendered by the real helm: what comes of the defaults, of each value, and of mistakes. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { KubernetesObject, V1ConfigMap } from '@kubernetes/client-node';
import { parse, parseAllDocuments } from 'yaml';
import { netflowCollector } from '../../crds/netflowcollector.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { dashboards } from '../dashboards/dashboards.ts';
import { CHART, helm, notes, render, renderTest, renderText, requireHelm, sampleOf } from './helm.ts';
import { at, leaves, type Mapping, merged, nested } from './paths.ts';
import { CHANGES, MISTAKES } from './values.fixture.ts';

const GOLDEN = join(import.meta.dirname, 'default.golden.yaml');
const CRD = join(import.meta.dirname, '../../crds/netflow2traces.io_netflowcollectors.yaml');

test('the chart', async (t) => {
  if (!requireHelm(t)) return;

  await t.test('has nothing that helm complains of', () => {
    assert.match(helm(['lint', '--strict', CHART]), /0 chart\(s\) failed/);
  });

  await t.test('becomes what its golden file says; UPDATE_GOLDEN=1 renews it', () => {
    const text = renderText({ crd: { install: false } });
    if (process.env.UPDATE_GOLDEN) writeFileSync(GOLDEN, text);
    assert.equal(text, existsSync(GOLDEN) ? readFileSync(GOLDEN, 'utf8') : '');
  });

  await t.test('becomes the same each time', () => {
    assert.equal(renderText(), renderText());
  });

  await t.test('brings the CustomResourceDefinition, and leaves it when it goes', () => {
    const expected = parse(readFileSync(CRD, 'utf8'));
    expected.metadata.annotations = { 'helm.sh/resource-policy': 'keep' };
    assert.deepEqual(
      render().find(({ kind }) => kind === 'CustomResourceDefinition'),
      expected,
    );
  });

  await t.test('puts objects without a namespace of their own into the release’s', () => {
    const cluster = ['CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding'];
    for (const { kind, metadata } of render()) {
      assert.equal(metadata!.namespace, cluster.includes(kind!) ? undefined : 'netflow-system', kind);
    }
  });

  const defaults = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Mapping;
  const usual = render();
  for (const { path, value, kind, where, expected, beside } of CHANGES) {
    await t.test(`${path}: ${JSON.stringify(value)}`, () => {
      const found = (objects: KubernetesObject[]) => {
        const object = objects.find((object) => object.kind === kind);
        return at(object, where);
      };
      assert.deepEqual(found(render(merged(beside ?? {}, nested(path, value)))), expected);
      assert.notDeepEqual(found(beside ? render(beside) : usual), expected, 'it makes a difference');
    });
  }

  await t.test('has no value that is not tested here', () => {
    assert.deepEqual([...new Set(CHANGES.map(({ path }) => path))].sort(), leaves(defaults).sort());
  });

  await t.test('puts common labels and annotations on all objects and the operator’s pods', () => {
    const common = { labels: { team: 'net' }, annotations: { 'example.com/owner': 'net' } };
    const values = {
      commonLabels: common.labels,
      commonAnnotations: common.annotations,
      networkPolicy: { enabled: true },
      prometheus: { podMonitor: true, rules: true },
      grafana: { dashboards: true },
      openshift: true,
      demo: { enabled: true },
    };
    const others = { ...values, prometheus: { serviceMonitor: true } };
    const objects = [...render(values), ...render(others), renderTest(values), renderTest(values, 'demo-test')];
    const texts = renderText(values) + renderText(others);
    const rendered = [...texts.matchAll(/^# Source: netflow2traces\/templates\/(.*)$/gm)].map(([, name]) => name);
    const all = readdirSync(join(CHART, 'templates')).filter((name) => name.endsWith('.yaml'));
    assert.deepEqual(
      new Set(rendered).union(new Set(['test.yaml', 'demo-test.yaml'])),
      new Set(all),
      'no template is left out',
    );
    const pods = at(
      objects.find(({ kind }) => kind === 'Deployment'),
      'spec.template',
    ) as KubernetesObject;
    for (const { kind, metadata } of [...objects, pods]) {
      assert.partialDeepStrictEqual(metadata, common, kind);
    }
  });

  await t.test('brings all alerts of its file', () => {
    const rule = render({ prometheus: { rules: true } }).find(({ kind }) => kind === 'PrometheusRule');
    assert.deepEqual(at(rule, 'spec'), parse(readFileSync(join(CHART, 'files/alerts.yaml'), 'utf8')));
  });

  await t.test('brings all dashboards of its files', () => {
    const maps = render({ grafana: { dashboards: true } }).filter(({ kind }) => kind === 'ConfigMap') as V1ConfigMap[];
    const brought = maps
      .flatMap(({ data = {} }) => Object.entries(data))
      .map(([file, text]) => [file, JSON.parse(text)]);
    assert.deepEqual(
      brought,
      dashboards.map(({ file, ...dashboard }) => [file, dashboard]),
    );
  });

  await t.test('binds the operator to the namespaces that it shall watch, and to no other', () => {
    const bindings = render({ watchNamespaces: ['flows', 'lab'] }).filter(({ kind }) => kind!.endsWith('Binding'));
    assert.deepEqual(bindings.map(({ kind, metadata }) => [kind, metadata!.namespace, metadata!.name]).sort(), [
      ['ClusterRoleBinding', undefined, 'netflow2traces-reports'],
      ['RoleBinding', 'flows', 'netflow2traces'],
      ['RoleBinding', 'lab', 'netflow2traces'],
      ['RoleBinding', 'netflow-system', 'netflow2traces-leader-election'],
    ]);
  });

  for (const { path, value, message } of MISTAKES) {
    await t.test(`refuses ${path}: ${JSON.stringify(value)}`, () => {
      assert.throws(() => render(nested(path, value)), message);
    });
  }

  await t.test('tells of a resource that can be applied as it is', () => {
    const [namespace, resource] = parseAllDocuments(sampleOf(notes())).map((document) => document.toJS());
    netflowCollector.parse(resource);
    assert.equal(resource.metadata.namespace, namespace.metadata.name);
    assert.equal(namespace.metadata.labels['pod-security.kubernetes.io/enforce'], 'privileged');
  });

  await t.test('tells of a resource that the operator sees', () => {
    const sample = sampleOf(notes({ watchNamespaces: ['lab', 'flows'], rbac: { collectors: ['core'] } }));
    const { metadata } = parseAllDocuments(sample)[1].toJS();
    assert.deepEqual(metadata, { name: 'core', namespace: 'lab' });
  });

  await t.test('tells where the CustomResourceDefinition is when it is not installed', () => {
    assert.match(notes({ crd: { install: false } }), /--show-only templates\/crd\.yaml \| kubectl apply --server-side/);
    assert.doesNotMatch(notes(), /show-only/);
  });
});

test('the chart has the program’s version', () => {
  const { version, appVersion } = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
  assert.deepEqual([version, appVersion], [packageJson.version, packageJson.version]);
});

test('nothing is made up while rendering, run as a hook but for `helm test`, or held by a finalizer', () => {
  for (const name of readdirSync(join(CHART, 'templates'))) {
    const text = readFileSync(join(CHART, 'templates', name), 'utf8');
    const actions = (text.match(/\{\{.*?\}\}/gs) ?? []).join('\n');
    assert.doesNotMatch(actions, /\b(lookup|now|rand\w+|uuidv4|gen[A-Z]\w+)\b/, name);
    assert.doesNotMatch(text, /finalizers:|helm\.sh\/hook(?!: test$|-delete-policy:)/m, name);
  }
});
