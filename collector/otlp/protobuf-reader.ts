/** Reads protobuf's wire format: value by value, where it must be quick, or the fields of a message at once. */
import { Buffer } from 'node:buffer';

/** Bytes of a length-delimited field; the number of any other. */
export type Value = Uint8Array | bigint;

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];
/** A tag or a length is below 2³²: at most five bytes. */
const MAX_UINT32_SCALE = 2 ** 28;
const MAX_VARINT_BYTES = 10;
/** A varint of up to seven bytes fits into a double. */
const MAX_NUMBER_SCALE = 2 ** 49;

/** Reads from `at` on. What leads beyond the end of the bytes throws a RangeError. */
export class ProtobufReader {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A tag, or the length of what comes next. */
  uint32(): number {
    let value = 0;
    for (let scale = 1; scale <= MAX_UINT32_SCALE; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError('protobuf: a tag or length of more than 5 bytes');
  }

  /** A varint of an int64, whose negative numbers are its two's complement. */
  int64(): bigint {
    const start = this.at;
    let value = 0;
    for (let scale = 1; scale < MAX_NUMBER_SCALE; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return BigInt(value);
    }
    while (this.#byte() >= 128) {
      if (this.at - start === MAX_VARINT_BYTES) throw new RangeError('protobuf: a varint of more than 10 bytes');
    }
    let large = 0n;
    for (let at = this.at - 1; at >= start; at--) large = (large << 7n) | BigInt(this.#bytes[at] & 127);
    return BigInt.asIntN(64, large);
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#pass(8));
  }

  text(): string {
    const start = this.#pass(this.uint32());
    return this.#bytes.toString('utf8', start, this.at);
  }

  /** Enters a message; returns where it ends. */
  enter(): number {
    const start = this.#pass(this.uint32());
    const end = this.at;
    this.at = start;
    return end;
  }

  /** The value of a field with this tag. */
  value(tag: number): Value {
    const type = tag % 8;
    if (type === VARINT) return this.int64();
    if (type === FIXED64) return this.#bytes.readBigUInt64LE(this.#pass(8));
    if (type === FIXED32) return BigInt(this.#bytes.readUInt32LE(this.#pass(4)));
    if (type !== BYTES) throw new RangeError(`protobuf: wire type ${type} is not in use`);
    const start = this.#pass(this.uint32());
    return this.#bytes.subarray(start, this.at);
  }

  /** Skips the value of a field with this tag. */
  skip(tag: number): void {
    const type = tag % 8;
    if (type === BYTES) this.#pass(this.uint32());
    else if (type === VARINT) while (this.#byte() >= 128);
    else if (type === FIXED64) this.#pass(8);
    else if (type === FIXED32) this.#pass(4);
    else throw new RangeError(`protobuf: wire type ${type} is not in use`);
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new RangeError('protobuf: the message ends within a number');
    return byte;
  }

  /** Skips this many bytes; returns where they start. */
  #pass(length: number): number {
    const start = this.at;
    if (length > this.#bytes.length - start) throw new RangeError('protobuf: a field runs over the end of its message');
    this.at = start + length;
    return start;
  }
}

/** The fields of a message in order, with tag and number. Throws a RangeError when the bytes are not valid. */
export function* walk(bytes: Uint8Array): Generator<{ tag: number; field: number; value: Value }> {
  const reader = new ProtobufReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  while (reader.at < bytes.length) {
    const tag = reader.uint32();
    yield { tag, field: Math.floor(tag / 8), value: reader.value(tag) };
  }
}

/** The values of each field of a message, by tag. Throws a RangeError when the bytes are not valid. */
export function fields(bytes: Uint8Array): Map<number, Value[]> {
  const result = new Map<number, Value[]>();
  for (const { tag, value } of walk(bytes)) {
    const values = result.get(tag);
    if (values) values.push(value);
    else result.set(tag, [value]);
  }
  return result;
}

/** Bytes as lower-case hexadecimal; anything else as the empty string. */
export function hex(value: Value | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : '';
}

/** Bytes as UTF-8 text; anything else as the empty string. */
export function text(value: Value | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : '';
}
