/** Reads the attributes of a span that a record plan wrote. */
import type { Buffer } from 'node:buffer';

export type Value = string | number | bigint | boolean | Value[];

/** Tags of what a record plan writes (opentelemetry/proto/trace/v1, common/v1). */
const ATTRIBUTE = 0x4a;
const [STRING, BOOL, INT, DOUBLE, ARRAY] = [0x0a, 0x10, 0x18, 0x21, 0x2a];
const [VARINT, FIXED64, BYTES] = [0, 1, 2];
/** A varint of this many bytes fits into a double. */
const MAX_NUMBER_BYTES = 7;

/** The attributes of the span in `bytes`, a `ScopeSpans.spans` field with its tag and length. */
export function readAttributes(bytes: Buffer): Map<string, Value> {
  const reader = new Reader(bytes);
  const attributes = new Map<string, Value>();
  reader.skipTag();
  const end = reader.end();
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag !== ATTRIBUTE) {
      reader.skipValue(tag);
      continue;
    }
    reader.end();
    reader.skipTag();
    const key = reader.text();
    reader.skipTag();
    attributes.set(key, reader.anyValue());
  }
  return attributes;
}

class Reader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Skips a tag that is known. */
  skipTag(): void {
    this.at++;
  }

  /** Skips the value of a field. */
  skipValue(tag: number): void {
    const type = tag & 7;
    if (type === BYTES) this.at = this.end();
    else if (type === VARINT) this.varint();
    else this.at += type === FIXED64 ? 8 : 4;
  }

  /** Where the message ends whose length comes next. */
  end(): number {
    const length = this.varint();
    return this.at + length;
  }

  text(): string {
    const end = this.end();
    const text = this.#bytes.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.at++];
      value += (byte & 127) * scale;
      if (!(byte >= 128)) return value;
    }
  }

  anyValue(): Value {
    const end = this.end();
    const tag = this.#bytes[this.at++];
    switch (tag) {
      case STRING:
        return this.text();
      case BOOL:
        return this.varint() !== 0;
      case INT:
        return this.#int(end);
      case DOUBLE:
        this.at = end;
        return this.#bytes.readDoubleLE(end - 8);
      case ARRAY:
        return this.#array();
      default:
        throw new Error(`an attribute's value has the tag ${tag}`);
    }
  }

  #int(end: number): bigint {
    if (end - this.at <= MAX_NUMBER_BYTES) return BigInt(this.varint());
    let value = 0n;
    for (let last = end - 1; last >= this.at; last--) value = (value << 7n) | BigInt(this.#bytes[last] & 127);
    this.at = end;
    return BigInt.asIntN(64, value);
  }

  #array(): Value[] {
    const end = this.end();
    const values: Value[] = [];
    while (this.at < end) {
      this.skipTag();
      values.push(this.anyValue());
    }
    return values;
  }
}
