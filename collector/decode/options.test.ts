import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '../pipeline/pipeline.fixture.ts';
import { readOptions } from './options.ts';
import { type Field, type Template, VARIABLE_LENGTH } from './template.ts';

const iana = (id: number, length: number): Field => ({ pen: 0, id, length });
const domain = iana(149, 4);

for (const [name, version, fields, text, expected] of [
  [
    'systemInitTimeMilliseconds',
    10,
    [domain, iana(160, 8)],
    '00000001 0000018cc251f400',
    { domain: 1, systemInitMs: 1_704_067_200_000 },
  ],
  ['the same of another length means nothing', 10, [iana(160, 4)], '65920080', {}],
  [
    'the same of variable length',
    10,
    [iana(160, VARIABLE_LENGTH)],
    '08 0000018cc251f400',
    { systemInitMs: 1_704_067_200_000 },
  ],
  ['the same of an enterprise means nothing', 10, [{ pen: 9, id: 160, length: 8 }], '0000018cc251f400', {}],
  [
    'exporterIPv4Address as scope',
    10,
    [iana(130, 4), domain],
    '0a000001 00000001',
    { domain: 1, exporterAddress: hex('0a000001') },
  ],
  [
    'exporterIPv6Address',
    10,
    [domain, iana(131, 16)],
    '00000001 20010db8000000000000000000000001',
    { domain: 1, exporterAddress: hex('20010db8000000000000000000000001') },
  ],
  ['an IPv4 address of 16 bytes means nothing', 10, [iana(130, 16)], '00'.repeat(16), {}],
  [
    'behind a variable length, short and long form',
    10,
    [iana(82, VARIABLE_LENGTH), iana(83, VARIABLE_LENGTH), iana(130, 4)],
    `02 6162 ff 0100 ${'61'.repeat(256)} 0a000002`,
    { exporterAddress: hex('0a000002') },
  ],
  [
    'behind a variable length in v9',
    9,
    [iana(82, VARIABLE_LENGTH), iana(130, 4)],
    '02 6162 0a000003',
    { exporterAddress: hex('0a000003') },
  ],
  ['sampling alone', 9, [iana(34, 4)], '00000064', {}],
] as [string, number, Field[], string, object][]) {
  test(name, () => {
    const template: Template = {
      version,
      id: 256,
      options: true,
      fields,
      minLength: 1,
      variable: false,
      raw: Buffer.of(),
    };
    const record = hex(text);
    const bytes = Buffer.concat([hex('ffff'), record, hex('ffff')]);
    const { options, next } = readOptions(template, bytes, 2, bytes.length - 2);
    assert.deepEqual(options, expected);
    assert.equal(next, 2 + record.length);
  });
}
