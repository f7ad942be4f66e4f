/** Reads the attributes of a span that a record plan wrote. */
import { Buffer } from 'node:buffer';

export type Value = string | number | bigint | boolean | Value[];

const SPAN_ATTRIBUTES = 9;
const [STRING, BOOL, INT, DOUBLE, ARRAY] = [1, 2, 3, 4, 5];
const [VARINT, FIXED64, FIXED32] = [0, 1, 5];

/** The attributes of the span in `bytes`, a `ScopeSpans.spans` field with its tag and length. */
export function readAttributes(bytes: Buffer): Map<string, Value> {
  const attributes = new Map<string, Value>();
  for (const span of fields(bytes)) {
    for (const { number, content } of fields(span.content)) {
      if (number !== SPAN_ATTRIBUTES) continue;
      const [key, value] = fields(content);
      attributes.set(key.content.toString(), anyValue(value.content));
    }
  }
  return attributes;
}

type Field = { number: number; content: Buffer; varint: bigint };

function anyValue(bytes: Buffer): Value {
  const [{ number, content, varint }] = fields(bytes);
  switch (number) {
    case STRING:
      return content.toString();
    case BOOL:
      return varint !== 0n;
    case INT:
      return BigInt.asIntN(64, varint);
    case DOUBLE:
      return content.readDoubleLE();
    case ARRAY:
      return fields(content).map((item) => anyValue(item.content));
    default:
      throw new Error(`an attribute has the value type ${number}`);
  }
}

function fields(bytes: Buffer): Field[] {
  const all: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = Number(varint());
    const field: Field = { number: tag >> 3, content: Buffer.alloc(0), varint: 0n };
    if ((tag & 7) === VARINT) {
      field.varint = varint();
    } else {
      const length = (tag & 7) === FIXED64 ? 8 : (tag & 7) === FIXED32 ? 4 : Number(varint());
      field.content = bytes.subarray(at, at + length);
      at += length;
    }
    all.push(field);
  }
  return all;

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
}
