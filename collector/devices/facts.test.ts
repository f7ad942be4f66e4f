import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTemplate, type Template, VARIABLE_LENGTH } from '../decode/template.ts';
import { hex } from '../pipeline/pipeline.fixture.ts';
import { type Fact, factOf, readFacts, type ToldFact } from './facts.ts';

type Specifier = readonly [element: number, length: number, pen?: number];

const DOMAIN: Specifier = [149, 4];
/** Scope System of v9 (RFC 3954 §6.1). */
const SYSTEM: Specifier = [1, 4];
const boot: Fact = { kind: 'boot', id: 0, ms: 1_704_067_200_000 };
const original = (address: string): Fact => ({ kind: 'original exporter', id: 0, address });
const rate = (kind: string, id: number | string, interval: number) =>
  ({ kind: `rate of ${kind}`, id, interval }) as Fact;

/** A template whose first `scopes` fields are its scope, as a device exports it. */
function optionsTemplate(version: 9 | 10, scopes: number, specifiers: readonly Specifier[]): Template {
  const fields = specifiers.map(([element, length, pen]) => {
    const bytes = Buffer.alloc(pen === undefined ? 4 : 8);
    bytes.writeUInt16BE(element + (pen === undefined ? 0 : 0x8000), 0);
    bytes.writeUInt16BE(length, 2);
    if (pen !== undefined) bytes.writeUInt32BE(pen, 4);
    return bytes;
  });
  const header = Buffer.alloc(6);
  header.writeUInt16BE(256, 0);
  header.writeUInt16BE(version === 9 ? 4 * scopes : fields.length, 2);
  header.writeUInt16BE(version === 9 ? 4 * (fields.length - scopes) : scopes, 4);
  const bytes = Buffer.concat([header, ...fields]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = readTemplate(view, 0, bytes.length, version, true, 100);
  assert.equal(read.kind, 'template');
  return (read as { template: Template }).template;
}

for (const [name, version, scopes, specifiers, text, expected, domain] of [
  ['systemInitTimeMilliseconds', 10, 1, [DOMAIN, [160, 8]], '00000001 0000018cc251f400', [boot], 1],
  ['the same of another length', 10, 1, [[160, 6]], '018cc251f400', [boot]],
  ['the same of more than 8 bytes means nothing', 10, 1, [[160, 9]], '000000018cc251f400', []],
  ['the same of variable length', 10, 1, [[160, VARIABLE_LENGTH]], '08 0000018cc251f400', [boot]],
  ['the same of an enterprise means nothing', 10, 1, [[160, 8, 9]], '0000018cc251f400', []],
  ['exporterIPv4Address as scope', 10, 2, [[130, 4], DOMAIN], '0a000001 00000001', [original('0a000001')], 1],
  [
    'exporterIPv6Address',
    10,
    1,
    [DOMAIN, [131, 16]],
    '00000000 20010db8000000000000000000000001',
    [original('20010db8000000000000000000000001')],
    0,
  ],
  ['an IPv4 address of 16 bytes means nothing', 10, 1, [[130, 16]], '11'.repeat(16), []],
  ['an address of zeros means nothing', 10, 1, [[130, 4]], '00000000', []],
  [
    'behind a variable length, short and long form',
    10,
    1,
    [
      [210, VARIABLE_LENGTH],
      [210, VARIABLE_LENGTH],
      [130, 4],
    ],
    `02 6162 ff 0100 ${'61'.repeat(256)} 0a000002`,
    [original('0a000002')],
  ],
  [
    'v9: a domain is no element',
    9,
    1,
    [SYSTEM, [149, 4], [130, 4]],
    '00000001 00000002 0a000003',
    [original('0a000003')],
  ],

  [
    'behind a variable length in v9',
    9,
    1,
    [SYSTEM, [82, VARIABLE_LENGTH], [130, 4]],
    '00000001 02 6162 0a000003',
    [original('0a000003')],
  ],

  // Sampling: RFC 3954 §8, RFC 5477 §8.2.
  ['34 of the system', 9, 1, [SYSTEM, [34, 4], [35, 1]], '00000001 00000064 02', [rate('domain', 0, 100)]],
  [
    'v9 scope of no length',
    9,
    1,
    [
      [1, 0],
      [34, 4],
    ],
    '00000064',
    [rate('domain', 0, 100)],
  ],
  [
    'v9 scope interface',
    9,
    1,
    [
      [2, 2],
      [34, 4],
    ],
    '0007 00000064',
    [rate('interface', 7, 100)],
  ],
  [
    'v9 scope line card',
    9,
    1,
    [
      [3, 4],
      [50, 2],
    ],
    '00000002 0400',
    [rate('line card', 2, 1_024)],
  ],
  [
    'v9 scope template',
    9,
    1,
    [
      [5, 2],
      [34, 4],
    ],
    '0101 00000064',
    [rate('template', 257, 100)],
  ],
  [
    'v9 sampler and its name',
    9,
    1,
    [SYSTEM, [48, 1], [84, 6], [49, 1], [50, 4]],
    '00000001 03 534d50310000 02 000007d0',
    [rate('sampler', 3, 2_000), rate('sampler name', 'SMP1', 2_000)],
  ],
  ['an interval of 0 is no longer one', 9, 1, [SYSTEM, [34, 4]], '00000001 00000000', [rate('domain', 0, 0)]],
  [
    'IPFIX scope domain',
    10,
    1,
    [DOMAIN, [304, 2], [305, 4], [306, 4]],
    '00000000 0001 00000001 00001387',
    [rate('domain', 0, 5_000)],
    0,
  ],
  [
    'one of two and a half',
    10,
    1,
    [DOMAIN, [305, 4], [306, 4]],
    '00000001 00000002 00000003',
    [rate('domain', 0, 2.5)],
    1,
  ],
  [
    'IPFIX scope template',
    10,
    2,
    [DOMAIN, [145, 2], [34, 4]],
    '00000001 0102 00000064',
    [rate('template', 258, 100)],
    1,
  ],
  [
    'size and population',
    10,
    1,
    [
      [302, 8],
      [304, 2],
      [309, 4],
      [310, 4],
    ],
    '0000000000000001 0003 00000001 00000100',
    [rate('selector', 1, 256)],
  ],
  [
    'probability',
    10,
    1,
    [
      [302, 4],
      [311, 8],
    ],
    '00000005 3f50624dd2f1a9fc',
    [rate('selector', 5, 1_000)],
  ],
  [
    'probability as float32',
    10,
    1,
    [
      [302, 4],
      [311, 4],
    ],
    '00000005 3f000000',
    [rate('selector', 5, 2)],
  ],
  [
    'a probability that is not a number',
    10,
    1,
    [
      [302, 4],
      [311, 8],
    ],
    '00000005 7ff8000000000000',
    [rate('selector', 5, 0)],
  ],
  [
    'a probability above 1',
    10,
    1,
    [
      [302, 4],
      [311, 8],
    ],
    '00000005 4000000000000000',
    [rate('selector', 5, 0)],
  ],
  [
    'time',
    10,
    1,
    [
      [302, 4],
      [307, 4],
      [308, 4],
    ],
    '00000005 00000001 00000009',
    [rate('selector', 5, 10)],
  ],
  [
    'the form of the algorithm that is named',
    10,
    1,
    [
      [302, 4],
      [304, 2],
      [305, 4],
      [306, 4],
      [309, 4],
      [310, 4],
    ],
    '00000005 0003 00000001 00000063 00000001 00000100',
    [rate('selector', 5, 256)],
  ],
  [
    'another form than that of the algorithm',
    10,
    1,
    [
      [302, 4],
      [304, 2],
      [34, 4],
    ],
    '00000005 0003 00000064',
    [rate('selector', 5, 100)],
  ],
  [
    'a selector in an interface',
    10,
    2,
    [
      [10, 4],
      [302, 4],
      [34, 4],
    ],
    '00000007 00000005 00000064',
    [rate('selector', 5, 100)],
  ],
  [
    'an interface with its sampler',
    10,
    1,
    [
      [10, 4],
      [302, 4],
      [34, 4],
    ],
    '00000007 00000005 00000064',
    [rate('selector', 5, 100), rate('interface', 7, 100)],
  ],
  [
    'an interface among the options',
    10,
    1,
    [
      [144, 4],
      [14, 4],
      [34, 4],
    ],
    '00000001 00000007 00000064',
    [rate('interface', 7, 100)],
  ],
  [
    'exporting and metering process',
    10,
    2,
    [
      [144, 4],
      [143, 4],
      [34, 4],
    ],
    '00000001 00000007 00000064',
    [rate('domain', 0, 100)],
  ],
  [
    'a selector beyond 2⁵³ is no key',
    10,
    1,
    [
      [302, 8],
      [34, 4],
    ],
    'ffffffffffffffff 00000064',
    [],
  ],

  // Names.
  [
    'an interface',
    9,
    1,
    [
      [2, 4],
      [82, 8],
      [83, 8],
    ],
    '00000003 4769302f33000000 746f20636f726500',
    [{ kind: 'interface', id: 3, name: 'Gi0/3', description: 'to core' }],
  ],
  [
    'an interface without a description',
    10,
    1,
    [
      [252, 4],
      [82, VARIABLE_LENGTH],
      [83, VARIABLE_LENGTH],
    ],
    '00000003 05 4769302f33 00',
    [{ kind: 'interface', id: 3, name: 'Gi0/3' }],
  ],
  [
    'in the other direction alone',
    10,
    2,
    [
      [10, 4],
      [14, 4],
      [82, 4],
    ],
    '00000000 00000004 61626364',
    [{ kind: 'interface', id: 4, name: 'abcd' }],
  ],
  [
    'a name of NULs is empty',
    10,
    1,
    [
      [10, 4],
      [82, 4],
    ],
    '00000001 00000000',
    [{ kind: 'interface', id: 1, name: '' }],
  ],
  [
    'a name ends at its first NUL',
    10,
    1,
    [
      [10, 4],
      [82, 4],
    ],
    '00000001 61006263',
    [{ kind: 'interface', id: 1, name: 'a' }],
  ],
  [
    'a name is cut at 256 bytes',
    10,
    1,
    [
      [10, 4],
      [82, 300],
    ],
    `00000001 ${'61'.repeat(300)}`,
    [{ kind: 'interface', id: 1, name: 'a'.repeat(256) }],
  ],
  [
    'a VRF',
    9,
    1,
    [SYSTEM, [234, 4], [236, 8]],
    '00000001 00000003 435553542d410000',
    [{ kind: 'vrf', id: 3, name: 'CUST-A' }],
  ],
  [
    'a VRF with its route distinguisher',
    10,
    1,
    [
      [234, 4],
      [236, 8],
      [234, 4],
      [235, 4],
      [90, 8],
    ],
    '60000002 435553542d410000 60000002 60000002 0002fbf0005a000c',
    [{ kind: 'vrf', id: 1_610_612_738, name: 'CUST-A', distinguisher: '4226809946:12' }],
  ],
  [
    'a route distinguisher of two bytes of AS',
    10,
    1,
    [
      [234, 4],
      [90, 8],
    ],
    '00000001 0000fde800000007',
    [{ kind: 'vrf', id: 1, distinguisher: '65000:7' }],
  ],
  [
    'a route distinguisher of an address',
    10,
    1,
    [
      [234, 4],
      [90, 8],
    ],
    '00000001 0001c00002010007',
    [{ kind: 'vrf', id: 1, distinguisher: '192.0.2.1:7' }],
  ],
  [
    'a route distinguisher of zeros',
    10,
    1,
    [
      [235, 4],
      [90, 8],
    ],
    '00000001 0000000000000000',
    [{ kind: 'vrf', id: 1, distinguisher: '' }],
  ],
  [
    'an application',
    9,
    1,
    [SYSTEM, [95, 4], [96, 8], [94, 8]],
    '00000001 03000050 6874747000000000 5765620000000000',
    [{ kind: 'application', id: 50_331_728, name: 'http', description: 'Web' }],
  ],
  [
    'an application with a long id',
    10,
    1,
    [
      [95, 9],
      [96, VARIABLE_LENGTH],
    ],
    '140000304400000abc 01 78',
    [{ kind: 'application', id: '140000304400000abc', name: 'x' }],
  ],
  // Elements of enterprises: RFC 5610 §3.9.
  [
    'an element',
    10,
    2,
    [
      [346, 4],
      [303, 2],
      [339, 1],
      [344, 1],
      [345, 2],
      [341, VARIABLE_LENGTH],
      [340, VARIABLE_LENGTH],
    ],
    '00007ed9 0001 03 01 0003 0a 71756575654465707468 01 78',
    [{ kind: 'element', id: '32473.1', name: 'queueDepth', type: 3 }],
  ],
  [
    'an element by its number with the enterprise bit, without a name',
    10,
    2,
    [
      [346, 4],
      [303, 2],
      [339, 1],
      [341, 2],
    ],
    '00007ed9 8001 0d 0000',
    [{ kind: 'element', id: '32473.1', type: 13 }],
  ],
  [
    'an element of which nothing is told',
    10,
    2,
    [
      [346, 4],
      [303, 2],
      [341, 2],
    ],
    '00007ed9 0001 0000',
    [],
  ],
  [
    'an element of IANA',
    10,
    2,
    [
      [346, 4],
      [303, 2],
      [339, 1],
    ],
    '00000000 0008 0d',
    [],
  ],
  [
    'the reverse of one',
    10,
    2,
    [
      [346, 4],
      [303, 2],
      [339, 1],
    ],
    '00007279 0001 0d',
    [],
  ],
  [
    'an element that is registered',
    10,
    2,
    [
      [346, 4],
      [303, 2],
      [339, 1],
    ],
    '00001ad7 000e 0d',
    [],
  ],
  ['an element in v9', 9, 1, [SYSTEM, [346, 4], [303, 2], [339, 1]], '00000001 00007ed9 0001 0d', []],
  ['a name without its interface means nothing', 10, 1, [DOMAIN, [82, 4]], '00000001 61626364', [], 1],
] as [string, 9 | 10, number, Specifier[], string, Fact[], number?][]) {
  test(name, () => {
    const template = optionsTemplate(version, scopes, specifiers);
    const record = hex(text);
    const bytes = Buffer.concat([hex('ffff'), record, hex('ffff')]);
    const { facts, next, ...rest } = readFacts(template, bytes, 2, bytes.length - 2);
    assert.deepEqual(facts, expected);
    assert.deepEqual(rest, domain === undefined ? {} : { domain });
    assert.equal(next, 2 + record.length);
  });
}

for (const [name, told, expected] of [
  ['as it is', { kind: 'interface', id: 3, name: 'a' }, true],
  ['of an unknown kind', { kind: 'clock', id: 0, offset: 1 }, false],
  ['of a kind that objects have', { kind: 'constructor', id: 0 }, false],
  ['without what it tells', { kind: 'rate of domain', id: 0 }, false],
  ['with another type', { kind: 'rate of domain', id: 0, interval: '100' }, false],
  ['that can be no rate', { kind: 'rate of domain', id: 0, interval: 0.5 }, false],
  ['whose name is a number', { kind: 'vrf', id: 3, name: 3 }, false],
  ['with an address of no family', { kind: 'original exporter', id: 0, address: '0a' }, false],
  ['of an element', { kind: 'element', id: '32473.1', name: 'a', type: 3 }, true],
  ['of an element whose type is a text', { kind: 'element', id: '32473.1', type: 'string' }, false],
  ['with an address', { kind: 'original exporter', id: 0, address: '0a000001' }, true],
] as [string, ToldFact, boolean][]) {
  test(`a fact of another collector, ${name}: ${expected ? 'taken' : 'ignored'}`, () => {
    assert.deepEqual(factOf(told), expected ? told : undefined);
  });
}

test('what another version tells besides is left out', () => {
  assert.deepEqual(factOf({ kind: 'boot', id: 0, ms: 5, precision: 1 }), { kind: 'boot', id: 0, ms: 5 });
});
