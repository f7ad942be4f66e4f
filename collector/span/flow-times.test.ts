/** Start and end of a flow's span. Milliseconds are relative to 2026-01-02T03:04:05Z, export and reception. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NOW, NOW_SECONDS } from '../pipeline/pipeline.fixture.ts';
import { type RecordOptions, spanOf } from './record.fixture.ts';

const DAY = 86_400_000;
const WRAP = 2 ** 32;
/** Nanoseconds of a span whose flow has no length. */
const SHORTEST = 1_000;

const hex32 = (value: number): string => value.toString(16).padStart(8, '0');
const hex64 = (value: number | bigint): string => BigInt(value).toString(16).padStart(16, '0');
/** Elements of a time relative to now, in milliseconds. */
const ms = (id: number, after: number): string => `${id} ${hex64(NOW + after)}`;
const seconds = (id: number, after: number): string => `${id} ${hex32(NOW_SECONDS + after)}`;
const uint32 = (id: number, value: number): string => `${id} ${hex32(value)}`;
/** NTP seconds of now, then a fraction. */
const ntp = (id: number, fraction: string, after = 0): string =>
  `${id} ${hex32(NOW_SECONDS + 2_208_988_800 + after)}${fraction}`;

/** Options data of domain 0 with element 160. */
const STARTED_10_S_AGO = `0003 0012 0100 0002 0001 0095 0004 00a0 0008 0100 0010 00000000 ${hex64(NOW - 10_000)}`;

const EVENT_5_MS_AGO = { 'netflow.observationTimeMilliseconds': '2026-01-02T03:04:04.995Z' };

/** What a span says of times: start and end in nanoseconds after now, and the attributes about them. */
function times(record: string[], options?: RecordOptions): [number, number, object] {
  const { startTimeUnixNano, endTimeUnixNano, attributes } = spanOf(['16 01', ...record], options);
  const { 'source.as.number': _, 'flow.direction': __, 'netflow.exporter.address': ___, ...rest } = attributes;
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
    ['nanoseconds, all of the fraction', [ntp(156, 'fffffff8'), ntp(157, 'ffffffff')], 999_999_998, 1_000_000_998],
    ['microseconds, of which 11 bits mean nothing', [ntp(154, '000007ff'), ntp(155, '80000fff')], 0, 500_000_000],
    ['milliseconds', [ms(152, -1_500), ms(153, -1)], -1_500e6, -1e6],
    ['seconds', [seconds(150, -9), seconds(151, -3)], -9e9, -3e9],
    ['end before start in the record', [ms(153, -1), ms(152, -1_500)], -1_500e6, -1e6],
    ['only a start', [ms(152, -1_500)], -1_500e6, -1_500e6 + SHORTEST],
    ['only an end', [ms(153, -1_500)], -1_500e6, -1_500e6 + SHORTEST],
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
      { before: STARTED_10_S_AGO },
    ],
  ]);
});

