/** That the table of fields is whole; what is in it, `api/fields.test.ts` tries on a real API server. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { StructuralSchema } from '../../crds/generate/structural.ts';
import { FIELDS } from './api/fields.fixture.ts';

const CRD = join(import.meta.dirname, '../../crds/netflow2traces.io_netflowcollectors.yaml');

test('no field of a resource is left out', () => {
  const { schema } = parse(readFileSync(CRD, 'utf8')).spec.versions[0];
  assert.deepEqual(Object.keys(FIELDS).sort(), fieldsOf(schema.openAPIV3Schema.properties.spec).sort());
});

/** Paths of all that can be set, as in the reference. */
function fieldsOf({ properties, items }: StructuralSchema, path = ''): string[] {
  if (items?.properties) return fieldsOf(items, `${path}[]`);
  if (!properties) return [path];
  return Object.entries(properties).flatMap(([key, schema]) => fieldsOf(schema, path ? `${path}.${key}` : key));
}
