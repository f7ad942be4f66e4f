/** Datagrams of sFlow, in hexadecimal digits, part by part. */
import { Buffer } from 'node:buffer';

export const u32 = (...values: number[]): string =>
  values.map((value) => (value >>> 0).toString(16).padStart(8, '0')).join('');

/** Bytes as XDR has them: their number, and zeros up to whole words. */
function opaque(hex: string): string {
  return u32(hex.length / 2) + padded(hex);
}

export const text = (value: string): string => opaque(Buffer.from(value).toString('hex'));

/** An address with its type. */
export const address = (hex: string): string => u32(hex.length === 8 ? 1 : 2) + hex;

const padded = (hex: string): string => hex.padEnd(Math.ceil(hex.length / 8) * 8, '0');
const sized = (format: number, body: string): string => u32(format, body.length / 2) + body;

/** A record of a sample. */
export const record = (format: number, body: string): string => sized(format, body);

/** The record with the beginning of a frame; by default of Ethernet, and all of it. */
export function rawHeader(hex: string, { protocol = 1, length = hex.length / 2, stripped = 0 } = {}): string {
  return record(1, u32(protocol, length, stripped) + opaque(hex));
}

type Sampling = { sequence?: number; rate?: number; pool?: number; drops?: number; input?: number; output?: number };

export function flowSample(
  records: readonly string[],
  { sequence = 1, rate = 1_000, pool = 5_000, drops = 3, input = 7, output = 8 }: Sampling = {},
): string {
  return sized(1, u32(sequence, 7, rate, pool, drops, input, output, records.length) + records.join(''));
}

type Interfaces = { inputFormat?: number; outputFormat?: number; sourceClass?: number; sourceIndex?: number };

export function expandedFlowSample(
  records: readonly string[],
  {
    sequence = 1,
    rate = 1_000,
    pool = 5_000,
    drops = 3,
    input = 7,
    output = 8,
    ...interfaces
  }: Sampling & Interfaces = {},
): string {
  const { inputFormat = 0, outputFormat = 0, sourceClass = 0, sourceIndex = 7 } = interfaces;
  const head = u32(sequence, sourceClass, sourceIndex, rate, pool, drops, inputFormat, input, outputFormat, output);
  return sized(3, head + u32(records.length) + records.join(''));
}

export const counterSample = (records: readonly string[], sequence = 1): string =>
  sized(2, u32(sequence, 7, records.length) + records.join(''));

/** if_counters of interface 7: 10 Gbit/s, up, with these octets and unicast packets received, and nothing sent. */
export const interfaceCounters = (octets: number, packets: number): string =>
  record(1, u32(7, 6, 2, 0x540b_e400, 1, 3, 0, octets, packets, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2));

export const expandedCounterSample = (records: readonly string[], sequence = 1): string =>
  sized(4, u32(sequence, 0, 7, records.length) + records.join(''));

export const discardedPacket = (
  records: readonly string[],
  { reason = 258, drops = 2, input = 7, output = 0 } = {},
): string => sized(5, u32(1, 0, 7, drops, input, output, reason, records.length) + records.join(''));

export const unknownSample = (body = '00000000'): string => sized(4_300 * 4_096 + 1, body);

export function datagram(
  samples: readonly string[],
  { agent = 'c0000201', subAgent = 0, sequence = 1, uptime = 100_000, count = samples.length } = {},
): Buffer {
  const header = u32(5) + address(agent) + u32(subAgent, sequence, uptime, count);
  return Buffer.from(header + samples.join(''), 'hex');
}
