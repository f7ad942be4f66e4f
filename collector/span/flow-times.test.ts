/** Start and end of a flow's span. Milliseconds are relative to 2026-01-02T03:04:05Z, export and reception. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NOW, NOW_SECONDS } from '../pipeline/pipeline.fixture.ts';
import { type RecordOptions, spanOf } from './record.fixture.ts';

const DAY = 86_400_000;
const WRAP = 2 ** 32;

const hex32 = (value: number): string => value.toString(16).padStart(8, '0');
const hex64 = (value: number | bigint): string => BigInt(value).toString(16).padStart(16, '0');
/** Elements of a time relative to now, in milliseconds. */
const ms = (id: number, after: number): string => `${id} ${hex64(NOW + after)}`;
const seconds = (id: number, after: number): string => `${id} ${hex32(NOW_SECONDS + after)}`;
const uint32 = (id: number, value: number): string => `${id} ${hex32(value)}`;
/** NTP seconds of now, then a fraction. */
const ntp = (id: number, fraction: string, after = 0): string =>
  `${id} ${hex32(NOW_SECONDS + 2_208_988_800 + after)}${fraction}`;

/** What a span says of times: start and end in nanoseconds after now, and the attributes about them. */
function times(record: string[], options?: RecordOptions): [number, number, object] {
  const { startTimeUnixNano, endTimeUnixNano, attributes } = spanOf(['16 01', ...record], options);
  const { 'source.as.number': _, 'flow.direction': __, ...rest } = attributes;
  const after = (time: bigint): number => Number(time - BigInt(NOW) * 1_000_000n);
  return [after(startTimeUnixNano), after(endTimeUnixNano), rest];
}

type Row = [name: string, record: string[], start: number, end: number, options?: RecordOptions];

/** Flows whose spans have their own times, and say nothing else of them. */
function check(rows: Row[]): void {
  for (const [name, record, start, end, options] of rows) {
    test(name, () => assert.deepEqual(times(record, options), [start, end, {}]));
  }
}

describe('absolute', () => {
  check([
    ['nanoseconds', [ntp(156, '00000005'), ntp(157, '80000000')], 1, 500_000_000],
    ['nanoseconds, all of the fraction', [ntp(156, 'fffffff8'), ntp(157, 'ffffffff')], 999_999_998, 1_000_000_000],
    ['microseconds, of which 11 bits mean nothing', [ntp(154, '000007ff'), ntp(155, '80000fff')], 0, 500_000_000],
    ['milliseconds', [ms(152, -1_500), ms(153, -1)], -1_500e6, -1e6],
    ['seconds', [seconds(150, -9), seconds(151, -3)], -9e9, -3e9],
    ['end before start in the record', [ms(153, -1), ms(152, -1_500)], -1_500e6, -1e6],
    ['only a start', [ms(152, -1_500)], -1_500e6, -1_500e6],
    ['only an end', [ms(153, -1_500)], -1_500e6, -1_500e6],
  ]);
});

describe('relative', () => {
  const v9 = (sysUptime: number): RecordOptions => ({ version: 9, sysUptime });
  check([
    ['microseconds before the Export Time', [uint32(158, 2_000_001), uint32(159, 1)], -2_000_001_000, -1_000],
    ['v9 uptime', [uint32(22, 1_000), uint32(21, 4_000)], -4e9, -1e9, v9(5_000)],
    ['v9 uptime, first after the header’s', [uint32(22, 5_003), uint32(21, 5_004)], 3e6, 4e6, v9(5_000)],
    [
      'v9 uptime that wrapped between flow and packet',
      [uint32(22, WRAP - 2_000), uint32(21, 500)],
      -3e9,
      -500e6,
      v9(1_000),
    ],
    ['v9 uptime that wrapped before both', [uint32(22, 10), uint32(21, 20)], -90e6, -80e6, v9(100)],
    [
      'IPFIX uptime, device started in the same record',
      [`160 ${hex64(NOW - 10_000)}`, uint32(22, 1_000), uint32(21, 4_000)],
      -9e9,
      -6e9,
    ],
    [
      'IPFIX uptime, device started in the same record, behind the times',
      [uint32(21, 4_000), uint32(22, 1_000), `160 ${hex64(NOW - 10_000)}`],
      -9e9,
      -6e9,
    ],
    [
      'IPFIX uptime, device started by options data of the domain',
      [uint32(22, 1_000), uint32(21, 4_000)],
      -9e9,
      -6e9,
      { before: `0003 0012 0100 0002 0001 0095 0004 00a0 0008 0100 0010 00000000 ${hex64(NOW - 10_000)}` },
    ],
  ]);
});

