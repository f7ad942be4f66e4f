/** MurmurHash3_x86_128, in BigInt, by the description of Austin Appleby's public code (smhasher, MurmurHash3.cpp). */

const MASK = 0xffff_ffffn;
const [C1, C2, C3, C4] = [0x239b961bn, 0xab0e9789n, 0x38b34ae5n, 0xa1e38b93n];

/** Sixteen bytes in hexadecimal digits; the length of the input must be a multiple of 16. */
export function murmur(input: Buffer, seed: bigint): string {
  let h = [seed, seed, seed, seed];
  for (let at = 0; at < input.length; at += 16) {
    const k = [0, 4, 8, 12].map((offset) => BigInt(input.readUInt32LE(at + offset)));
    const rounds: [bigint, bigint, number, number, bigint][] = [
      [C1, C2, 15, 19, 0x561ccd1bn],
      [C2, C3, 16, 17, 0x0bcaa747n],
      [C3, C4, 17, 15, 0x96cd1c35n],
      [C4, C1, 18, 13, 0x32ac3b17n],
    ];
    for (const [index, [first, second, inner, outer, sum]] of rounds.entries()) {
      h[index] ^= multiply(rotate(multiply(k[index], first), inner), second);
      h[index] = (((rotate(h[index], outer) + h[(index + 1) % 4]) & MASK) * 5n + sum) & MASK;
    }
  }
  h = spread(h.map((word) => word ^ BigInt(input.length)));
  h = spread(h.map(finalize));
  const output = Buffer.alloc(16);
  for (const [index, word] of h.entries()) output.writeUInt32LE(Number(word), 4 * index);
  return output.toString('hex');
}

function spread([h1, ...rest]: bigint[]): bigint[] {
  const first = rest.reduce((sum, word) => (sum + word) & MASK, h1);
  return [first, ...rest.map((word) => (word + first) & MASK)];
}

function finalize(word: bigint): bigint {
  let h = multiply(word ^ (word >> 16n), 0x85ebca6bn);
  h = multiply(h ^ (h >> 13n), 0xc2b2ae35n);
  return h ^ (h >> 16n);
}

function multiply(a: bigint, b: bigint): bigint {
  return (a * b) & MASK;
}

function rotate(word: bigint, bits: number): bigint {
  return ((word << BigInt(bits)) | (word >> BigInt(32 - bits))) & MASK;
}
