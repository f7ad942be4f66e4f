/**
 * What generated plans call: values that are too rare or too long to be written inline.
 *
 * `u` and `w` are the batch's bytes and their DataView, `s` and `v` the packet's; `p` is where to write; each function
 * returns where it stopped. Bench: test/bench/encode.ts.
 */
import { Buffer } from 'node:buffer';
import type { AbstractDataType } from '../../decode/elements/elements.ts';
import { isInterval } from '../../devices/sampling-interval.ts';
import { message } from '../../otlp/protobuf-writer.ts';
import { ANY_VALUE, ARRAY_VALUE, KEY_VALUE, SPAN, STATUS, STATUS_CODE } from '../../otlp/tags.ts';
import { ipv4, ipv6, mac } from './address.ts';
import { dateText, nanosVarint } from './times.ts';

export { applicationKey, textOf } from '../../devices/identifiers.ts';
export { writeNetworkNames } from '../../networks/table.ts';
export { ipv4, ipv6 } from './address.ts';
export { communityId } from './community-id.ts';
export { writeConversation } from './conversation.ts';
export { directionByPorts, directionOfBiflow } from './direction.ts';
export { resolveTimes } from './odd-times.ts';
export { completePair } from './pair.ts';
export { nanos, nanosVarint, ntpNanos, ntpSeconds, unwrapUptime } from './times.ts';

/** Bytes of the varint of a 32-bit number, by its count of leading zeros. */
export const SIZE = Uint8Array.from({ length: 33 }, (_, zeros) => Math.max(1, Math.ceil((32 - zeros) / 7)));
/** Continuation bits of the first four bytes of a varint, by its size. */
export const MORE = Int32Array.of(0, 0, 0x80, 0x8080, 0x808080, 0x80808080 | 0);

/** Room that `wrap` needs before a message: its tag and a length of up to three bytes. */
const WRAP = 4;

/** Where the value of an attribute goes, if the attribute starts at `p`. */
export function open(u: Uint8Array, p: number, key: Uint8Array): number {
  u.set(key, p + WRAP);
  return p + WRAP + key.length + WRAP;
}

/** Completes the attribute that starts at `p`, and whose value ends at `end`. */
export function close(u: Uint8Array, p: number, key: Uint8Array, end: number): number {
  return wrap(u, SPAN.attributes, p, wrap(u, KEY_VALUE.value, p + WRAP + key.length, end));
}

/** Puts tag and length before a message that starts at `p + WRAP` and ends at `end`; closes the gap. */
function wrap(u: Uint8Array, tag: number, p: number, end: number): number {
  const start = p + WRAP;
  u[p] = tag;
  const content = varint(u, p + 1, end - start);
  u.copyWithin(content, start, end);
  return content + end - start;
}

/** Writes a non-negative integer below 2⁵³. */
function varint(u: Uint8Array, p: number, value: number): number {
  for (; value > 127; value = Math.floor(value / 128)) u[p++] = (value % 128) | 128;
  u[p++] = value;
  return p;
}

/** Corrects the length of the span that starts at `b`, when it does not take two bytes. */
export function resizeSpan(u: Uint8Array, b: number, end: number): number {
  const content = b + 3;
  const length = end - content;
  const start = b + 1 + varintSize(length);
  u.copyWithin(start, content, end);
  varint(u, b + 1, length);
  return start + length;
}

function varintSize(value: number): number {
  return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4;
}

/** Writes an attribute from `length` bytes at `o`; nothing when there are none or they mean nothing. */
export function attribute(
  u: Uint8Array,
  w: DataView,
  p: number,
  key: Uint8Array,
  type: AbstractDataType,
  s: Uint8Array,
  v: DataView,
  o: number,
  length: number,
): number {
  if (length === 0) return p;
  const end = value(u, w, open(u, p, key), type, s, v, o, length);
  return end < 0 ? p : close(u, p, key, end);
}

