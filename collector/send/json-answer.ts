import { message, varint } from '../otlp/protobuf-writer.ts';

/**
 * An answer in OTLP's JSON as the bytes of the same message in protobuf, which has one form for all signals:
 * `partial_success { rejected_…, error_message }`. Undefined when it is not a JSON object.
 */
export function encodeJsonAnswer(bytes: Uint8Array): Uint8Array | undefined {
  const answer = parseObject(Buffer.from(bytes).toString());
  const partial = answer?.partialSuccess;
  if (typeof partial !== 'object' || partial === null) return answer && new Uint8Array();
  const { errorMessage, ...rejected } = partial as Record<string, unknown>;
  // 64-bit numbers are strings in protobuf's JSON.
  const count = Object.entries(rejected).find(([name]) => name.startsWith('rejected'))?.[1];
  return message(
    0x0a,
    [0x08, ...varint(Math.max(0, Math.trunc(Number(count)) || 0))],
    message(0x12, Buffer.from(typeof errorMessage === 'string' ? errorMessage : '')),
  );
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
