/** Where an expectation is at fault: what is compared must differ in just this way, and the standard says why. */
import type { Subject } from './readers.ts';

export type Explanation = {
  fields: string[];
  why: string;
  /** Whether this disagreement is of the kind described. */
  holds(expected: unknown, actual: unknown, subject: Subject): boolean;
};

const SWITCHED = ['first_switched', 'last_switched'];

function milliseconds(date: unknown): number {
  return Date.parse(String(date));
}

/** Milliseconds into its second of a v5 header's time. */
function headerFraction({ packet }: Subject): number {
  return Math.floor(new DataView(packet.buffer, packet.byteOffset).getUint32(12) / 1_000_000);
}

/** Counters. */
export const ZERO_GIVES_WAY: Omit<Explanation, 'fields'> = {
  why:
    'The record counts nothing before the device (1, 2) and something after it (23, 24): a zero gives way to what ' +
    'contradicts it.',
  holds: (expected, actual) => [expected].flat().every((value) => value === 0) && Number(actual) > 0,
};

export const LOGSTASH_EXPLANATIONS: Explanation[] = [
  {
    fields: ['l4_src_port', 'l4_dst_port'],
    why: 'ICMP has no ports: what stands there is its type and code, or an identifier.',
    holds: (_, actual, { flow }) => actual === 0 && /icmp$/.test(String(flow.attributes['network.transport'])),
  },
  { fields: ['in_bytes', 'in_pkts'], ...ZERO_GIVES_WAY },
  {
    fields: SWITCHED,
    why:
      'The expectation is one second late: the seconds of an uptime difference are subtracted rounded down, its ' +
      'fraction then taken from a whole second, and no second is borrowed for it (in v5 only when the fraction is ' +
      'larger than that of the header). RFC 3954 §5.1: UNIX Secs and sysUpTime are of the same moment, so the ' +
      'absolute time is UNIX Secs − (sysUpTime − SWITCHED) in milliseconds.',
    holds: (expected, actual, subject) =>
      milliseconds(expected) - milliseconds(actual) === 1_000 &&
      (subject.root.attributes['netflow.version'] === 9n || milliseconds(actual) % 1_000 > headerFraction(subject)),
  },
  {
    fields: SWITCHED,
    why:
      'The expectation is 2³² ms late: FIRST is 4294967295, one millisecond before the uptime counter was 0. Uptimes ' +
      'are 32-bit counters that wrap, so their difference is signed modulo 2³².',
    holds: (expected, actual) => milliseconds(expected) - milliseconds(actual) === 2 ** 32,
  },
];
