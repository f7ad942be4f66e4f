import { text, type Value, walk } from '../otlp/protobuf-reader.ts';

/** What we read of a `google.rpc.Status`. */
export type RpcStatus = {
  message: string;
  /** Milliseconds, from the `google.rpc.RetryInfo` among its details. */
  retryDelay?: number;
};

const RETRY_INFO = 'google.rpc.RetryInfo';

/** Numbers of fields, by the messages of google/rpc and google/protobuf. */
const STATUS = { message: 2, details: 3 } as const;
const ANY = { typeUrl: 1, value: 2 } as const;
const RETRY_DELAY = 1;
const DURATION = { seconds: 1, nanos: 2 } as const;

/** Reads a `google.rpc.Status`: `grpc-status-details-bin`, or the body of an OTLP/HTTP error. Undefined: it is none. */
export function readRpcStatus(bytes: Uint8Array): RpcStatus | undefined {
  try {
    const status: RpcStatus = { message: '' };
    for (const { field, value } of walk(bytes)) {
      if (field === STATUS.message) status.message = text(bytesOf(value));
      if (field === STATUS.details) status.retryDelay ??= readRetryInfo(bytesOf(value));
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
  for (const { field, value } of walk(any)) {
    if (field === ANY.typeUrl) type = text(bytesOf(value));
    if (field === ANY.value) content = bytesOf(value);
  }
  if (!type.endsWith(`/${RETRY_INFO}`)) return undefined;
  let delay = 0;
  for (const { field, value } of walk(content ?? new Uint8Array())) {
    if (field === RETRY_DELAY) delay = readDuration(bytesOf(value));
  }
  return delay;
}

/** Reads a `google.protobuf.Duration` as milliseconds; a negative one as 0. */
function readDuration(bytes: Uint8Array): number {
  let milliseconds = 0;
  for (const { field, value } of walk(bytes)) {
    const number = Number(BigInt.asIntN(64, value as bigint));
    if (field === DURATION.seconds) milliseconds += number * 1_000;
    if (field === DURATION.nanos) milliseconds += number / 1e6;
  }
  return Math.max(0, milliseconds);
}

function bytesOf(value: Value): Uint8Array {
  if (typeof value === 'bigint') throw new RangeError('wrong wire type');
  return value;
}
