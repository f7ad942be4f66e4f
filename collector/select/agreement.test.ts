/** The two ways to evaluate an expression, held against each other on made-up expressions and records. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isTrue, record, type TestField } from './record.fixture.ts';

const NUMBERS: Record<string, readonly number[]> = {
  'source.port': [7, 180, 182],
  'destination.port': [11, 181, 183],
  'flow.bytes.delta': [1, 231],
  'flow.packets.delta': [2, 298],
  'flow.tcp.flags.bits': [6],
  'flow.ip.dscp.id': [5, 195],
  'flow.ip.ecn.id': [5],
  'netflow.interface.ingress.index': [10],
  'source.as.number': [16],
  'netflow.vlan.id': [58, 243],
  'source.prefix.length': [9, 29],
  'server.port': [],
};
const NAMES: Record<string, readonly string[]> = {
  'flow.direction': ['forward', 'reverse', 'unknown', 'other'],
  'network.transport': ['tcp', 'udp', 'icmp', 'protocol_253', 'nothing'],
  'network.type': ['ipv4', 'ipv6', 'unknown'],
  'flow.end_reason': ['idle_timeout', 'forced_end', '0', '6', '06'],
  'netflow.firewall.event': ['ignore', 'denied', '7'],
};
const ADDRESSES = ['0.0.0.0', '10.0.0.1', '10.1.2.3', '255.255.255.255', '::', '::1', '2001:db8::1', '::ffff:10.0.0.1'];
const PREFIXES = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.0.0.0/31',
  '10.1.2.3/32',
  '128.0.0.0/1',
  '::/0',
  '2001:db8::/33',
  '::1/128',
  '::ffff:0:0/96',
];
const ADDRESS_NAMES = [
  ...['source.address', 'destination.address', 'client.address', 'server.address'],
  ...['netflow.next_hop.address', 'netflow.exporter.address'],
];
const OPERATORS = ['==', '!=', '<', '<=', '>', '>='];

const literal = fc.oneof(
  fc.constantFrom(0, 1, 2, 53, 80, 255, 256, 65_535, 2 ** 32 - 1, 2 ** 32, -1),
  fc.integer({ min: 0, max: 2 ** 40 }),
);
const atom = fc.oneof(
  fc
    .tuple(fc.constantFrom(...Object.keys(NUMBERS)), fc.constantFrom(...OPERATORS), literal, fc.boolean())
    .map(([name, operator, value, turned]) =>
      turned ? `${value} ${operator} ${name}` : `${name} ${operator} ${value}`,
    ),
  fc
    .tuple(fc.constantFrom(...Object.keys(NUMBERS)), fc.array(literal, { maxLength: 12 }))
    .map(([name, values]) => `${name} in [${values.join(', ')}]`),
  fc
    .tuple(
      fc.constantFrom(...Object.keys(NUMBERS)),
      fc.constantFrom(...OPERATORS),
      fc.constantFrom(...Object.keys(NUMBERS)),
    )
    .map(([a, operator, b]) => `${a} ${operator} ${b}`),
  fc
    .tuple(fc.constantFrom(...Object.keys(NUMBERS)), fc.nat(2 ** 32 - 1), fc.constantFrom('==', '!=', '>'), fc.nat(255))
    .map(([name, mask, operator, value]) => `math.bitAnd(${name}, ${mask}) ${operator} ${value}`),
  fc
    .constantFrom(...Object.keys(NAMES))
    .chain((name) => fc.tuple(fc.constant(name), fc.constantFrom('==', '!='), fc.constantFrom(...NAMES[name])))
    .map(([name, operator, value]) => `${name} ${operator} '${value}'`),
  fc
    .tuple(fc.constantFrom(...ADDRESS_NAMES), fc.constantFrom('==', '!='), fc.constantFrom(...ADDRESSES))
    .map(([name, operator, value]) => `${name} ${operator} '${value}'`),
  fc
    .tuple(fc.constantFrom(...ADDRESS_NAMES), fc.array(fc.constantFrom(...ADDRESSES), { maxLength: 4 }))
    .map(([name, values]) => `${name} in [${values.map((value) => `'${value}'`).join(', ')}]`),
  fc
    .tuple(fc.constantFrom(...ADDRESS_NAMES), fc.constantFrom(...PREFIXES), fc.boolean())
    .map(([name, prefix, wrap]) => `cidr('${prefix}').containsIP(${wrap ? `ip(${name})` : name})`),
  fc.constantFrom(...Object.keys(NUMBERS), ...Object.keys(NAMES), ...ADDRESS_NAMES).map((name) => `has(${name})`),
);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    atom,
    fc
      .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    tie('condition').map((a) => `!(${a})`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
}));

const bytes = (length: number) =>
  fc.oneof(
    fc.uint8Array({ minLength: length, maxLength: length }),
    fc
      .constantFrom(0, 1, 53, 255)
      .map((low) => Uint8Array.from({ length }, (_, index) => (index === length - 1 ? low : 0))),
  );
const field = (id: number, ...lengths: number[]) =>
  fc
    .constantFrom(...lengths)
    .chain(bytes)
    .map((value) => ({ id, hex: Buffer.from(value).toString('hex') }));
const addressField = (id: number, family: 4 | 6) => {
  const known =
    family === 4
      ? ['00000000', '0a000001', '0a010203', 'ffffffff']
      : ['00'.repeat(16), `${'00'.repeat(15)}01`, `20010db8${'00'.repeat(11)}01`, `${'00'.repeat(10)}ffff0a000001`];
  return fc
    .oneof(
      fc.constantFrom(...known),
      bytes(family === 4 ? 4 : 16).map((value) => Buffer.from(value).toString('hex')),
    )
    .map((hex) => ({ id, hex }));
};
const anyField: fc.Arbitrary<TestField> = fc.oneof(
  ...Object.values(NUMBERS)
    .flat()
    .filter((id) => ![9, 29].includes(id))
    .map((id) => field(id, 1, 2, 3, 4, 5, 8)),
  field(9, 1),
  field(29, 1, 2),
  field(4, 1, 2),
  field(60, 1),
  field(136, 1),
  field(233, 1),
  field(239, 1),
  ...[8, 12, 15].map((id) => addressField(id, 4)),
  ...[27, 28, 62].map((id) => addressField(id, 6)),
  fc
    .tuple(fc.constantFrom(1, 7, 96), bytes(3))
    .map(([id, value]) => ({ id, hex: Buffer.from(value).toString('hex'), variable: true })),
);
const anyRecord = fc
  .tuple(fc.constantFrom(9, 10), fc.array(anyField, { minLength: 1, maxLength: 12 }))
  .map(([version, fields]) => record(version, fields));

test('plan and library agree on made-up expressions and records', () => {
  fc.assert(
    fc.property(
      condition,
      fc.array(anyRecord, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...ADDRESSES),
      (text, flows, exporter) => {
        for (const flow of flows) {
          assert.equal(isTrue(text, flow, {}, exporter), isTrue(text, flow, { libraryOnly: true }, exporter), text);
        }
      },
    ),
    { numRuns: 300 },
  );
});
