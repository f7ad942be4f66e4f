/** Choices that are the same for the same seed. */
import { seeded } from '../random.ts';

export type Random = {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** True in one of `n` cases. */
  oneIn(n: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** A whole number below 2³², often one at which something changes. */
  word(): number;
  /** Fills with bytes. */
  fill(bytes: Uint8Array): void;
};

const EDGES = [
  0, 1, 2, 3, 4, 5, 7, 8, 16, 24, 31, 32, 48, 52, 64, 127, 128, 254, 255, 256, 257, 511, 512, 1023, 1024, 4096, 0x3fff,
  0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

export function createChoices(seed: number): Random {
  const next = seeded(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    oneIn: (n) => below(n) === 0,
    pick: (choices) => choices[below(choices.length)],
    word() {
      if (below(3) > 0) return EDGES[below(EDGES.length)];
      return below(2) ? below(2 ** 32) : below(2 ** 16);
    },
    fill(bytes) {
      for (let index = 0, word = 0; index < bytes.length; index++, word >>>= 8) {
        if (index % 4 === 0) word = below(2 ** 32);
        bytes[index] = word;
      }
    },
  };
}