describe('an event', () => {
  check([
    ['milliseconds', [ms(323, -5)], -5e6, -5e6 + SHORTEST],
    ['microseconds', [ntp(324, '00001fff')], 1_000, 1_000 + SHORTEST],
    ['nanoseconds', [ntp(325, '00000005')], 1, 1 + SHORTEST],
    ['seconds', [seconds(322, -5)], -5e9, -5e9 + SHORTEST],
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
  assert.deepEqual(times(record), [-3e9, -3e9 + SHORTEST, left]);
});

describe('absent', () => {
  for (const [name, record, rest] of [
    ['no times', [], {}],
    ['a duration alone', [uint32(161, 7)], { 'netflow.flowDurationMilliseconds': 7n }],
    [
      'one uptime of a device that is not known to have started',
      [uint32(22, 1_000)],
      { 'netflow.flowStartSysUpTime': 1_000n },
    ],
    [
      'zeros',
      [`152 ${hex64(0)}`, `153 ${hex64(0)}`, uint32(150, 0)],
      { 'netflow.flowStartSeconds': '1970-01-01T00:00:00Z' },
    ],
    ['a time of a length that does not fit', ['154 0001'], { 'netflow.flowStartMicroseconds': '0001' }],
    [
      'a time of variable length',
      [`152* ${hex64(NOW)}`],
      { 'netflow.flowStartMilliseconds': '2026-01-02T03:04:05.000Z' },
    ],
  ] as [string, string[], object][]) {
    for (const timestamps of ['flow', 'received', 'clamped'] as const) {
      test(`${name}: reception (${timestamps})`, () => {
        const options = { receivedMs: NOW + 0.25, spans: { timestamps } };
        assert.deepEqual(times(record, options), [
          250_000,
          250_000 + SHORTEST,
          { ...rest, 'netflow.time.source': 'absent' },
        ]);
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
    ['end more than 5 s before start', [ms(152, -1), ms(153, -5_002)], own('absurd', -1, -5_002)],
    ['more than 5 s after reception', [ms(152, -1), ms(153, 5_001)], own('absurd', -1, 5_001)],
    ['more than 366 days old', [ms(152, -366 * DAY - 1), ms(153, 0)], own('absurd', -366 * DAY - 1, 0)],
    ['1970', ['150 00000001', '151 00000009'], exported('absurd', 1_000_000_000n, 9_000_000_000n)],
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
    [
      'v9 uptime long after the header’s',
      [uint32(22, 15_001), uint32(21, 16_000)],
      own('absurd', 10_001, 11_000),
      { version: 9, sysUptime: 5_000 },
    ],
    [
      'v9 uptime of days before the device was started',
      [uint32(22, WRAP - 2 * DAY), uint32(21, 4_000)],
      own('absurd', -2 * DAY - 5_000, -1_000),
      { version: 9, sysUptime: 5_000 },
    ],
    [
      'before the device was started by options data',
      [ms(152, -16_000), ms(153, -1)],
      own('absurd', -16_000, -1),
      { before: STARTED_10_S_AGO },
    ],
  ] as [string, string[], object, RecordOptions?][]) {
    test(name, () => assert.deepEqual(times(record, options), [0, SHORTEST, rest]));
  }

  check([
    ['but not 5 s ahead', [ms(152, 5_000)], 5e9, 5e9 + SHORTEST],
    ['but not 366 days old', [ms(152, -366 * DAY), ms(153, 0)], -366 * DAY * 1e6, 0],
  ]);
});

describe('an end before the start by a little: both at the later', () => {
  check([
    ['absolute', [ms(152, -1), ms(153, -5_001)], -1e6, -1e6 + SHORTEST],
    ['nanoseconds', [ntp(156, '00000009'), ntp(157, '00000005')], 2, 2 + SHORTEST],
    ['uptime', [uint32(22, 4_061), uint32(21, 4_000)], -939e6, -939e6 + SHORTEST, { version: 9, sysUptime: 5_000 }],
  ]);
});

describe('a time of 0 is not told', () => {
  const v9: RecordOptions = { version: 9, sysUptime: 5_000 };
  check([
    ['start', [`152 ${hex64(0)}`, ms(153, -7)], -7e6, -7e6 + SHORTEST],
    ['end', [ms(152, -7), `153 ${hex64(0)}`], -7e6, -7e6 + SHORTEST],
    ['uptime of the end', [uint32(22, 1_000), uint32(21, 0)], -4e9, -4e9 + SHORTEST, v9],
    ['but for the uptime of a flow that began with its device', [uint32(22, 0), uint32(21, 4_000)], -5e9, -1e9, v9],
    ['0 µs before export is one', [uint32(158, 7), uint32(159, 0)], -7_000, 0],
  ]);

  test('a duration stands for it', () => {
    const duration = { 'netflow.flowDurationMilliseconds': 5_000n };
    assert.deepEqual(times([ms(152, -7_000), `153 ${hex64(0)}`, uint32(161, 5_000)]), [-7e9, -2e9, duration]);
  });
  test('another source counts', () => {
    const zeros = [`152 ${hex64(0)}`, `153 ${hex64(0)}`];
    const elements = {
      'netflow.flowStartSysUpTime': 1_000n,
      'netflow.flowEndSysUpTime': 4_000n,
    };
    assert.deepEqual(times([...zeros, uint32(22, 1_000), uint32(21, 4_000)], v9), [-4e9, -1e9, elements]);
  });
  test('an event too', () => {
    assert.deepEqual(times([uint32(22, 0), uint32(21, 0), ms(323, -5)], v9), [-5e6, -5e6 + SHORTEST, EVENT_5_MS_AGO]);
  });
});

describe('an event stands for the end that is missing, and is shown', () => {
  for (const [name, record, start, end, rest, options] of [
    ['end', [ms(152, -9), ms(323, -5)], -9e6, -5e6, EVENT_5_MS_AGO],
    ['end, of another form', [seconds(150, -9), ms(323, -5)], -9e9, -5e6, EVENT_5_MS_AGO],
    ['start', [ms(153, -2), ms(323, -5)], -5e6, -2e6, EVENT_5_MS_AGO],
    ['uptime', [uint32(22, 1_000), ms(323, -5)], -4e9, -5e6, EVENT_5_MS_AGO, { version: 9, sysUptime: 5_000 }],
    [
      'but not when it was long before the start: then a duration does',
      [ms(152, 5_000), ms(323, -5), uint32(161, 0)],
      5e9,
      5e9 + SHORTEST,
      { ...EVENT_5_MS_AGO, 'netflow.flowDurationMilliseconds': 0n },
    ],
  ] as [string, string[], number, number, object, RecordOptions?][]) {
    test(name, () => assert.deepEqual(times(record, options), [start, end, rest]));
  }
});

describe('mistaken units are repaired', () => {
  const nanoseconds = BigInt(NOW) * 1_000_000n;
  for (const [name, record, original, length = 0] of [
    ['seconds for milliseconds', [`152 ${hex64(NOW_SECONDS)}`], BigInt(NOW) * 1_000n],
    ['microseconds for milliseconds', [`152 ${hex64(BigInt(NOW) * 1_000n)}`], nanoseconds * 1_000n],
    ['nanoseconds for milliseconds', [`152 ${hex64(nanoseconds)}`], nanoseconds * 1_000_000n],
    ['milliseconds for seconds', [`150 ${hex64(NOW)}`], BigInt(NOW) * 1_000_000_000n],
    ['an event', [`323 ${hex64(NOW_SECONDS)}`], BigInt(NOW) * 1_000n],
    ['and a duration counts', [`152 ${hex64(NOW_SECONDS - 9)}`, uint32(161, 9_000)], BigInt(NOW - 9_000) * 1_000n, 9e9],
  ] as [string, string[], bigint, number?][]) {
    test(name, () => {
      const text = (value: bigint) => (value < 2n ** 63n ? value : String(value));
      const rest = exported('repaired', text(original), text(original + BigInt(length)));
      assert.deepEqual(times(record), [0 - length, length === 0 ? SHORTEST : 0, rest]);
    });
  }

  for (const [name, record] of [
    ['Unix seconds for NTP’s', [`154 ${hex64(NOW_SECONDS)}`]],
    ['Unix milliseconds for NTP’s', [`154 ${hex64(NOW)}`]],
    ['Unix microseconds for NTP’s', [`154 ${hex64(BigInt(NOW) * 1_000n)}`]],
    ['Unix nanoseconds for NTP’s', [`156 ${hex64(nanoseconds)}`]],
    ['NTP’s form since 1970', [`156 ${hex32(NOW_SECONDS)}00000000`]],
    ['NTP’s for milliseconds', [`152 ${hex32(NOW_SECONDS + 2_208_988_800)}00000000`]],
  ] as const) {
    test(name, () => {
      const [start, end, rest] = times([...record]);
      assert.deepEqual([start, end], [0, SHORTEST]);
      assert.equal((rest as Record<string, unknown>)['netflow.time.source'], 'repaired');
    });
  }

  check([
    [
      'uptimes of eight bytes',
      ['22 00000000000003e8', '21 0000000000000fa0'],
      -4e9,
      -1e9,
      { version: 9, sysUptime: 5_000 },
    ],
  ]);
});

describe('uptimes that nothing is known of: the duration, to reception', () => {
  const elements = { 'netflow.flowStartSysUpTime': 1_000n, 'netflow.flowEndSysUpTime': 4_000n };
  const record = [uint32(22, 1_000), uint32(21, 4_000)];
  for (const timestamps of ['flow', 'clamped'] as const) {
    test(timestamps, () => {
      const rest = { ...elements, 'netflow.time.source': 'duration' };
      assert.deepEqual(times(record, { spans: { timestamps } }), [-3e9, 0, rest]);
    });
  }
  test('received', () => {
    const rest = { ...elements, 'netflow.time.source': 'received' };
    assert.deepEqual(times(record, { spans: { timestamps: 'received' } }), [0, SHORTEST, rest]);
  });
});

test('received: reception, and what was exported', () => {
  const spans = { timestamps: 'received' } as const;
  assert.deepEqual(times([ms(152, -9), ms(153, -3)], { spans }), [0, SHORTEST, own('received', -9, -3)]);
  assert.deepEqual(times([ms(152, -3), ms(153, -9_000)], { spans }), [0, SHORTEST, own('received', -3, -9_000)]);
});

describe('clamped to an end of a minute before reception', () => {
  const options = { spans: { timestamps: 'clamped', maxAge: '1m' } } as const;
  check([
    ['younger', [ms(152, -90_000), ms(153, -59_999)], -90e9, -59_999e6, options],
    ['as old', [ms(152, -90_000), ms(153, -60_000)], -90e9, -60e9, options],
  ]);
  test('older', () => {
    const rest = own('clamped', -90_000, -60_001);
    assert.deepEqual(times([ms(152, -90_000), ms(153, -60_001)], options), [-90e9, -60e9, rest]);
  });
  test('20 s unless configured', () => {
    const rest = own('clamped', -90_000, -20_001);
    const spans = { timestamps: 'clamped' } as const;
    assert.deepEqual(times([ms(152, -90_000), ms(153, -20_001)], { spans }), [-90e9, -20e9, rest]);
  });
});

const HOUR = 3_600_000;

describe('a wrong clock is corrected', () => {
  for (const [name, record, start, end, rest, options] of [
    [
      'ahead, absolute',
      [ms(152, 2 * HOUR - 9), ms(153, 2 * HOUR - 3)],
      -9e6,
      -3e6,
      own('corrected', 2 * HOUR - 9, 2 * HOUR - 3),
      7_200,
    ],
    [
      'behind, absolute',
      [seconds(150, -7_209), seconds(151, -7_203)],
      -9e9,
      -3e9,
      own('corrected', -7_209_000, -7_203_000),
      -7_200,
    ],
    ['by 6 s', [ms(152, 5_999)], -1e6, -1e6 + SHORTEST, own('corrected', 5_999, 5_999), 6],
    [
      'uptime since a start in the record',
      [`160 ${hex64(NOW + 2 * HOUR - 9_000)}`, uint32(22, 1_000), uint32(21, 2_000)],
      -8e9,
      -7e9,
      own('corrected', 2 * HOUR - 8_000, 2 * HOUR - 7_000),
      7_200,
    ],
    [
      'before export',
      [uint32(158, 5_000), uint32(159, 1_000)],
      -5e6,
      -1e6,
      own('corrected', 2 * HOUR - 5, 2 * HOUR - 1),
      7_200,
    ],
  ] as [string, string[], number, number, object, number][]) {
    test(name, () => {
      const exportTime = NOW_SECONDS + options;
      assert.deepEqual(times(record, { exportTime }), [start, end, rest]);
    });
  }

  test('uptimes go by reception, to the nanosecond', () => {
    const options: RecordOptions = { version: 9, sysUptime: 5_000, exportTime: 1_000, receivedMs: NOW + 0.25 };
    const rest = exported('corrected', 996_000_000_000n, 999_000_000_000n);
    assert.deepEqual(times([uint32(22, 1_000), uint32(21, 4_000)], options), [-4e9 + 250_000, -1e9 + 250_000, rest]);
  });
  test('uptimes of a clock of the year 2000', () => {
    const options: RecordOptions = { version: 9, sysUptime: 5_000, exportTime: 946_684_800 };
    const rest = exported('corrected', 946_684_796_000_000_000n, 946_684_799_000_000_000n);
    assert.deepEqual(times([uint32(22, 1_000), uint32(21, 4_000)], options), [-4e9, -1e9, rest]);
  });
  test('clamped afterwards', () => {
    const options: RecordOptions = { exportTime: NOW_SECONDS + 7_200, spans: { timestamps: 'clamped' } };
    const rest = own('clamped', 2 * HOUR - 90_000, 2 * HOUR - 60_000);
    assert.deepEqual(times([ms(152, 2 * HOUR - 90_000), ms(153, 2 * HOUR - 60_000)], options), [-90e9, -20e9, rest]);
  });

  check([
    ['but not one that is right to 5 s', [ms(152, 4_000), ms(153, 4_900)], 4e9, 4.9e9, { exportTime: NOW_SECONDS + 5 }],
    [
      'nor times that are right although the header’s is 1970',
      [ms(152, -9), ms(153, -3)],
      -9e6,
      -3e6,
      { exportTime: 0 },
    ],
    ['nor such whose header is behind', [ms(152, -9), ms(153, -3)], -9e6, -3e6, { exportTime: NOW_SECONDS - 7_200 }],
  ]);
});

describe('clock: exporter, not corrected', () => {
  const believed = (exportTime = NOW_SECONDS): RecordOptions => ({ exportTime, spans: { clock: 'exporter' } });
  check([
    [
      'ahead',
      [ms(152, 2 * HOUR - 9), ms(153, 2 * HOUR - 3)],
      (2 * HOUR - 9) * 1e6,
      (2 * HOUR - 3) * 1e6,
      believed(NOW_SECONDS + 7_200),
    ],
    [
      'before export',
      [uint32(158, 1_000)],
      2 * HOUR * 1e6 - 1e6,
      2 * HOUR * 1e6 - 1e6 + SHORTEST,
      believed(NOW_SECONDS + 7_200),
    ],
    ['a day ahead', [ms(152, DAY)], DAY * 1e6, DAY * 1e6 + SHORTEST, believed()],
    ['an Export Time of 1999 tells nothing', [uint32(158, 1_000)], -1e6, -1e6 + SHORTEST, believed(946_684_799)],
    ['nor one two days ahead', [uint32(158, 1_000)], -1e6, -1e6 + SHORTEST, believed(NOW_SECONDS + 2 * 86_400)],
  ]);
  for (const [name, record, rest, options] of [
    ['more than a day ahead', [ms(152, DAY + 1)], own('absurd', DAY + 1, DAY + 1), believed()],
    ['more than a day after an Export Time', [ms(152, 0)], own('absurd', 0, 0), believed(NOW_SECONDS - 2 * 86_400)],
  ] as [string, string[], object, RecordOptions][]) {
    test(`absurd: ${name}`, () => assert.deepEqual(times(record, options), [0, SHORTEST, rest]));
  }
});
