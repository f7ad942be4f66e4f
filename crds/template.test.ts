import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as z from 'zod';
import type { AnnouncedFact } from './fact.ts';
import { apart, fillMessage, MAX_EXCHANGE_BYTES, packTemplates, templateRequest, unpackTemplates } from './template.ts';

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

suite('versions with and without facts understand each other', () => {
  const fact = (kind: string, values: Record<string, unknown> = {}) => ({
    ...{ listener: 'netflow', address: '10.0.0.1', port: 0, version: 10 as const, domain: 5, receivedAt: 100 },
    fact: { kind, id: 3, ...values },
  });
  const told = { cursor: 0, templates: [template], facts: [fact('interface', { name: 'Gi0/3' })] };

  test('what has no facts is taken', () => {
    assert.deepEqual(templateRequest.parse({ cursor: 0, templates: [] }).facts, []);
  });

  test('facts are not seen by who does not know them', () => {
    const before = z.object({ cursor: z.int(), templates: z.array(z.object({ listener: z.string() })) });
    assert.deepEqual(before.parse(told), { cursor: 0, templates: [{ listener: 'netflow' }] });
  });

  test('a kind of a later version is passed on as it is', () => {
    const facts = [...told.facts, fact('clock', { offset: 1.5, unit: 's' })] as AnnouncedFact[];
    assert.deepEqual(templateRequest.parse({ ...told, facts }).facts, facts);
    const speakers = { 'netflow 10.0.0.1 0 10 5': { name: 'edge-collector-x', uid: 'a' } };
    const copy = packTemplates({ announced: facts, speakers });
    assert.deepEqual(unpackTemplates(copy), { announced: facts, speakers });
  });

  for (const [name, wrong] of [
    ['a value that is neither text nor number', fact('x', { list: [1] })],
    ['a text that is too long', fact('x', { name: 'x'.repeat(513) })],
    ['too many values', fact('x', Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`v${index}`, 1])))],
    ['no kind', { ...fact('x'), fact: { id: 1 } }],
    ['nothing', null],
  ] as const) {
    test(`a fact with ${name} is left out, and nothing else`, () => {
      const { templates, facts } = templateRequest.parse({ ...told, facts: [wrong, ...told.facts] });
      assert.deepEqual([templates.length, facts], [1, told.facts]);
    });
  }

  test('too many facts are refused', () => {
    assert.equal(templateRequest.safeParse({ ...told, facts: Array(1_025).fill(told.facts[0]) }).success, false);
  });

  test('a message of facts is of bounded size, whatever their texts are', () => {
    const facts = Array.from({ length: 2_000 }, (_, id) => fact('interface', { id, name: '\u0001'.repeat(256) }));
    const message = apart(fillMessage(facts as AnnouncedFact[]));
    assert.ok(Buffer.byteLength(JSON.stringify(message)) <= MAX_EXCHANGE_BYTES);
  });
});
