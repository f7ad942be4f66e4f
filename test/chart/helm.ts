/** The chart, and helm as the tests of `test/cluster` build it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { haveTools, tool } from '../cluster/tools.ts';

export const CHART = join(import.meta.dirname, '../../charts/netflow2traces');
export const RELEASE = 'netflow2traces';
export const NAMESPACE = 'netflow-system';

/** Skips a test, and returns false, where helm is not built; on CI, where it must be, throws instead. */
export function requireHelm(t: TestContext): boolean {
  if (haveTools()) return true;
  const reason = 'helm is not built yet: npm run cluster:build does it';
  if (process.env.CI) throw new Error(reason);
  t.skip(reason);
  return false;
}

/** Runs helm. Returns what it prints; throws an error whose message ends with its error output. */
export function helm(args: readonly string[], values: unknown = {}): string {
  return execFileSync(tool('helm'), args, { input: JSON.stringify(values), encoding: 'utf8', stdio: 'pipe' });
}

/** The objects that a release with `values` consists of. */
export function render(values: unknown = {}): KubernetesObject[] {
  return objectsIn(renderText(values));
}

/** The same as text. */
export function renderText(values: unknown = {}): string {
  return template(values, '--skip-tests');
}

/** The pod that `helm test` runs; with `name` 'demo-test', the one it runs when there is the demo. */
export function renderTest(values: unknown = {}, name: 'test' | 'demo-test' = 'test'): V1Pod {
  return objectsIn(template(values, '--show-only', `templates/${name}.yaml`))[0] as V1Pod;
}

function template(values: unknown, ...flags: string[]): string {
  return helm(['template', RELEASE, CHART, '--namespace', NAMESPACE, '--values', '-', ...flags], values);
}

function objectsIn(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
}

/** What is told after an installation. */
export function notes(values: unknown = {}): string {
  const args = ['install', RELEASE, CHART, '--namespace', NAMESPACE, '--dry-run=client', '--output', 'json'];
  const release = JSON.parse(helm([...args, '--values', '-'], values)) as { info: { notes: string } };
  return release.info.notes;
}

/** The manifest in what is told after an installation, as somebody would paste it. */
export function sampleOf(told: string): string {
  return /^kubectl apply --filename - <<'EOF'\n([\s\S]*?)^EOF$/m.exec(told)![1];
}