/**
 * Writes one attribute of the values of an element that occurs several times, an array when there is more than one, or
 * `isList`. `places` are offset, length, offset, …; `isSilent`: zeros say nothing and are left out; `names`: of numbers.
 */
export function arrayAttribute(
  u: Uint8Array,
  w: DataView,
  p: number,
  key: Uint8Array,
  type: AbstractDataType,
  s: Uint8Array,
  v: DataView,
  places: readonly number[],
  isSilent: boolean,
  names?: Readonly<Record<number, string>>,
  isList = false,
): number {
  const item = (at: number, o: number, length: number): number => {
    if (!names) return value(u, w, at, type, s, v, o, length);
    const number = readUint(s, o, length);
    return textValue(u, at, names[number] ?? String(number));
  };
  const array = open(u, p, key);
  let end = array + WRAP;
  let items = 0;
  let last = 0;
  for (let index = 0; index < places.length; index += 2) {
    const [at, length] = [places[index], places[index + 1]];
    if (length === 0 || (isSilent && !isSet(s, at, length))) continue;
    const itemEnd = item(end + WRAP, at, length);
    if (itemEnd < 0) continue;
    end = wrap(u, ARRAY_VALUE.values, end, itemEnd);
    items++;
    last = index;
  }
  if (items === 0) return p;
  if (items === 1 && !isList) return close(u, p, key, item(open(u, p, key), places[last], places[last + 1]));
  return close(u, p, key, wrap(u, ANY_VALUE.arrayValue, array, end));
}

/** Writes the names of the bits that are set of an unsigned integer, as an array; nothing when none is. */
export function bitsAttribute(
  u: Uint8Array,
  p: number,
  key: Uint8Array,
  names: readonly string[],
  s: Uint8Array,
  o: number,
  length: number,
): number {
  const array = open(u, p, key);
  let end = array + WRAP;
  for (let bit = 0; bit < 8 * length; bit++) {
    if ((s[o + length - 1 - (bit >> 3)] & (1 << (bit & 7))) === 0) continue;
    end = wrap(u, ARRAY_VALUE.values, end, textValue(u, end + WRAP, names[bit] ?? String(bit)));
  }
  if (end === array + WRAP) return p;
  return close(u, p, key, wrap(u, ANY_VALUE.arrayValue, array, end));
}

/** Writes an attribute with a text known at run time. */
export function textAttribute(u: Uint8Array, p: number, key: Uint8Array, text: string): number {
  return close(u, p, key, textValue(u, open(u, p, key), text));
}

/** Writes an int attribute; above 2⁶³−1 the number as text. */
export function uint64Attribute(u: Uint8Array, p: number, key: Uint8Array, high: number, low: number): number {
  return close(u, p, key, uint64Value(u, open(u, p, key), high, low));
}

/** Writes an int attribute of 64 bits, else the number as text. */
export function bigintAttribute(u: Uint8Array, p: number, key: Uint8Array, number: bigint): number {
  const bits = BigInt.asUintN(64, number);
  if (BigInt.asIntN(64, number) !== number) return textAttribute(u, p, key, String(number));
  const end = signedValue(u, open(u, p, key), Number(bits >> 32n) | 0, Number(bits & 0xffffffffn));
  return close(u, p, key, end);
}

/** Unix nanoseconds take nine bytes as a varint from 1972 to 2262. */
const NANOS_LENGTH = 9;
const FIRST_NANOS_MS = 2 ** 56 / 1e6;
const LAST_NANOS_MS = 2 ** 63 / 1e6 - 1;

