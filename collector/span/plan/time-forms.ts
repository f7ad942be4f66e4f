/**
 * The ways in which exporters tell when a flow was, each twice: as statements of a plan, which are fast and exact as
 * long as the times are sane, and as a function for all that is not.
 */
import { type LocatedField, lowWord, numberOf } from './layout.ts';
import type { TimeContext } from './time-context.ts';
import { ntpTime, unwrapUptime } from './times.ts';

export const SYSTEM_INIT_TIME = 160;

/** How the number in a field is to be read. */
export type TimeUnit = 'nanoseconds of NTP' | 'microseconds of NTP' | 'milliseconds' | 'seconds';
export type TimeForm = {
  /** Elements of the start and the end: the same for an event. */
  start: number;
  end: number;
  /** Whether its times are by the device's clock, or counted from what the header says. */
  bounds: 'absolute' | 'relative';
  unit: TimeUnit | 'microseconds before export' | 'uptime of header' | 'uptime since start';
  /** Whether a field of 0 says that the time is not known. */
  zeroIsNone: boolean;
  /**
   * Statements that set milliseconds `ms` and nanoseconds `ns` below; `word` is for the device's uptime, which must not
   * be 0.
   */
  assign: (field: LocatedField, ms: string, ns: string, word: string) => string;
};

const ntp = (start: number, end: number, microseconds: boolean): TimeForm => ({
  ...{ start, end, bounds: 'absolute', zeroIsNone: true },
  unit: microseconds ? 'microseconds of NTP' : 'nanoseconds of NTP',
  assign: ({ at }, ms, ns) =>
    `${ns} = r.ntpNanos(v, ${at}, ${microseconds}); ${ms} = r.ntpSeconds(v, ${at}) * 1000 + Math.floor(${ns} / 1e6); ${ns} %= 1e6;`,
});

const milliseconds = (start: number, end: number): TimeForm => ({
  ...{ start, end, bounds: 'absolute', zeroIsNone: true, unit: 'milliseconds' },
  assign: (field, ms) => `${ms} = ${numberOf(field)};`,
});

const seconds = (start: number, end: number): TimeForm => ({
  ...{ start, end, bounds: 'absolute', zeroIsNone: true, unit: 'seconds' },
  assign: (field, ms) => `${ms} = (${numberOf(field)}) * 1000;`,
});

const beforeExport: TimeForm = {
  ...{ start: 158, end: 159, bounds: 'relative', zeroIsNone: false, unit: 'microseconds before export' },
  assign: (field, ms, ns) =>
    `x = c.exportMs * 1000 - (${numberOf(field)}); ${ms} = Math.floor(x / 1000); ${ns} = (x - ${ms} * 1000) * 1000;`,
};

/** v1, v5, v7 and v9: the header tells uptime and time at once; the difference counts modulo 2³² ms, with its sign. */
const uptimeOfHeader: TimeForm = {
  ...{ start: 22, end: 21, bounds: 'relative', zeroIsNone: true, unit: 'uptime of header' },
  assign: (field, ms, _, word) => `${word} = ${lowWord(field)}; ${ms} = c.exportMs - (c.sysUptime - ${word} | 0);`,
};

/**
 * IPFIX: relative to when the device was started, which the record tells or options data told. Uptime wraps: of all
 * times that differ by 2³² ms, the one nearest to the Export Time is meant.
 */
const uptimeSince = (started: string): TimeForm => ({
  ...{ start: 22, end: 21, bounds: 'absolute', zeroIsNone: true, unit: 'uptime since start' },
  assign: (field, ms, _, word) =>
    `${word} = ${lowWord(field)}; ${ms} = r.unwrapUptime(${started}, ${word}, c.exportMs);`,
});

/** Whether it is that of a date, which means the same in any record. */
export function isDate(unit: TimeForm['unit']): unit is TimeUnit {
  return unit.endsWith('of NTP') || unit === 'milliseconds' || unit === 'seconds';
}

/** The times of one event. */
const EVENTS: readonly TimeForm[] = [
  milliseconds(323, 323),
  ntp(324, 324, true),
  ntp(325, 325, false),
  seconds(322, 322),
];

/** All, the ones that count before others first. `init` tells when the device was started. */
export function timeForms(version: number, init: LocatedField | undefined): readonly TimeForm[] {
  return [
    ntp(156, 157, false),
    ntp(154, 155, true),
    milliseconds(152, 153),
    seconds(150, 151),
    beforeExport,
    version === 10 ? uptimeSince(init ? numberOf(init) : 'c.systemInitMs') : uptimeOfHeader,
    ...EVENTS,
  ];
}

/**
 * Unix nanoseconds of the number in a field, for numbers of any size. `started` is when the device was, in Unix
 * milliseconds.
 */
export function readTime(unit: TimeForm['unit'], raw: bigint, started: bigint, c: TimeContext): bigint {
  switch (unit) {
    case 'microseconds before export':
      return (BigInt(c.exportMs) * 1_000n - raw) * 1_000n;
    case 'uptime of header':
      return BigInt(c.exportMs - ((c.sysUptime - Number(raw & 0xffff_ffffn)) | 0)) * 1_000_000n;
    case 'uptime since start': {
      const uptime = raw & 0xffff_ffffn;
      const ms = unwrapUptime(Number(started), Number(uptime), c.exportMs);
      return (ms < Number.MAX_SAFE_INTEGER ? BigInt(ms) : started + uptime) * 1_000_000n;
    }
    default:
      return readUnit(unit, raw);
  }
}

/** Unix nanoseconds of an absolute time. */
export function readUnit(unit: TimeUnit, raw: bigint): bigint {
  switch (unit) {
    case 'seconds':
      return raw * 1_000_000_000n;
    case 'milliseconds':
      return raw * 1_000_000n;
    default:
      return ntpTime(raw, unit === 'microseconds of NTP');
  }
}
