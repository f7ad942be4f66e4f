/** Values of attributes, `AnyValue`s. Parameters are those of runtime.ts. */
import { Buffer } from 'node:buffer';
import type { AbstractDataType } from '../../decode/elements/elements.ts';
import { ANY_VALUE } from '../../otlp/tags.ts';
import { ipv4, ipv6, mac } from './address.ts';
import { dateText } from './times.ts';
import { varint, varint64 } from './varint.ts';

/** Writes a value by its abstract data type (RFC 7011 §6); -1 when the bytes have no meaning. */
export function anyValue(
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
      if (isNtp(type) ? length !== 8 : length > 8) break;
      const text = dateText(type, v, o, length);
      if (text === undefined) break;
      return textValue(u, p, text);
    }
  }
  return hexValue(u, p, s, o, length);
}

function isNtp(type: AbstractDataType): boolean {
  return type === 'dateTimeMicroseconds' || type === 'dateTimeNanoseconds';
}

/** An unsigned integer, exact below 2⁵³. */
export function readUint(s: Uint8Array, o: number, length: number): number {
  let value = 0;
  for (let index = 0; index < length; index++) value = value * 256 + s[o + index];
  return value;
}

/** Writes an unsigned integer of two words as an int; above 2⁶³−1 as text. */
export function uint64Value(u: Uint8Array, p: number, high: number, low: number): number {
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

/** Writes a signed integer of two words as an int. */
export function signedValue(u: Uint8Array, p: number, high: number, low: number): number {
  u[p] = ANY_VALUE.intValue;
  return varint64(u, p + 1, high >>> 0, low >>> 0);
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

/** Writes a text. */
export function textValue(u: Uint8Array, p: number, text: string): number {
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
