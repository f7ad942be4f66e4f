/** A dimension of a set: where its words are in keys, and what they say. */
import { Buffer } from 'node:buffer';
import { ipv4, ipv6 } from '../span/plan/address.ts';
import type { Texts } from './texts.ts';

/** What the words of a value are, in the first word of each key: `BITS` for each dimension. */
export const KIND = { none: 0, number: 1, wide: 2, ipv4: 3, ipv6: 4, name: 5, text: 6 } as const;
export const BITS = 3;
const KIND_MASK = 2 ** BITS - 1;
const WORDS_OF_ADDRESS = 4;
const WORDS_OF_OTHERS = 2;
/** Longest text of an address, and what writing it may overwrite. */
const text = Buffer.alloc(48);
const view = new DataView(text.buffer, text.byteOffset, text.length);
const address = Buffer.alloc(16);

/** The value of an attribute of a series. */
export type Value = string | number;

export class Dimension {
  readonly name: string;
  /** Place among those of its set, and of its first word in a key. */
  readonly index: number;
  readonly at: number;
  /** Of a kind of number that is shown by its name. */
  nameOf: (number: number) => string = String;

  constructor(name: string, index: number, at: number) {
    this.name = name;
    this.index = index;
    this.at = at;
  }

  get words(): number {
    return wordsOf(this.name);
  }

  /** Source that adds a kind to the first word. */
  mark(kind: number): number {
    return kind << (BITS * this.index);
  }

  /** What the words of a key say, which begins at `from`; undefined when it has no value. */
  read(keys: Int32Array, from: number, texts: Texts): Value | undefined {
    const at = from + this.at;
    const [first, second] = [keys[at] >>> 0, keys[at + 1] >>> 0];
    switch ((keys[from] >>> (BITS * this.index)) & KIND_MASK) {
      case KIND.number:
        return first;
      case KIND.wide:
        return second * 2 ** 32 + first;
      case KIND.ipv4:
        return text.toString('latin1', 0, ipv4(view, 0, first));
      case KIND.ipv6:
        for (let word = 0; word < WORDS_OF_ADDRESS; word++) address.writeInt32BE(keys[at + word], 4 * word);
        return text.toString('latin1', 0, ipv6(text, view, 0, address, 0));
      case KIND.name:
        return this.nameOf(first);
      case KIND.text:
        return texts.textOf(first);
      default:
        return undefined;
    }
  }
}

/** The dimensions of these names, and how many words a key of them has. */
export function layOut(names: readonly string[]): { dimensions: Dimension[]; width: number } {
  let width = 1;
  const dimensions = names.map((name, index) => {
    const dimension = new Dimension(name, index, width);
    width += dimension.words;
    return dimension;
  });
  return { dimensions, width };
}

function wordsOf(name: string): number {
  return name.endsWith('.address') ? WORDS_OF_ADDRESS : WORDS_OF_OTHERS;
}
