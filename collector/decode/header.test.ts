import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hex } from '../pipeline/pipeline.fixture.ts';
import { PacketHeader, SFLOW } from './header.ts';

/** A header that another packet has left. */
function read(text: string): { error: string | undefined; header: PacketHeader } {
  const header = new PacketHeader();
  header.read(view(hex('0005 0000 00000009 00000009 00000009 00000009 0909 4009')), 24);
  const bytes = hex(text);
  return { error: header.read(view(bytes), bytes.length), header };
}

function view(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

for (const [name, text, expected] of [
  [
    'v1 has neither sequence nor domain',
    `0001 0001 00000064 65920080 1dcd6500 ${'00'.repeat(52)}`,
    {
      ...{ version: 1, length: 16, end: 68, count: 1, sysUptime: 100, exportMs: 1_704_067_200_500 },
      ...{ sequence: -1, domain: -1, samplingInterval: 0 },
    },
  ],
  [
    'v5: two bits of sampling mode, 14 of interval',
    `0005 0001 fffffffe 65920080 0000270f fffffffd 0102 7fff ${'00'.repeat(48)}`,
    {
      ...{ version: 5, length: 24, end: 72, count: 1, sysUptime: 4_294_967_294, exportMs: 1_704_067_200_000 },
      ...{ sequence: 4_294_967_293, domain: 258, samplingInterval: 16_383 },
    },
  ],
  ['v5 without flows', '0005 0000 00000000 00000000 00000000 00000000 0000 0000', { count: 0, samplingInterval: 0 }],
  [
    'v7 has no domain',
    `0007 0001 00000001 00000002 3b9ac9ff 00000003 00000004 ${'00'.repeat(52)}`,
    { version: 7, length: 24, end: 76, exportMs: 2_999, sequence: 3, domain: -1, samplingInterval: 0 },
  ],
  [
    'v9, whatever its count',
    '0009 ffff 00000001 65920080 00000002 ffffffff',
    {
      ...{ version: 9, length: 20, end: 20, count: 0, sysUptime: 1, exportMs: 1_704_067_200_000 },
      ...{ sequence: 2, domain: 4_294_967_295, samplingInterval: 0 },
    },
  ],
  [
    'IPFIX ends where it says',
    '000a 0010 ffffffff ffffffff 00000007 dead',
    {
      ...{ version: 10, length: 16, end: 16, count: 0, sysUptime: 0, exportMs: 4_294_967_295_000 },
      ...{ sequence: 4_294_967_295, domain: 7, samplingInterval: 0 },
    },
  ],
] as const) {
  test(name, () => {
    const { error, header } = read(text);
    assert.equal(error, undefined);
    assert.deepEqual({ ...header }, { ...header, ...expected });
  });
}

for (const [name, text, expected] of [
  ['nothing', '', 'truncated_header'],
  ['one byte', '00', 'truncated_header'],
  ['v1, a byte short', `0001 ${'00'.repeat(13)}`, 'truncated_header'],
  ['v5, a byte short', `0005 ${'00'.repeat(21)}`, 'truncated_header'],
  ['v7, a byte short', `0007 ${'00'.repeat(21)}`, 'truncated_header'],
  ['v9, a byte short', `0009 ${'00'.repeat(17)}`, 'truncated_header'],
  ['IPFIX, a byte short', `000a ${'00'.repeat(13)}`, 'truncated_header'],
  ['v8', `0008 ${'00'.repeat(98)}`, 'unknown_version'],
  ['v0', '0000', 'unknown_version'],
  ['v2560: little-endian', `0a00 ${'00'.repeat(98)}`, 'unknown_version'],
  ['v1 with more flows than bytes', `0001 0002 ${'00'.repeat(12 + 103)}`, 'malformed'],
  ['v5 with more flows than bytes', `0005 0001 ${'00'.repeat(20 + 47)}`, 'malformed'],
  ['v5 with 65,535 flows', `0005 ffff ${'00'.repeat(20 + 48)}`, 'malformed'],
  ['v7 with more flows than bytes', `0007 0001 ${'00'.repeat(20 + 51)}`, 'malformed'],
  ['IPFIX shorter than its header', `000a 000f ${'00'.repeat(12)}`, 'malformed'],
  ['IPFIX longer than its datagram', `000a 0011 ${'00'.repeat(12)}`, 'malformed'],
] as const) {
  test(`${name}: ${expected}`, () => assert.equal(read(text).error, expected));
}

for (const [name, text, end, repaired] of [
  ['two bytes short', '000a 0014 00000000 00000000 00000000 0100 0006 0601', 22, true],
  ['two bytes long', '000a 0018 00000000 00000000 00000000 0100 0006 0601', 22, true],
  ['without the header', '000a 0006 00000000 00000000 00000000 0100 0006 0601', 22, true],
  ['without its last set', '000a 0018 00000000 00000000 00000000 0002 0008 0100 0000 0100 0006 0601', 30, true],
  ['right, another message behind it', `000a 0010 ${'00'.repeat(12)} 000a 0010 ${'00'.repeat(12)}`, 16, false],
  ['right, a byte behind it', '000a 0016 00000000 00000000 00000000 0100 0006 0601 00', 22, false],
] as const) {
  test(`a length of IPFIX that is ${name}: the message ends at ${end}`, () => {
    const { error, header } = read(text);
    assert.deepEqual([error, header.end, header.lengthRepaired], [undefined, end, repaired]);
  });
}

test('a message that is cut off still tells whose it is', () => {
  const { header } = read('000a 0100 65920080 00000005 00000007');
  assert.deepEqual([header.exportMs, header.sequence, header.domain], [1_704_067_200_000, 5, 7]);
});

describe('sFlow', () => {
  const behind = '00000003 0000000b 000186a0 00000002';
  const cases: [string, string, object | string][] = [
    ['of an agent by IPv4', `00000005 00000001 c0000201 ${behind}`, { agent: 'c0000201', length: 28 }],
    [
      'of an agent by IPv6',
      `00000005 00000002 20010db8${'00'.repeat(11)}01 ${behind}`,
      { agent: `20010db8${'00'.repeat(11)}01`, length: 40 },
    ],
    ['of an agent that is not known', `00000005 00000000 ${behind}`, { agent: '', length: 24 }],
    ['of an agent of another kind', `00000005 00000003 c0000201 ${behind}`, 'unknown_version'],
    ['of another version', `00000004 00000001 c0000201 ${behind}`, 'unknown_version'],
    ['that is cut off', `00000005 00000001 c0000201 ${behind}`.slice(0, -1).trimEnd(), 'truncated_header'],
    ['of a version alone', '00000005', 'truncated_header'],
  ];
  for (const [name, digits, expected] of cases) {
    test(name, () => {
      const even = digits.replace(/\s/g, '');
      const bytes = hex(even.slice(0, even.length - (even.length % 2)));
      const header = new PacketHeader();
      const error = header.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length);
      if (typeof expected === 'string') return assert.equal(error, expected);
      assert.equal(error, undefined);
      const { version, end, sequence, sysUptime, domain, count, agent, length } = header;
      assert.deepEqual(
        { version, end, sequence, sysUptime, domain, count, agent, length },
        { version: SFLOW, end: bytes.length, sequence: 11, sysUptime: 100_000, domain: 3, count: 2, ...expected },
      );
    });
  }
});