/** Writes an int attribute of Unix nanoseconds, from milliseconds and nanoseconds beyond. */
export function nanosAttribute(u: Uint8Array, w: DataView, p: number, key: Uint8Array, ms: number, ns: number): number {
  if (!(ms > FIRST_NANOS_MS && ms < LAST_NANOS_MS)) {
    return bigintAttribute(u, p, key, BigInt(ms) * 1_000_000n + BigInt(ns));
  }
  u[p] = SPAN.attributes;
  p = varint(u, p + 1, key.length + 3 + NANOS_LENGTH);
  u.set(key, p);
  p += key.length;
  u[p] = KEY_VALUE.value;
  u[p + 1] = 1 + NANOS_LENGTH;
  u[p + 2] = ANY_VALUE.intValue;
  return nanosVarint(u, w, p + 3, ms, ns);
}

/** Writes an `AnyValue` by its abstract data type (RFC 7011 §6); -1 when the bytes have no meaning. */
function value(
  u: Uint8Array,
  w: DataView,
  p: number,
  type: AbstractDataType,
  s: Uint8Array,
  v: DataView,
  o: number,
  length: number,
): number {
  switch (type) {
    case 'unsigned8':
    case 'unsigned16':
    case 'unsigned32':
    case 'unsigned64':
    case 'unsigned256':
      if (length > 8) break;
      return uint64Value(
        u,
        p,
        readUint(s, o, length - 4),
        readUint(s, o + Math.max(0, length - 4), Math.min(4, length)),
      );
    case 'signed8':
    case 'signed16':
    case 'signed32':
    case 'signed64':
      if (length > 8) break;
      return signed(u, p, s, o, length);
    case 'float32':
      if (length !== 4) break;
      return doubleValue(u, w, p, v.getFloat32(o));
    case 'float64':
      if (length !== 4 && length !== 8) break;
      return doubleValue(u, w, p, length === 4 ? v.getFloat32(o) : v.getFloat64(o));
    case 'boolean':
      if (length !== 1) break;
      if (s[o] !== 1 && s[o] !== 2) return -1;
      u[p] = ANY_VALUE.boolValue;
      u[p + 1] = 2 - s[o];
      return p + 2;
    case 'macAddress':
      if (length !== 6) break;
      u[p] = ANY_VALUE.stringValue;
      u[p + 1] = 17;
      return mac(u, p + 2, s, o);
    case 'ipv4Address':
    case 'ipv6Address': {
      if (length !== (type === 'ipv4Address' ? 4 : 16)) break;
      const end = length === 4 ? ipv4(w, p + 2, v.getUint32(o)) : ipv6(u, w, p + 2, s, o);
      u[p] = ANY_VALUE.stringValue;
      u[p + 1] = end - p - 2;
      return end;
    }
    case 'string':
      return stringValue(u, p, s, o, length);
    case 'dateTimeSeconds':
    case 'dateTimeMilliseconds':
    case 'dateTimeMicroseconds':
    case 'dateTimeNanoseconds': {
      if (type === 'dateTimeSeconds' ? length > 8 : length !== 8) break;
      const text = dateText(type, v, o, length);
      if (text === undefined) break;
      return textValue(u, p, text);
    }
  }
  return hexValue(u, p, s, o, length);
}

function readUint(s: Uint8Array, o: number, length: number): number {
  let value = 0;
  for (let index = 0; index < length; index++) value = value * 256 + s[o + index];
  return value;
}

function uint64Value(u: Uint8Array, p: number, high: number, low: number): number {
  if (high >= 0x8000_0000) return textValue(u, p, String((BigInt(high) << 32n) | BigInt(low)));
  u[p] = ANY_VALUE.intValue;
  return varint64(u, p + 1, high, low);
}

/** An int of fewer than eight bytes has its sign extended (RFC 7011 §6.2). */
function signed(u: Uint8Array, p: number, s: Uint8Array, o: number, length: number): number {
  const sign = s[o] & 0x80 ? -1 : 0;
  let high = sign;
  let low = sign;
  for (let index = 0; index < length; index++) {
    high = (high << 8) | (low >>> 24);
    low = (low << 8) | s[o + index];
  }
  return signedValue(u, p, high, low);
}

