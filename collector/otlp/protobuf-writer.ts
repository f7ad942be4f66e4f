/** The protobuf encoding, for bytes that are made once: keys, names, resources. Plans write the rest themselves. */
import { Buffer } from 'node:buffer';
import { ANY_VALUE, ARRAY_VALUE, KEY_VALUE, SPAN } from './tags.ts';

export type AttributeValue = string | number | boolean | readonly (string | number)[];

/** A varint; `value` is a non-negative safe integer. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/** A length-delimited field. */
export function message(tag: number, ...contents: readonly (readonly number[] | Uint8Array)[]): Uint8Array {
  const head = [tag, ...varint(contents.reduce((total, content) => total + content.length, 0))];
  const bytes = new Uint8Array(contents.reduce((total, content) => total + content.length, head.length));
  let at = 0;
  for (const part of [head, ...contents]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** `KeyValue.key`. */
export function encodeKey(name: string): Uint8Array {
  return message(KEY_VALUE.key, Buffer.from(name));
}

/** A `KeyValue` as the field `tag` of its message. Numbers are ints when they are integers, else doubles. */
export function attribute(tag: number, name: string, value: AttributeValue): Uint8Array {
  return message(tag, encodeKey(name), message(KEY_VALUE.value, anyValue(value)));
}

/** A whole `Span.attributes` field. */
export function spanAttribute(name: string, value: AttributeValue): Uint8Array {
  return attribute(SPAN.attributes, name, value);
}

function anyValue(value: AttributeValue): Uint8Array {
  if (typeof value === 'string') return message(ANY_VALUE.stringValue, Buffer.from(value));
  if (typeof value === 'boolean') return Uint8Array.of(ANY_VALUE.boolValue, value ? 1 : 0);
  if (typeof value === 'object') {
    return message(ANY_VALUE.arrayValue, ...value.map((item) => message(ARRAY_VALUE.values, anyValue(item))));
  }
  const bytes = Buffer.alloc(8);
  if (!Number.isSafeInteger(value)) {
    bytes.writeDoubleLE(value);
    return Uint8Array.of(ANY_VALUE.doubleValue, ...bytes);
  }
  if (value >= 0) return Uint8Array.of(ANY_VALUE.intValue, ...varint(value));
  let rest = BigInt.asUintN(64, BigInt(value));
  const digits: number[] = [];
  for (; rest > 127n; rest >>= 7n) digits.push(Number(rest & 127n) | 128);
  return Uint8Array.of(ANY_VALUE.intValue, ...digits, Number(rest));
}
