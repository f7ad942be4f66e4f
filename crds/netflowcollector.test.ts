import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import {
  changed,
  minimal,
  UNKNOWN_FIELDS,
  WRONG_BY_RULE,
  WRONG_BY_SCHEMA,
} from './netflowcollector/mistakes.fixture.ts';
import { netflowCollector } from './netflowcollector.ts';

const CRD = join(import.meta.dirname, 'netflow2traces.io_netflowcollectors.yaml');

test('everything but the endpoint has a default', () => {
  const { spec } = netflowCollector.parse(minimal());
  assert.deepEqual(spec.listeners, [{ protocol: 'netflow', name: 'netflow', host: '::', port: 2055 }]);
  assert.equal(spec.receiveBuffer, 32 * 2 ** 20);
  assert.equal(spec.otlp.retry.maxInterval, 30_000);
  assert.deepEqual(spec.pod.rollout, { maxSurge: '10%', maxUnavailable: 0 });
});

test('before the operator has seen a resource, its status says so', () => {
  const { properties } = parse(readFileSync(CRD, 'utf8')).spec.versions[0].schema.openAPIV3Schema;
  assert.deepEqual(properties.status.default, { observedGeneration: -1 });
  assert.equal(properties.status.properties.observedGeneration.minimum, -1);
});

test('a resource written out is the same when read again', () => {
  const resource = netflowCollector.parse(minimal());
  assert.deepEqual(netflowCollector.parse(z.encode(netflowCollector, resource)), resource);
});

suite('a wrong resource is refused at its field', () => {
  for (const { change, at, entry = '', message } of WRONG_BY_RULE) {
    test(`${JSON.stringify(change)}: ${message}`, () => {
      const issues = netflowCollector.safeParse(changed(change)).error?.issues ?? [];
      const found = issues.map((issue) => ({ at: formatPath(issue.path), message: issue.message }));
      // A wrong key of a mapping is told at the key; the API server tells it at the mapping.
      const keyed = issues.flatMap((issue) =>
        issue.code === 'invalid_key'
          ? [{ at: formatPath(issue.path.slice(0, -1)), message: issue.issues[0].message }]
          : [],
      );
      assert.ok(
        [...found, ...keyed].some((issue) => issue.at === `${at}${entry}` && issue.message === message),
        JSON.stringify(found),
      );
    });
  }
  for (const { change, at } of WRONG_BY_SCHEMA) {
    test(JSON.stringify(change), () => {
      const issues = netflowCollector.safeParse(changed(change)).error?.issues ?? [];
      const found = issues.map(({ path }) => formatPath(path));
      assert.ok(found.includes(at), `${at}: ${found}`);
    });
  }
  for (const { change, at } of UNKNOWN_FIELDS) {
    test(`${at} is unknown`, () => {
      const issues = netflowCollector.safeParse(changed(change)).error?.issues ?? [];
      const found = issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys' ? issue.keys.map((key) => formatPath([...issue.path, key])) : [],
      );
      assert.deepEqual(found, [at]);
    });
  }
});

suite('the CustomResourceDefinition', () => {
  type Node = { description?: string; properties?: Record<string, Node>; items?: Node; additionalProperties?: Node };
  const { versions } = parse(readFileSync(CRD, 'utf8')).spec;
  const schema: Node = versions[0].schema.openAPIV3Schema;

  test('describes every field, in a sentence', () => {
    const missing: string[] = [];
    (function walk({ properties = {}, items, additionalProperties }: Node, path: string): void {
      for (const [name, field] of Object.entries(properties)) {
        if (!/[.]$/.test(field.description ?? '') && path !== '') missing.push(`${path}.${name}`);
        walk(field, `${path}.${name}`);
      }
      for (const inner of [items, additionalProperties]) if (inner) walk(inner, `${path}[]`);
    })(schema, '');
    assert.deepEqual(missing, []);
  });

  test('shows what matters in kubectl get', () => {
    const columns: { name: string; priority?: number }[] = versions[0].additionalPrinterColumns;
    const shown = columns.filter(({ priority = 0 }) => priority === 0).map(({ name }) => name);
    assert.deepEqual(shown, ['Ready', 'Status', 'Flows/s', 'Errors/s', 'Lost%', 'Seen', 'Age']);
  });
});

/** As the API server writes it; keys of mappings that could be taken for a path are in brackets, too. */
function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' || String(key).includes('.') ? `[${String(key)}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
