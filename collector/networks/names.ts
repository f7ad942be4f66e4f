/** What labels stand for: attributes of the source and of the destination, encoded once, to be copied into spans. */
import { Buffer } from 'node:buffer';
import { encodeKey, varint } from '../span/protobuf.ts';

export const ENDS = ['source', 'destination'] as const;

/** Bytes of all attributes: a file with more different names is refused. */
const MAX_BYTES = 128 * 2 ** 20;
const WORD = Int32Array.BYTES_PER_ELEMENT;
/** Of a label: where the words of its attributes begin, and how many bytes those of each end have. */
const PLACE = 3;

export type Names = {
  /** Attributes, each end's filled up to whole words, so that they are copied by words. */
  words: Int32Array<SharedArrayBuffer>;
  /** Three numbers for each label. */
  places: Int32Array<SharedArrayBuffer>;
};

export class NameEncoder {
  /** Keys of both ends' attributes, by column. */
  readonly #keys: { source: Uint8Array; destination: Uint8Array }[];
  readonly #labels = new Map<string, number>();
  readonly #places: number[] = [0, 0, 0];
  #bytes = Buffer.alloc(64 * 1024);
  #end = 0;

  constructor(columns: readonly string[]) {
    this.#keys = columns.map((column) => ({
      source: encodeKey(`source.${column}`),
      destination: encodeKey(`destination.${column}`),
    }));
  }

  /** The label of a row's values, in the order of the columns; 0 when all are empty. Throws when there are too many. */
  label(values: readonly string[]): number {
    if (values.every((value) => value === '')) return 0;
    const key = JSON.stringify(values);
    let label = this.#labels.get(key);
    if (label === undefined) {
      label = this.#places.length / PLACE;
      this.#labels.set(key, label);
      this.#places.push(this.#end / WORD, ...ENDS.map((end) => this.#encode(values, end)));
    }
    return label;
  }

  /** All labels so far, in memory that threads can share. */
  share(): Names {
    const bytes = new SharedArrayBuffer(this.#end);
    Buffer.from(bytes).set(this.#bytes.subarray(0, this.#end));
    const places = new Int32Array(new SharedArrayBuffer(this.#places.length * WORD));
    places.set(this.#places);
    return { words: new Int32Array(bytes), places };
  }

  /** Appends the attributes of one end; returns how many bytes they have. */
  #encode(values: readonly string[], end: (typeof ENDS)[number]): number {
    const start = this.#end;
    for (const [column, value] of values.entries()) {
      if (value === '') continue;
      const key = this.#keys[column][end];
      const text = Buffer.from(value);
      const anyValue = [0x0a, ...varint(text.length)];
      const content = [0x12, ...varint(anyValue.length + text.length), ...anyValue];
      this.#append([0x4a, ...varint(key.length + content.length + text.length)], key, content, text);
    }
    const length = this.#end - start;
    this.#end = Math.ceil(this.#end / WORD) * WORD;
    return length;
  }

  #append(...parts: readonly (readonly number[] | Uint8Array)[]): void {
    for (const part of parts) {
      if (this.#end + part.length + WORD > this.#bytes.length) this.#grow(part.length);
      this.#bytes.set(part, this.#end);
      this.#end += part.length;
    }
  }

  #grow(room: number): void {
    if (this.#end + room > MAX_BYTES) throw new RangeError(`the names take more than ${MAX_BYTES} bytes`);
    const larger = Buffer.alloc(2 * this.#bytes.length + room);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/**
 * Writes the attributes that a label has for the source (0) or the destination (1) at `p`; returns where they end. Up
 * to three bytes beyond may be overwritten. Bench: test/bench/encode.ts.
 */
export function writeNames({ words, places }: Names, label: number, end: 0 | 1, w: DataView, p: number): number {
  const place = label * PLACE;
  let length = places[place + 1];
  let word = places[place];
  if (end === 1) {
    word += (length + WORD - 1) >> 2;
    length = places[place + 2];
  }
  for (let at = 0; at < length; at += WORD) w.setInt32(p + at, words[word++], true);
  return p + length;
}
