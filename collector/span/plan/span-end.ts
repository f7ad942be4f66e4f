/** How a span ends, beyond what plans write inline. Parameters are those of runtime.ts. */
import { message } from '../../otlp/protobuf-writer.ts';
import { SPAN, STATUS, STATUS_CODE } from '../../otlp/tags.ts';
import { varint, varintSize } from './varint.ts';

/** Corrects the length of the span that starts at `b`, when it does not take two bytes. */
export function resizeSpan(u: Uint8Array, b: number, end: number): number {
  const content = b + 3;
  const length = end - content;
  const start = b + 1 + varintSize(length);
  u.copyWithin(start, content, end);
  varint(u, b + 1, length);
  return start + length;
}

/** Writes `Span.status`: ERROR with a message. */
export function errorStatus(u: Uint8Array, p: number, text: string): number {
  const bytes = Buffer.from(text);
  const status = message(SPAN.status, message(STATUS.message, bytes), [STATUS.code, STATUS_CODE.error]);
  u.set(status, p);
  return p + status.length;
}
