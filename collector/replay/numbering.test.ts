import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNumbering } from './numbering.ts';

const u16 = (...values: number[]) => values.map((value) => value.toString(16).padStart(4, '0')).join('');
const u32 = (...values: number[]) => values.map((value) => value.toString(16).padStart(8, '0')).join('');
const packet = (...parts: string[]) => Buffer.from(parts.join(''), 'hex');

const v5 = (sequence: number, flows: number, engine = 0) =>
  packet(u16(5, flows), u32(0, 0, 0, sequence), u16(engine, 0), '00'.repeat(48 * flows));
const v9 = (sequence: number, domain = 0) => packet(u16(9, 0), u32(0, 0, sequence, domain));
function ipfix(sequence: number, ...sets: string[]) {
  const body = sets.join('');
  return packet(u16(10, 16 + body.length / 2), u32(0, sequence, 7), body);
}

/** A template of one port, and that many records of it. */
const TEMPLATE = u16(2, 12, 256, 1, 7, 2);
const records = (count: number) => u16(256, 4 + 2 * count) + '01bb'.repeat(count);

/** An agent with an address of IPv4, which has a sub-agent. */
const sflow = (sequence: number, subAgent = 0) => packet(u32(5, 1, 0xc0000201, subAgent, sequence, 1_000, 0));

const SEQUENCE_AT: Record<number, number> = { 0: 16, 5: 16, 9: 12, 10: 8 };

/** The sequence numbers of three rounds. */
function numbersOf(packets: (Buffer | [source: string, Buffer])[]): number[][] {
  const number = createNumbering();
  return [0, 1, 2].map((round) =>
    packets.map((each) => {
      const [source, payload] = Array.isArray(each) ? each : ['router', each];
      const numbered = number({ payload, source, time: undefined }, round);
      return numbered.readUInt32BE(SEQUENCE_AT[numbered.readUInt16BE(0)]);
    }),
  );
}

const cases: { name: string; packets: Parameters<typeof numbersOf>[0]; expected: number[][] }[] = [
  {
    name: 'sFlow counts datagrams of each sub-agent',
    packets: [sflow(100), sflow(7, 1), sflow(101)],
    expected: [
      [100, 7, 101],
      [102, 8, 103],
      [104, 9, 105],
    ],
  },
  {
    name: 'v5 counts flows',
    packets: [v5(100, 3), v5(103, 2)],
    expected: [
      [100, 103],
      [105, 108],
      [110, 113],
    ],
  },
  {
    name: 'v9 counts packets, across 2³² too',
    packets: [v9(0xffff_fffd), v9(0xffff_fffe)],
    expected: [
      [0xffff_fffd, 0xffff_fffe],
      [0xffff_ffff, 0],
      [1, 2],
    ],
  },
  {
    name: 'IPFIX counts data records',
    packets: [ipfix(7, TEMPLATE, records(2)), ipfix(9, records(3))],
    expected: [
      [7, 9],
      [12, 14],
      [17, 19],
    ],
  },
  {
    name: 'what was lost in the capture stays lost, what came late stays late',
    packets: [v9(5), v9(9), v9(8)],
    expected: [
      [5, 9, 8],
      [10, 14, 13],
      [15, 19, 18],
    ],
  },
  {
    name: 'each exporter, engine and domain for itself',
    packets: [v5(1, 1), v5(50, 1, 9), ['other', v5(7, 2)], v9(3), v9(30, 1)],
    expected: [
      [1, 50, 7, 3, 30],
      [2, 51, 9, 4, 31],
      [3, 52, 11, 5, 32],
    ],
  },
];

for (const { name, packets, expected } of cases) {
  test(name, () => assert.deepEqual(numbersOf(packets), expected));
}

test('leaves v1, which has no numbers, and what is no export packet', () => {
  const number = createNumbering();
  for (const payload of [packet(u16(1, 0), u32(0, 0, 0, 0)), Buffer.from('no packet')]) {
    assert.equal(number({ payload, source: 'router', time: undefined }, 1), payload);
  }
});
