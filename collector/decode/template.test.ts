import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hex } from '../pipeline/pipeline.fixture.ts';
import { readTemplate, recordEnd, type Template, type TemplateRecord } from './template.ts';

const MAX_FIELDS = 4;

function read(text: string, version: 9 | 10, options = false): TemplateRecord {
  const bytes = hex(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return readTemplate(view, 0, bytes.length, version, options, MAX_FIELDS);
}

function template(text: string, version: 9 | 10 = 10, options = false): Template {
  const record = read(text, version, options);
  assert.equal(record.kind, 'template');
  return (record as Extract<TemplateRecord, { kind: 'template' }>).template;
}

const iana = (id: number, length: number) => ({ pen: 0, id, length });
const overrun = (next: number) => ({ kind: 'bad', reason: 'runs over the end of its set', next });

describe('template records', () => {
  for (const [name, version, options, text, expected] of [
    ['v9', 9, false, '0100 0002  0008 0004  0004 0001', { id: 256, fields: [iana(8, 4), iana(4, 1)], minLength: 5 }],
    ['IPFIX', 10, false, 'ffff 0001  0008 0004', { id: 65_535, fields: [iana(8, 4)], minLength: 4 }],
    [
      'IPFIX, enterprise element',
      10,
      false,
      '0100 0002  8001 0004 0000 7279  0004 0001',
      { fields: [{ pen: 29_305, id: 1, length: 4 }, iana(4, 1)], minLength: 5 },
    ],
    [
      'IPFIX, variable length counts as its shortest',
      10,
      false,
      '0100 0002  0052 ffff  0004 0001',
      { fields: [iana(82, 65_535), iana(4, 1)], minLength: 2, variable: true },
    ],
    [
      'v9, variable length',
      9,
      false,
      '0100 0001  0052 ffff',
      { fields: [iana(82, 65_535)], minLength: 1, variable: true },
    ],
    ['v9: ids have no enterprise bit', 9, false, '0100 0001  8001 0004', { fields: [iana(32_769, 4)], minLength: 4 }],
    [
      'the same element twice',
      10,
      false,
      '0100 0002  0052 0001  0052 0002',
      { fields: [iana(82, 1), iana(82, 2)], minLength: 3 },
    ],
    ['fields without bytes are left out', 10, false, '0100 0002  0008 0000  0004 0001', { fields: [iana(4, 1)] }],
    [
      'v9 options: lengths in bytes, scope without bytes',
      9,
      true,
      '0100 0004 0008  0001 0000  0022 0004  0023 0001',
      { options: true, fields: [iana(34, 4), iana(35, 1)], minLength: 5 },
    ],
    [
      'IPFIX options: counts of fields',
      10,
      true,
      '0100 0002 0001  0095 0004  00a0 0008',
      { options: true, fields: [iana(149, 4), iana(160, 8)], minLength: 12 },
    ],
    [
      'IPFIX options: an enterprise element as scope',
      10,
      true,
      '0100 0001 0001  8002 0004 0000 0009',
      { fields: [{ pen: 9, id: 2, length: 4 }] },
    ],
    ['IPFIX options: only scopes', 10, true, '0100 0001 0001  0095 0004', { minLength: 4 }],
  ] as const) {
    test(name, () => {
      const found = template(text, version, options);
      assert.deepEqual(found, { ...found, ...expected });
      assert.equal(found.version, version);
      assert.deepEqual(found.raw, hex(text));
    });
  }

  for (const [name, version, options, text, expected] of [
    ['IPFIX withdrawal', 10, false, '0100 0000', { kind: 'withdrawal', next: 4 }],
    ['IPFIX withdrawal of all', 10, false, '0002 0000', { kind: 'withdrawal', next: 4 }],
    ['IPFIX withdrawal of options has no scope count', 10, true, '0100 0000', { kind: 'withdrawal', next: 4 }],
    ['v9 without fields', 9, false, '0100 0000', { kind: 'bad', reason: 'no field has a length', next: 4 }],
    [
      'only fields of no length',
      10,
      false,
      '0100 0002  0008 0000  000c 0000',
      { kind: 'bad', reason: 'no field has a length', next: 12 },
    ],
    ['an id of a set', 10, false, '00ff 0001  0008 0004', { kind: 'bad', reason: 'template id below 256', next: 8 }],
    [
      'one field more than the limit',
      10,
      false,
      '0100 0005  0008 0004  0008 0004  0008 0004  0008 0004  0008 0004',
      { kind: 'bad', reason: 'too many fields', next: 24 },
    ],
    [
      'IPFIX options without scope (RFC 7011 §3.4.2.2)',
      10,
      true,
      '0100 0001 0000  0008 0004',
      { kind: 'bad', reason: 'illegal scope count', next: 10 },
    ],
    [
      'IPFIX options with more scopes than fields',
      10,
      true,
      '0100 0001 0002  0008 0004',
      { kind: 'bad', reason: 'illegal scope count', next: 10 },
    ],
    ['a field specifier short', 10, false, '0100 0002  0008 0004', overrun(8)],
    ['an enterprise number short', 10, false, '0100 0001  8008 0004 0000', overrun(10)],
    ['an options header short', 10, true, '0100 0001', overrun(4)],
    [
      'v9 options with half a specifier',
      9,
      true,
      '0100 0002 0004  0001 0004 0002 0100',
      { kind: 'bad', reason: 'a length that is not of whole fields', next: 12 },
    ],
    ['v9 options with half a specifier, short', 9, true, '0100 0002 0004  0001 0004', overrun(10)],
    ['65,535 fields that are not there', 10, false, '0100 ffff  0008 0004', overrun(8)],
  ] as const) {
    test(`${name}: ${expected.kind}`, () => assert.deepEqual(read(text, version, options), expected));
  }

  test('a template keeps no more memory than its own', () => {
    assert.equal(template('0100 0001  0008 0004').raw.buffer.byteLength, 8);
  });
});

describe('where a record ends', () => {
  const fixed = template('0100 0001  0008 0004');
  const variable = template('0100 0002  0052 ffff  0004 0001');
  const v9 = template('0100 0001  0052 ffff', 9);

  for (const [name, of, text, end] of [
    ['fixed length', fixed, '0a000001 0a000002', 4],
    ['fixed length, nothing', fixed, '', -1],
    ['short form, empty string', variable, '00 06', 2],
    ['short form, longest', variable, `fe ${'61'.repeat(254)} 06`, 256],
    ['long form of a short value', variable, 'ff 0001 61 06', 5],
    ['long form of no value', variable, 'ff 0000 06', 4],
    ['long form, longer than 254', variable, `ff 0100 ${'61'.repeat(256)} 06`, 260],
    ['overrun by a value', variable, '05 61 06', -1],
    ['overrun by a length', variable, 'ff 00', -1],
    ['overrun by what follows', variable, '01 61', -1],
    ['v9', v9, '01 61', 2],
  ] as const) {
    test(name, () => {
      const bytes = hex(text);
      assert.equal(recordEnd(of, bytes, 0, bytes.length), end);
    });
  }
});
