/** From an element's bytes to an attribute's value, by abstract data type (RFC 7011 §6). */
import type { AbstractDataType } from '../../collector/decode/elements/types.ts';
import type { AttributeValue } from '../otlp/decode.ts';
import { toUnsigned } from './packet.ts';

const MAX_INT64 = 2n ** 63n - 1n;
/** Seconds from 1900, where NTP's time starts, to 1970. */
const NTP_EPOCH = 2_208_988_800n;
/** A timestamp without the first bit set is of NTP's second era, which starts in 2036. */
const NTP_ERA = 2n ** 32n;
const LAST_DATE = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The value, hexadecimal where the length does not fit the type; undefined for no text and a boolean that is neither.
 */
export function attributeValue(type: AbstractDataType | undefined, bytes: Uint8Array): AttributeValue | undefined {
  if (type === undefined || !fits(type, bytes)) return hex(bytes);
  switch (type) {
    case 'boolean':
      return bytes[0] === 1 ? true : bytes[0] === 2 ? false : undefined;
    case 'float32':
    case 'float64': {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return bytes.length === 4 ? view.getFloat32(0) : view.getFloat64(0);
    }
    case 'macAddress':
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
    case 'ipv4Address':
    case 'ipv6Address':
      return addressText(bytes);
    case 'string':
      return textValue(bytes);
    case 'dateTimeSeconds':
    case 'dateTimeMilliseconds':
    case 'dateTimeMicroseconds':
    case 'dateTimeNanoseconds':
      return dateText(type, bytes) ?? hex(bytes);
    default:
      if (type.startsWith('unsigned')) return int(toUnsigned(bytes));
      if (type.startsWith('signed')) return int(BigInt.asIntN(bytes.length * 8, toUnsigned(bytes)));
      return hex(bytes);
  }
}

/** Up to the first NUL; undefined when that is nothing. */
function textValue(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(end < 0 ? bytes : bytes.subarray(0, end));
  return text === '' ? undefined : text;
}

/** Whether the type can have a value of this length, reduced-size encoding (RFC 7011 §6.2) included. */
export function fits(type: AbstractDataType, { length }: Uint8Array): boolean {
  switch (type) {
    case 'boolean':
      return length === 1;
    case 'float32':
    case 'ipv4Address':
      return length === 4;
    case 'dateTimeSeconds':
    case 'dateTimeMilliseconds':
      return length <= 8;
    case 'float64':
      return length === 4 || length === 8;
    case 'macAddress':
      return length === 6;
    case 'ipv6Address':
      return length === 16;
    case 'dateTimeMicroseconds':
    case 'dateTimeNanoseconds':
      return length === 8;
    default:
      return !/^(un)?signed/.test(type) || length <= 8;
  }
}

/** An int, or its decimal digits where OTLP's int can't hold it. */
export function int(value: bigint): bigint | string {
  return value > MAX_INT64 || value < -MAX_INT64 - 1n ? value.toString() : value;
}

/** The Unix time of a date element, in nanoseconds (RFC 7011 §6.1.7–6.1.10). */
export function unixNanoseconds(type: AbstractDataType, bytes: Uint8Array): bigint {
  const value = toUnsigned(bytes);
  if (type === 'dateTimeSeconds') return value * 1_000_000_000n;
  if (type === 'dateTimeMilliseconds') return value * 1_000_000n;
  const seconds = value >> 32n;
  const fraction = value & 0xffff_ffffn;
  const unix = (seconds < 2n ** 31n ? seconds + NTP_ERA : seconds) - NTP_EPOCH;
  // A binary fraction is below the decimal it stands for: the nearest decimal is what the exporter meant.
  const nearest = (bits: bigint, unit: bigint) => (bits * unit + 2n ** 31n) >> 32n;
  if (type === 'dateTimeNanoseconds') return unix * 1_000_000_000n + nearest(fraction, 1_000_000_000n);
  return unix * 1_000_000_000n + nearest(fraction & ~0x7ffn, 1_000_000n) * 1_000n;
}

function dateText(type: AbstractDataType, bytes: Uint8Array): string | undefined {
  const nanoseconds = unixNanoseconds(type, bytes);
  const milliseconds = floorDivide(nanoseconds, 1_000_000n);
  if (milliseconds > LAST_DATE) return undefined;
  const seconds = new Date(Number(milliseconds)).toISOString().slice(0, 19);
  const digits = { dateTimeSeconds: 0, dateTimeMilliseconds: 3, dateTimeMicroseconds: 6, dateTimeNanoseconds: 9 }[
    type as string
  ]!;
  const fraction = (nanoseconds - floorDivide(nanoseconds, 1_000_000_000n) * 1_000_000_000n).toString();
  return `${seconds}${digits === 0 ? '' : `.${fraction.padStart(9, '0').slice(0, digits)}`}Z`;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient;
}

/** An address of 4 or 16 bytes as text; IPv6 by RFC 5952. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255) {
    return `::ffff:${bytes.subarray(12).join('.')}`;
  }
  const groups = Array.from({ length: 8 }, (_, index) => bytes[index * 2] * 256 + bytes[index * 2 + 1]);
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = groups.map((group) => group.toString(16));
  if (best.length === 1) return text.join(':');
  return `${text.slice(0, best.start).join(':')}::${text.slice(best.start + best.length).join(':')}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
