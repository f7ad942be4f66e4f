/** A reader of protobuf's wire format: just enough to show spans on the page. */

/** Bytes of a length-delimited field; the number of any other. */
export type Value = Uint8Array | bigint;

/** The fields of a message in order. Throws a RangeError when the bytes are not valid. */
export function* walk(bytes: Uint8Array): Generator<{ field: number; value: Value }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;

  function varint(): bigint {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = view.getUint8(offset++);
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, result);
    }
    throw new RangeError('protobuf: a varint of more than 10 bytes');
  }

  /** Tags and lengths: at most 32 bits, and so frequent that they go without bigints. */
  function varint32(): number {
    let result = 0;
    for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
      const byte = view.getUint8(offset++);
      result += (byte & 0x7f) * factor;
      if (byte < 0x80) return result;
    }
    throw new RangeError('protobuf: a tag or length of more than 5 bytes');
  }

  while (offset < bytes.length) {
    const tag = varint32();
    const field = Math.floor(tag / 8);
    const wireType = tag % 8;
    let value: Value;
    if (wireType === 0) {
      value = varint();
    } else if (wireType === 1) {
      value = view.getBigUint64(offset, true);
      offset += 8;
    } else if (wireType === 5) {
      value = BigInt(view.getUint32(offset, true));
      offset += 4;
    } else if (wireType === 2) {
      const length = varint32();
      if (length > bytes.length - offset) throw new RangeError('protobuf: a field runs over the end of its message');
      value = bytes.subarray(offset, offset + length);
      offset += length;
    } else {
      throw new RangeError(`protobuf: wire type ${wireType} is not in use`);
    }
    yield { field, value };
  }
}

/** The values of each field of a message. Throws a RangeError when the bytes are not valid. */
export function fields(bytes: Uint8Array): Map<number, Value[]> {
  const result = new Map<number, Value[]>();
  for (const { field, value } of walk(bytes)) {
    const values = result.get(field);
    if (values) values.push(value);
    else result.set(field, [value]);
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
