/** Varints, written straight into a batch. Bench: test/bench/encode.ts. */

/** Bytes of the varint of a 32-bit number, by its count of leading zeros. */
export const SIZE = Uint8Array.from({ length: 33 }, (_, zeros) => Math.max(1, Math.ceil((32 - zeros) / 7)));
/** Continuation bits of the first four bytes of a varint, by its size. */
export const MORE = Int32Array.of(0, 0, 0x80, 0x8080, 0x808080, 0x80808080 | 0);

/** Writes a non-negative integer below 2⁵³. */
export function varint(u: Uint8Array, p: number, value: number): number {
  for (; value > 127; value = Math.floor(value / 128)) u[p++] = (value % 128) | 128;
  u[p++] = value;
  return p;
}

/** Writes a 64-bit integer, by its two words. */
export function varint64(u: Uint8Array, p: number, high: number, low: number): number {
  while (high > 0 || low > 127) {
    u[p++] = (low & 127) | 128;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  u[p++] = low;
  return p;
}

/** Bytes of the varint of a number below 2²⁸. */
export function varintSize(value: number): number {
  return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4;
}
