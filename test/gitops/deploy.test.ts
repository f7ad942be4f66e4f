/** What is in `deploy/`: up to date with the chart, and such that one thing comes after the other. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { netflowCollector } from '../../crds/netflowcollector.ts';
import { requireHelm } from '../chart/helm.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy');
const read = (file: string) =>
  parseAllDocuments(readFileSync(join(DEPLOY, file), 'utf8')).map((document) => document.toJS() as KubernetesObject);

test('what is generated is what the chart and the health script come to', (t) => {
  if (!requireHelm(t)) return;
  execFileSync(process.execPath, [join(DEPLOY, 'generate.ts'), '--check'], { stdio: 'pipe' });
});

test('the manifest begins with what the rest needs, and names no helm', () => {
  const [namespace, definition, ...rest] = read('install.yaml');
  assert.deepEqual([namespace.kind, definition.kind], ['Namespace', 'CustomResourceDefinition']);
  assert.ok(rest.some(({ kind }) => kind === 'Deployment'));
  assert.doesNotMatch(readFileSync(join(DEPLOY, 'install.yaml'), 'utf8'), /helm/i);
});

test('the base of kustomize is that manifest', () => {
  const [{ resources }] = read('kustomization.yaml') as (KubernetesObject & { resources: string[] })[];
  assert.deepEqual(resources, ['install.yaml']);
});

suite('collectors', () => {
  for (const file of ['argocd/collectors/edge.yaml', 'flux/collectors/edge.yaml']) {
    test(`of ${file} are right, in a namespace that lets them run`, () => {
      const [namespace, resource] = read(file);
      assert.equal(namespace.metadata!.labels!['pod-security.kubernetes.io/enforce'], 'privileged');
      assert.equal(netflowCollector.parse(resource).metadata.namespace, namespace.metadata!.name);
    });
  }

  test('come in a later wave of Argo CD than the operator, and are not tried before the definition is there', () => {
    const [, { metadata }] = read('argocd/collectors/edge.yaml');
    assert.equal(metadata!.annotations!['argocd.argoproj.io/sync-wave'], '1');
    assert.equal(metadata!.annotations!['argocd.argoproj.io/sync-options'], 'SkipDryRunOnMissingResource=true');
    const chart = read('install.yaml').map(({ metadata }) => metadata!.annotations?.['argocd.argoproj.io/sync-wave']);
    assert.ok(chart.every((wave) => wave === undefined));
  });

  test('come after the operator in Flux', () => {
    const kustomizations = read('flux/netflow2traces.yaml').filter(({ kind }) => kind === 'Kustomization');
    const [operator, collectors] = kustomizations as (KubernetesObject & { spec: Record<string, unknown> })[];
    assert.deepEqual(collectors.spec.dependsOn, [{ name: operator.metadata!.name }]);
    assert.equal(operator.spec.wait, true);
  });
});
