import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TemplateRegistry } from './registry.ts';
import { templatesRoute } from './route.ts';

const identity = { collector: 'netflow/edge', pod: { uid: 'u', name: 'p', node: 'n' } };
const template = {
  ...{ listener: 'netflow', address: '10.0.0.1', port: 2_000, version: 10, domain: 0, options: false, exportTime: 77 },
  ...{ receivedAt: 100, record: 'AQAAAQAEAAE=' },
};

for (const [name, body, status] of [
  ['news', { cursor: 0, templates: [template] }, 200],
  ['a field of a later version', { cursor: 0, templates: [{ ...template, color: 'red' }] }, 200],
  ['nothing', undefined, 400],
  ['a cursor that is none', { cursor: -1, templates: [] }, 400],
  ['too many templates', { cursor: 0, templates: Array(1_025).fill(template) }, 400],
  ['a record that is not base64', { cursor: 0, templates: [{ ...template, record: '!' }] }, 400],
  ['a version without templates', { cursor: 0, templates: [{ ...template, version: 5 }] }, 400],
] as const) {
  test(`${name}: ${status}`, () => {
    assert.equal(templatesRoute(new TemplateRegistry(() => {}), () => true).answer(identity, body).status, status);
  });
}

test('a resource that is gone is not known', () => {
  const route = templatesRoute(new TemplateRegistry(() => {}), () => false);
  assert.equal(route.answer(identity, { cursor: 0, templates: [] }).status, 404);
});
