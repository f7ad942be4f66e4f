import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createShifter } from './shift.ts';

const NOW = Date.parse('2026-01-02T03:04:05.678Z');
/** An Export Time 1,000,000 s before NOW. */
const OLD = Math.floor(NOW / 1000) - 1_000_000;

const u16 = (...values: number[]) => values.map((value) => value.toString(16).padStart(4, '0')).join('');
const u32 = (value: number) => value.toString(16).padStart(8, '0');
const u64 = (value: bigint) => value.toString(16).padStart(16, '0');
const packet = (...parts: string[]) => Buffer.from(parts.join(''), 'hex');
const set = (id: number, body: string) => u16(id, 4 + body.length / 2) + body;

function ipfix(exportTime: number, ...sets: string[]): Buffer {
  const body = sets.join('');
  return packet(u16(10, 16 + body.length / 2), u32(exportTime), u32(7), u32(42), body);
}

function v9(exportTime: number, ...sets: string[]): Buffer {
  return packet(u16(9, sets.length), u32(123_456), u32(exportTime), u32(7), u32(42), ...sets);
}

function shift(packets: Buffer[], source = 'router'): Buffer[] {
  const shifter = createShifter();
  return packets.map((payload) => shifter({ payload, source, time: undefined }, NOW));
}

test('sets the Export Time of every version to now, and leaves the rest', () => {
  const NEW = OLD + 1_000_000;
  const rest = 'ab'.repeat(60);
  const cases: [string, (time: number) => Buffer][] = [
    ['v1', (time) => packet(u16(1, 1), u32(5000), u32(time), rest)],
    ['v5', (time) => packet(u16(5, 1), u32(5000), u32(time), rest)],
    ['v7', (time) => packet(u16(7, 1), u32(5000), u32(time), rest)],
    ['v9', (time) => v9(time)],
    ['IPFIX', (time) => ipfix(time)],
  ];
  for (const [name, build] of cases) assert.deepEqual(shift([build(OLD)]), [build(NEW)], name);
});

test('does not change the packet it is given', () => {
  const original = ipfix(OLD);
  shift([original]);
  assert.deepEqual(original, ipfix(OLD));
});

/** Elements 150 to 157 and 160, between a port, an enterprise element and a string of variable length. */
const template = set(
  2,
  u16(256, 13, 7, 2, 150, 4, 151, 4, 0x8000 | 150, 4) +
    u32(9) +
    u16(82, 65_535, 152, 8, 153, 8, 154, 8, 155, 8, 156, 8, 157, 8, 160, 8, 11, 2),
);

function record(shifted: number, name: string): string {
  const seconds = OLD - 10 + shifted;
  const milliseconds = u64(BigInt(seconds) * 1000n + 123n);
  const ntp = u32((seconds + 2_208_988_800) % 2 ** 32) + u32(0x8000_0001);
  const long = `ff${u16(name.length / 2)}`;
  const prefix = name.length / 2 < 255 ? (name.length / 2).toString(16).padStart(2, '0') : long;
  return [
    u16(80),
    u32(seconds).repeat(2),
    u32(OLD),
    prefix,
    name,
    milliseconds.repeat(2),
    ntp.repeat(4),
    milliseconds,
    u16(443),
  ].join('');
}

test('moves the absolute times of IPFIX records by as much', () => {
  const names = ['', '6162', '63'.repeat(300)];
  const data = (shifted: number) => set(256, `${names.map((name) => record(shifted, name)).join('')}000000`);
  const packets = (time: number, shifted: number) => [
    ipfix(time, template),
    ipfix(time, data(shifted)),
    ipfix(time, template, data(shifted)),
  ];
  assert.deepEqual(shift(packets(OLD, 0)), packets(OLD + 1_000_000, 1_000_000));
});

test('moves times in v9 records and in options data', () => {
  const templates = set(0, u16(300, 2, 152, 8, 1, 4)) + set(1, u16(301, 4, 8, 1, 0, 160, 8, 34, 4));
  const packets = (time: number, shifted: number) => {
    const milliseconds = u64(BigInt(OLD - 10 + shifted) * 1000n);
    return [v9(time, templates, set(300, milliseconds + u32(1500)), set(301, milliseconds + u32(100)))];
  };
  assert.deepEqual(shift(packets(OLD, 0)), packets(OLD + 1_000_000, 1_000_000));
});

test('moves the times of records about an IPFIX file', () => {
  const seconds = [260, 261, 264, 265];
  const milliseconds = [258, 269, 272];
  const ntp = [268, 270, 271, 273];
  const fields = [...seconds.flatMap((id) => [id, 4]), ...[...milliseconds, ...ntp].flatMap((id) => [id, 8])];
  const template = set(3, u16(303, 12, 1, 267, 1) + u16(...fields));
  const packets = (time: number, shifted: number) => {
    const at = OLD + shifted;
    const values = [
      u32(at).repeat(seconds.length),
      u64(BigInt(at) * 1000n).repeat(milliseconds.length),
      (u32((at + 2_208_988_800) % 2 ** 32) + u32(7)).repeat(ntp.length),
    ];
    return [ipfix(time, template, set(303, `00${values.join('')}`))];
  };
  assert.deepEqual(shift(packets(OLD, 0)), packets(OLD + 1_000_000, 1_000_000));
});

test('an IPFIX options template has its scope among its fields', () => {
  const packets = (time: number, shifted: number) => [
    ipfix(time, set(3, u16(302, 2, 1, 149, 4, 160, 8)), set(302, u32(42) + u64(BigInt(OLD + shifted) * 1000n))),
  ];
  assert.deepEqual(shift(packets(OLD, 0)), packets(OLD + 1_000_000, 1_000_000));
});

test('knows templates by source and domain', () => {
  const shifter = createShifter();
  const data = ipfix(OLD, set(256, record(0, '')));
  shifter({ payload: ipfix(OLD, template), source: 'a', time: undefined }, NOW);
  const of = (source: string) => shifter({ payload: data, source, time: undefined }, NOW);
  assert.deepEqual(of('b'), ipfix(OLD + 1_000_000, set(256, record(0, ''))));
  assert.deepEqual(of('a'), ipfix(OLD + 1_000_000, set(256, record(1_000_000, ''))));
});

test('broken packets pass as they are but for the header', () => {
  const empty = set(2, u16(256, 0)) + set(256, '00'.repeat(8));
  const zero = set(2, u16(256, 1, 150, 0)) + set(256, '00'.repeat(8));
  const overrun = set(2, u16(256, 2, 82, 65_535, 150, 4)) + set(256, `ff00ff${u32(OLD)}`);
  const cutTemplate = set(2, u16(256, 9, 150, 4)) + set(256, u32(OLD));
  for (const body of [empty, zero, overrun, cutTemplate, u16(2, 3), u16(256, 400), u16(256, 0)]) {
    assert.deepEqual(shift([ipfix(OLD, body)]), [ipfix(OLD + 1_000_000, body)]);
  }
  const unknown = Buffer.from('not an export packet');
  assert.deepEqual(shift([unknown]), [unknown]);
});

test('every cut of a packet is taken', () => {
  const whole = ipfix(OLD, template, set(256, record(0, '6162')));
  for (let length = 0; length <= whole.length; length++) {
    assert.equal(shift([whole.subarray(0, length)])[0].length, length);
  }
});