describe('an event', () => {
  check([
    ['milliseconds', [ms(323, -5)], -5e6, -5e6],
    ['microseconds', [ntp(324, '00001fff')], 1_000, 1_000],
    ['nanoseconds', [ntp(325, '00000005')], 1, 1],
    ['seconds', [seconds(322, -5)], -5e9, -5e9],
  ]);
});

describe('a duration gives the other end', () => {
  check([
    ['milliseconds behind a start', [ms(152, -5_000), uint32(161, 1_000)], -5_000e6, -4_000e6],
    ['milliseconds before an end', [uint32(161, 1_000), ms(153, -5_000)], -6_000e6, -5_000e6],
    ['microseconds behind a start', [ms(152, -5_000), uint32(162, 1_500_001)], -5_000e6, -3_499_999_000],
    ['microseconds before an end', [ms(153, -5_000), uint32(162, 1_500_001)], -5_000e6 - 1_500_001_000, -5_000e6],
    ['microseconds over a millisecond', [ntp(156, 'fffff000'), uint32(162, 1)], 999_999_046, 1_000_000_046],
  ]);

  test('is shown when both ends are told', () => {
    assert.deepEqual(times([ms(152, -5), ms(153, -1), uint32(161, 7)]), [
      -5e6,
      -1e6,
      { 'netflow.flowDurationMilliseconds': 7n },
    ]);
  });
  test('milliseconds go before microseconds', () => {
    const rest = { 'netflow.flowDurationMicroseconds': 7n };
    assert.deepEqual(times([ms(152, -5_000), uint32(162, 7), uint32(161, 1_000)]), [-5_000e6, -4_000e6, rest]);
  });
});

test('of several forms the most precise counts, the others are shown', () => {
  const record = [seconds(150, -9), ms(152, -7_000), ntp(154, '00000000', -5), ntp(156, '00000000', -3)];
  const left = {
    'netflow.flowStartSeconds': '2026-01-02T03:03:56Z',
    'netflow.flowStartMilliseconds': '2026-01-02T03:03:58.000Z',
    'netflow.flowStartMicroseconds': '2026-01-02T03:04:00.000000Z',
  };
  assert.deepEqual(times(record), [-3e9, -3e9, left]);
});

describe('absent', () => {
  for (const [name, record, rest] of [
    ['no times', [], {}],
    ['a duration alone', [uint32(161, 7)], { 'netflow.flowDurationMilliseconds': 7n }],
    [
      'IPFIX uptime of a device that is not known to have started',
      [uint32(22, 1_000), uint32(21, 4_000)],
      { 'netflow.flowStartSysUpTime': 1_000n, 'netflow.flowEndSysUpTime': 4_000n },
    ],
    ['a time of a length that does not fit', ['152 0001'], { 'netflow.flowStartMilliseconds': '0001' }],
    [
      'a time of variable length',
      [`152* ${hex64(NOW)}`],
      { 'netflow.flowStartMilliseconds': '2026-01-02T03:04:05.000Z' },
    ],
  ] as [string, string[], object][]) {
    for (const timestamps of ['flow', 'received', 'clamped'] as const) {
      test(`${name}: reception (${timestamps})`, () => {
        const options = { receivedMs: NOW + 0.25, spans: { timestamps } };
        assert.deepEqual(times(record, options), [250_000, 250_000, { ...rest, 'netflow.time.source': 'absent' }]);
      });
    }
  }
});