function signedValue(u: Uint8Array, p: number, high: number, low: number): number {
  u[p] = ANY_VALUE.intValue;
  return varint64(u, p + 1, high >>> 0, low >>> 0);
}

function varint64(u: Uint8Array, p: number, high: number, low: number): number {
  while (high > 0 || low > 127) {
    u[p++] = (low & 127) | 128;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  u[p++] = low;
  return p;
}

function doubleValue(u: Uint8Array, w: DataView, p: number, number: number): number {
  u[p] = ANY_VALUE.doubleValue;
  w.setFloat64(p + 1, number, true);
  return p + 9;
}

/** Up to the first NUL, -1 when that is nothing; what is not UTF-8 becomes U+FFFD. */
function stringValue(u: Uint8Array, p: number, s: Uint8Array, o: number, size: number): number {
  let length = 0;
  let bits = 0;
  while (length < size && s[o + length] !== 0) bits |= s[o + length++];
  if (length === 0) return -1;
  if (bits > 127) return textValue(u, p, Buffer.from(s.buffer, s.byteOffset + o, length).toString('utf8'));
  u[p] = ANY_VALUE.stringValue;
  const start = varint(u, p + 1, length);
  for (let index = 0; index < length; index++) u[start + index] = s[o + index];
  return start + length;
}

function textValue(u: Uint8Array, p: number, text: string): number {
  u[p] = ANY_VALUE.stringValue;
  const start = varint(u, p + 1, Buffer.byteLength(text));
  return start + Buffer.from(u.buffer, u.byteOffset, u.byteLength).write(text, start);
}

const HEX = Buffer.from('0123456789abcdef');

function hexValue(u: Uint8Array, p: number, s: Uint8Array, o: number, length: number): number {
  u[p] = ANY_VALUE.stringValue;
  let at = varint(u, p + 1, length * 2);
  for (let index = 0; index < length; index++) {
    const byte = s[o + index];
    u[at++] = HEX[byte >> 4];
    u[at++] = HEX[byte & 15];
  }
  return at;
}

/** Whether any of `length` bytes at `o` is not 0. */
export function isSet(s: Uint8Array, o: number, length: number): boolean {
  for (let index = 0; index < length; index++) if (s[o + index] !== 0) return true;
  return false;
}

const scratch = Buffer.alloc(48);
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, scratch.length);

/** An address of 4 or 16 bytes as text. */
export function addressText(s: Uint8Array, v: DataView, o: number, length: number): string {
  const end = length === 4 ? ipv4(scratchView, 0, v.getUint32(o)) : ipv6(scratch, scratchView, 0, s, o);
  return scratch.toString('latin1', 0, end);
}

/** The classification engine whose selectors are of vendors (PANA-L7-PEN, RFC 6759 §4.1). */
const ENGINE_OF_VENDORS = 20;
const PEN_LENGTH = 4;

/**
 * Text of an application id (RFC 6759 §4): classification engine, the enterprise number where the engine has one, then
 * the selector.
 */
export function applicationId(s: Uint8Array, o: number, length: number): string {
  const engine = s[o];
  const id = s.subarray(o + 1, o + length);
  const penLength = engine === ENGINE_OF_VENDORS && id.length >= PEN_LENGTH ? PEN_LENGTH : 0;
  const pen = penLength > 0 ? `${readUint(id, 0, PEN_LENGTH)}:` : '';
  return `${engine}:${pen}${BigInt(`0x0${Buffer.from(id.subarray(penLength)).toString('hex')}`)}`;
}

/** The interval itself, or 0 when it can't be one. */
export function samplingInterval(interval: number): number {
  return isInterval(interval) ? interval : 0;
}

/** Writes `Span.status`: ERROR with a message. */
export function errorStatus(u: Uint8Array, p: number, text: string): number {
  const bytes = Buffer.from(text);
  const status = message(SPAN.status, message(STATUS.message, bytes), [STATUS.code, STATUS_CODE.error]);
  u.set(status, p);
  return p + status.length;
}
