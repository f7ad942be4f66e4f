/** Bytes of records that are made here. */

/** Appends the low `length` bytes of a number, at most 4; returns where they end. */
export function writeNumber(out: Uint8Array, p: number, value: number, length: number): number {
  for (let index = 0; index < length; index++) out[p + index] = (value >>> (8 * (length - 1 - index))) & 255;
  return p + length;
}

/** Appends `length` bytes at `from`; returns where they end. */
export function copy(out: Uint8Array, p: number, bytes: Uint8Array, from: number, length: number): number {
  for (let index = 0; index < length; index++) out[p + index] = bytes[from + index];
  return p + length;
}

/** Appends text of ASCII, unless it would go beyond `limit`. */
export function append(out: Uint8Array, p: number, limit: number, text: string): number {
  if (p + text.length > limit) return p;
  for (let index = 0; index < text.length; index++) out[p + index] = text.charCodeAt(index);
  return p + text.length;
}
