/** What we read of a `google.rpc.Status`. */
export type RpcStatus = {
  message: string;
  /** Milliseconds, from the `google.rpc.RetryInfo` among its details. */
  retryDelay?: number;
};

const RETRY_INFO = 'google.rpc.RetryInfo';

/** Reads a `google.rpc.Status`: `grpc-status-details-bin`, or the body of an OTLP/HTTP error. Undefined: it is none. */
export function readRpcStatus(bytes: Uint8Array): RpcStatus | undefined {
  try {
    const status: RpcStatus = { message: '' };
    for (const [field, value] of fields(bytes)) {
      if (field === 2) status.message = Buffer.from(bytesOf(value)).toString();
      if (field === 3) status.retryDelay ??= readRetryInfo(bytesOf(value));
    }
    return status;
  } catch {
    return undefined;
  }
}

/** Reads a `google.protobuf.Any`: the delay, if it holds a RetryInfo. */
function readRetryInfo(any: Uint8Array): number | undefined {
  let type = '';
  let content: Uint8Array | undefined;
  for (const [field, value] of fields(any)) {
    if (field === 1) type = Buffer.from(bytesOf(value)).toString();
    if (field === 2) content = bytesOf(value);
  }
  if (!type.endsWith(`/${RETRY_INFO}`)) return undefined;
  let delay = 0;
  for (const [field, value] of fields(content ?? new Uint8Array())) {
    if (field === 1) delay = readDuration(bytesOf(value));
  }
  return delay;
}

/** Reads a `google.protobuf.Duration` as milliseconds; a negative one as 0. */
function readDuration(bytes: Uint8Array): number {
  let milliseconds = 0;
  for (const [field, value] of fields(bytes)) {
    const number = Number(BigInt.asIntN(64, BigInt(value as number)));
    if (field === 1) milliseconds += number * 1_000;
    if (field === 2) milliseconds += number / 1e6;
  }
  return Math.max(0, milliseconds);
}

function bytesOf(value: number | Uint8Array): Uint8Array {
  if (typeof value === 'number') throw new RangeError('wrong wire type');
  return value;
}

/** The fields of a protobuf message: varints as numbers, the rest as bytes. Throws when it is not one. */
function* fields(bytes: Uint8Array): Generator<[field: number, value: number | Uint8Array]> {
  let position = 0;

  function varint(): number {
    let result = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (position >= bytes.length) throw new RangeError('truncated');
      const byte = bytes[position++];
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return result;
    }
    throw new RangeError('varint too long');
  }

  function take(length: number): Uint8Array {
    if (position + length > bytes.length) throw new RangeError('truncated');
    position += length;
    return bytes.subarray(position - length, position);
  }

  while (position < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield [field, varint()];
        break;
      case 1:
        yield [field, take(8)];
        break;
      case 2:
        yield [field, take(varint())];
        break;
      case 5:
        yield [field, take(4)];
        break;
      default:
        throw new RangeError('unknown wire type');
    }
  }
}
