/** Attributes of a span. Parameters are those of runtime.ts. */
import type { AbstractDataType } from '../../decode/elements/elements.ts';
import { ANY_VALUE, ARRAY_VALUE, KEY_VALUE, SPAN } from '../../otlp/tags.ts';
import { nanosVarint } from './times.ts';
import { varint } from './varint.ts';
import { anyValue, isSet, readUint, signedValue, textValue, uint64Value } from './write-value.ts';

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
  const end = anyValue(u, w, open(u, p, key), type, s, v, o, length);
  return end < 0 ? p : close(u, p, key, end);
}

/**
 * Writes one attribute of the values of an element that occurs several times, an array when there is more than one, or
 * `isList`. `places` are offset, length, offset, …; `isSilent`: zeros say nothing and are left out; `names`: of
 * numbers.
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
    if (!names) return anyValue(u, w, at, type, s, v, o, length);
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
