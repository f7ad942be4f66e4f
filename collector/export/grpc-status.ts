/** How a gRPC call says that it failed: status codes, and the details in `google.rpc.Status`. */
import { constants } from 'node:http2';

/** The status codes of gRPC (statuscodes.md). */
export const GRPC = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** The status for an HTTP answer that has none of its own, as from a proxy (http-grpc-status-mapping.md). */
export function codeOfHttpStatus(status: number): number {
  switch (status) {
    case 400:
      return GRPC.INTERNAL;
    case 401:
      return GRPC.UNAUTHENTICATED;
    case 403:
      return GRPC.PERMISSION_DENIED;
    case 404:
      return GRPC.UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
      return GRPC.UNAVAILABLE;
    default:
      return GRPC.UNKNOWN;
  }
}

/** The status for a stream that the server reset without one (PROTOCOL-HTTP2.md, "Errors"). */
export function codeOfReset(http2Code: number): number {
  switch (http2Code) {
    case constants.NGHTTP2_REFUSED_STREAM:
      return GRPC.UNAVAILABLE;
    case constants.NGHTTP2_CANCEL:
      return GRPC.CANCELLED;
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return GRPC.RESOURCE_EXHAUSTED;
    case constants.NGHTTP2_INADEQUATE_SECURITY:
      return GRPC.PERMISSION_DENIED;
    default:
      return GRPC.INTERNAL;
  }
}

/** Reads `grpc-message`, percent-encoded UTF-8; what is wrongly encoded is left as it stands. */
export function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Writes `grpc-timeout` (PROTOCOL-HTTP2.md, "Timeout"): at most eight digits and a unit. */
export function encodeTimeout(milliseconds: number): string {
  const rounded = Math.ceil(milliseconds);
  return rounded < 1e8 ? `${rounded}m` : `${Math.min(Math.ceil(rounded / 1_000), 99_999_999)}S`;
}

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