/** What was exported, in nanoseconds since 1970. */
const exported = (source: string, start: bigint | string, end: bigint | string): object => ({
  'netflow.time.source': source,
  'netflow.flow.start': start,
  'netflow.flow.end': end,
});
const own = (source: string, start: number, end: number): object =>
  exported(source, BigInt(NOW + start) * 1_000_000n, BigInt(NOW + end) * 1_000_000n);

describe('absurd: reception', () => {
  for (const [name, record, rest, options] of [
    ['end before start', [ms(152, -1), ms(153, -2)], own('absurd', -1, -2)],
    ['a day and a millisecond ahead', [ms(152, DAY + 1)], own('absurd', DAY + 1, DAY + 1)],
    ['more than 366 days old', [ms(152, -366 * DAY - 1), ms(153, 0)], own('absurd', -366 * DAY - 1, 0)],
    [
      'seconds for milliseconds',
      [`152 ${hex64(NOW_SECONDS)}`],
      exported('absurd', BigInt(NOW) * 1_000n, BigInt(NOW) * 1_000n),
    ],
    ['1970', ['150 00000000', '151 00000009'], exported('absurd', 0n, 9_000_000_000n)],
    ['2036', ['156 0000000000000005'], exported('absurd', 2_085_978_496_000_000_001n, 2_085_978_496_000_000_001n)],
    ['before 1970', ['156 80000000 00000000'], exported('absurd', -61_505_152_000_000_000n, -61_505_152_000_000_000n)],
    [
      'beyond 2^63 nanoseconds',
      ['152 ffffffffffffffff'],
      exported('absurd', '18446744073709551615000000', '18446744073709551615000000'),
    ],
    [
      'uptime since a time beyond 2^53',
      ['160 ffffffffffffffff', uint32(22, 1)],
      exported('absurd', '18446744073709551616000000', '18446744073709551616000000'),
    ],
    ['a duration beyond the end', [ms(152, DAY), uint32(161, 1)], own('absurd', DAY, DAY + 1)],
    ['against an Export Time in the past', [ms(152, 0)], own('absurd', 0, 0), { exportTime: NOW_SECONDS - 2 * 86_400 }],
  ] as [string, string[], object, RecordOptions?][]) {
    test(name, () => assert.deepEqual(times(record, options), [0, 0, rest]));
  }

  check([
    ['but not a day ahead', [ms(152, DAY)], DAY * 1e6, DAY * 1e6],
    ['but not 366 days old', [ms(152, -366 * DAY), ms(153, 0)], -366 * DAY * 1e6, 0],
    [
      'but not judged by an Export Time of 1999',
      [uint32(158, 1_000)],
      -1_000_000,
      -1_000_000,
      { exportTime: 946_684_799 },
    ],
    [
      'but not judged by an Export Time two days ahead',
      [uint32(158, 1_000)],
      -1_000_000,
      -1_000_000,
      { exportTime: NOW_SECONDS + 2 * 86_400 },
    ],
  ]);
});

test('received: reception, and what was exported', () => {
  const spans = { timestamps: 'received' } as const;
  assert.deepEqual(times([ms(152, -9), ms(153, -3)], { spans }), [0, 0, own('received', -9, -3)]);
  assert.deepEqual(times([ms(152, -3), ms(153, -9)], { spans }), [0, 0, own('received', -3, -9)]);
});

describe('clamped to a minute before reception', () => {
  const options = { spans: { timestamps: 'clamped', maxAge: '1m' } } as const;
  check([
    ['younger', [ms(152, -59_999), ms(153, -1)], -59_999e6, -1e6, options],
    ['as old', [ms(152, -60_000), ms(153, -1)], -60_000e6, -1e6, options],
  ]);
  test('older start', () => {
    assert.deepEqual(times([ms(152, -60_001), ms(153, -1)], options), [-60_000e6, -1e6, own('clamped', -60_001, -1)]);
  });
  test('older end', () => {
    assert.deepEqual(times([ms(152, -90_000), ms(153, -80_000)], options), [
      -60_000e6,
      -60_000e6,
      own('clamped', -90_000, -80_000),
    ]);
  });
});
