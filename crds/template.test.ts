import assert from 'node:assert/strict';
import { test } from 'node:test';
import { templateRequest } from './template.ts';

const template = {
  ...{ listener: 'netflow', address: '10.0.0.1', port: 2_000, version: 10, domain: 0, options: false, exportTime: 77 },
  ...{ receivedAt: 100, record: 'AQAAAQAEAAE=' },
};

for (const [name, body, taken] of [
  ['news', { cursor: 0, templates: [template] }, true],
  ['options data', { cursor: 0, templates: [{ ...template, data: { domain: 7, record: 'AQAAAQ==' } }] }, true],
  ['a field of a later version', { cursor: 0, templates: [{ ...template, color: 'red' }] }, true],
  ['nothing', undefined, false],
  ['a cursor that is none', { cursor: -1, templates: [] }, false],
  ['too many templates', { cursor: 0, templates: Array(1_025).fill(template) }, false],
  ['a record that is not base64', { cursor: 0, templates: [{ ...template, record: '!' }] }, false],
  ['data that are not base64', { cursor: 0, templates: [{ ...template, data: { domain: 7, record: '!' } }] }, false],
  ['a version without templates', { cursor: 0, templates: [{ ...template, version: 5 }] }, false],
] as const) {
  test(`${name}: ${taken ? 'taken' : 'refused'}`, () => {
    assert.equal(templateRequest.safeParse(body).success, taken);
  });
}
