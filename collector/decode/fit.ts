/**
 * Whether a data set is of its template. Nothing in a set says which layout it has but its id, and devices change what
 * an id means: then only lengths tell, and records that are read by the wrong template never were.
 */
import { recordEnd, type Template } from './template.ts';

/** Padding aligns a set on 4 bytes (RFC 7011 §3.3.1): so many may be left, whatever is in them. */
const MAX_PADDING = 3;

/** A value runs over the end of the set. */
export const OVERRUN = -1;
/** The set holds no whole record, or leaves more than padding explains. */
export const MISMATCH = -2;

/**
 * The number of records from `offset` to `end`, else OVERRUN or MISMATCH. What is left behind the last one is padding
 * when it is at most three bytes or all zeros. Some devices leave more, of whatever was in their memory; with
 * `padded`, that is padding too.
 */
export function countRecords(
  bytes: Uint8Array,
  template: Template,
  offset: number,
  end: number,
  padded: boolean,
): number {
  const { minLength, variable } = template;
  let records = variable ? 0 : Math.floor((end - offset) / minLength);
  let at = variable ? offset : offset + records * minLength;
  if (variable) {
    for (; at + minLength <= end; records++) {
      at = recordEnd(template, bytes, at, end);
      if (at < 0) return OVERRUN;
    }
  }
  if (records === 0) return offset === end ? 0 : MISMATCH;
  return padded || end - at <= MAX_PADDING || isZero(bytes, at, end) ? records : MISMATCH;
}

/** Whether the bytes from `offset` to `end` are all 0. */
export function isZero(bytes: Uint8Array, offset: number, end: number): boolean {
  for (let at = offset; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}
