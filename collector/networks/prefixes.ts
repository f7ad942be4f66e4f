/** Prefixes of one family on their way into a trie, in columns: a million objects would take their time, and memory. */
import type { Cidr } from '../../crds/selection/address.ts';

const WORDS = 4;

export class PrefixList {
  readonly #words: Uint32Array;
  readonly #lengths: Uint8Array;
  readonly #labels: Uint32Array;
  readonly #lines: Uint32Array;
  #order: Uint32Array;
  size = 0;

  constructor(capacity: number) {
    this.#words = new Uint32Array(capacity * WORDS);
    this.#lengths = new Uint8Array(capacity);
    this.#labels = new Uint32Array(capacity);
    this.#lines = new Uint32Array(capacity);
    this.#order = new Uint32Array(capacity);
  }

  /** Adds a prefix of which all bits behind its length are 0. `line` is where the user wrote it. */
  add({ ip, bits }: Cidr, label: number, line: number): void {
    const words = ip.family === 4 ? 1 : WORDS;
    for (let word = 0; word < words; word++) {
      this.#words[this.size * WORDS + word] = Number((ip.value >> BigInt(32 * (words - 1 - word))) & 0xffff_ffffn);
    }
    this.#lengths[this.size] = bits;
    this.#labels[this.size] = label;
    this.#lines[this.size] = line;
    this.size++;
  }

  /** Sorts by address, then length; returns the lines of two equal prefixes, if there are any. */
  sort(): { first: number; second: number } | undefined {
    const compare = (a: number, b: number): number => {
      for (let word = 0; word < WORDS; word++) {
        const difference = this.#words[a * WORDS + word] - this.#words[b * WORDS + word];
        if (difference !== 0) return difference;
      }
      return this.#lengths[a] - this.#lengths[b];
    };
    this.#order = Uint32Array.from({ length: this.size }, (_, index) => index).sort((a, b) => compare(a, b) || a - b);
    for (let index = 1; index < this.size; index++) {
      const [before, here] = [this.#order[index - 1], this.#order[index]];
      if (compare(before, here) === 0) return { first: this.#lines[before], second: this.#lines[here] };
    }
    return undefined;
  }

  /** Of the prefix at a place in the order: 16 bits of its address, the leading ones at level 0. */
  bits(index: number, level: number): number {
    const word = this.#words[this.#order[index] * WORDS + (level >> 1)];
    return level % 2 === 0 ? word >>> 16 : word & 0xffff;
  }

  length(index: number): number {
    return this.#lengths[this.#order[index]];
  }

  label(index: number): number {
    return this.#labels[this.#order[index]];
  }
}
