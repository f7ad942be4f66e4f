/** Reads the attributes of a span that a record plan wrote. */
import type { Buffer } from 'node:buffer';
import { ProtobufReader } from '../otlp/protobuf-reader.ts';
import { ANY_VALUE, SPAN } from '../otlp/tags.ts';

export type Value = string | number | bigint | boolean | Value[];

/** The attributes of the span in `bytes`, a `ScopeSpans.spans` field with its tag and length. */
export function readAttributes(bytes: Buffer): Map<string, Value> {
  const reader = new ProtobufReader(bytes);
  const attributes = new Map<string, Value>();
  reader.uint32(); // ScopeSpans.spans
  const end = reader.enter();
  while (reader.at < end) {
    const tag = reader.uint32();
    if (tag !== SPAN.attributes) {
      reader.skip(tag);
      continue;
    }
    reader.enter();
    reader.uint32(); // KeyValue.key
    const key = reader.text();
    reader.uint32(); // KeyValue.value
    attributes.set(key, readAnyValue(reader));
  }
  return attributes;
}

function readAnyValue(reader: ProtobufReader): Value {
  reader.enter();
  const tag = reader.uint32();
  switch (tag) {
    case ANY_VALUE.stringValue:
      return reader.text();
    case ANY_VALUE.boolValue:
      return reader.uint32() !== 0;
    case ANY_VALUE.intValue:
      return reader.int64();
    case ANY_VALUE.doubleValue:
      return reader.double();
    case ANY_VALUE.arrayValue:
      return readArray(reader);
    default:
      throw new Error(`an attribute's value has the tag ${tag}`);
  }
}

function readArray(reader: ProtobufReader): Value[] {
  const end = reader.enter();
  const values: Value[] = [];
  while (reader.at < end) {
    reader.uint32(); // ArrayValue.values
    values.push(readAnyValue(reader));
  }
  return values;
}
