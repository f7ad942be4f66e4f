/** What labels stand for: attributes of the source and of the destination, encoded once, to be copied into spans. */
import { Buffer } from 'node:buffer';
import { ProtobufReader } from '../otlp/protobuf-reader.ts';
import { encodeKey, varint } from '../otlp/protobuf-writer.ts';
import { ANY_VALUE, KEY_VALUE, SPAN } from '../otlp/tags.ts';

export const ENDS = ['source', 'destination'] as const;

/** Bytes of all attributes: a file with more different names is refused. */
const MAX_BYTES = 128 * 2 ** 20;
const WORD = Float64Array.BYTES_PER_ELEMENT;
/** In the word before a value's attributes are their lengths: 32 bits each. */
const LENGTHS = 2;

/**
 * Each value of a column is there once, however many rows have it: what is used over and over stays in the processor's
 * caches.
 */
export type Names = {
  columns: number;
  columnNames: readonly string[];
  /** For each label, where the attributes of its values are, in the order of the columns. */
  rows: Int32Array<SharedArrayBuffer>;
  /** For each label, the number of its service; 0 for the rest. */
  services: Int32Array<SharedArrayBuffer>;
  /**
   * Of each value: both lengths in bytes, the source's attribute, the destination's, each filled up to whole words. As
   * doubles eight bytes are copied at once; none is NaN: in what is encoded, neither 0xff nor 0x7f follows 0xf0 or
   * more.
   */
  words: Float64Array<SharedArrayBuffer>;
  /** The same memory, for the lengths. */
  lengths: Int32Array<SharedArrayBuffer>;
};

export class NameEncoder {
  /** Keys of both ends' attributes, and places of the values so far, by column. */
  readonly #columnNames: readonly string[];
  readonly #columns: { source: Uint8Array; destination: Uint8Array; places: Map<string, number> }[];
  readonly #labels = new Map<string, number>();
  readonly #rows: number[];
  readonly #services = [0];
  #bytes = Buffer.alloc(64 * 1024);
  /** The first word is that of an empty value: no lengths, no attributes. */
  #end = WORD;

  constructor(columns: readonly string[]) {
    this.#columnNames = columns;
    this.#columns = columns.map((column) => ({
      source: encodeKey(`source.${column}`),
      destination: encodeKey(`destination.${column}`),
      places: new Map([['', 0]]),
    }));
    this.#rows = columns.map(() => 0);
  }

  /**
   * The label of a row's values, in the order of the columns, and of its service; 0 when all are empty and it has none.
   * Throws when there are too many.
   */
  label(values: readonly string[], service = 0): number {
    const row = values.map((value, column) => this.#place(column, value));
    if (service === 0 && row.every((place) => place === 0)) return 0;
    const key = `${row.join()} ${service}`;
    let label = this.#labels.get(key);
    if (label === undefined) {
      label = this.#rows.length / this.#columns.length;
      this.#labels.set(key, label);
      this.#rows.push(...row);
      this.#services.push(service);
    }
    return label;
  }

  /** All labels so far, in memory that threads can share. */
  share(): Names {
    const bytes = new SharedArrayBuffer(this.#end);
    Buffer.from(bytes).set(this.#bytes.subarray(0, this.#end));
    const [rows, services] = [this.#rows, this.#services].map((numbers) => {
      const shared = new Int32Array(new SharedArrayBuffer(numbers.length * Int32Array.BYTES_PER_ELEMENT));
      shared.set(numbers);
      return shared;
    });
    const [words, lengths] = [new Float64Array(bytes), new Int32Array(bytes)];
    const columnNames = this.#columnNames;
    return { columns: columnNames.length, columnNames, rows, services, words, lengths };
  }

  #place(column: number, value: string): number {
    const { source, destination, places } = this.#columns[column];
    let place = places.get(value);
    if (place === undefined) {
      place = this.#end / WORD;
      places.set(value, place);
      this.#end += WORD;
      const lengths = Int32Array.of(this.#encode(source, value), this.#encode(destination, value));
      this.#bytes.set(new Uint8Array(lengths.buffer), place * WORD);
    }
    return place;
  }

  /** Appends an attribute; returns how many bytes it has. */
  #encode(key: Uint8Array, value: string): number {
    const start = this.#end;
    const text = Buffer.from(value);
    const anyValue = [ANY_VALUE.stringValue, ...varint(text.length)];
    const content = [KEY_VALUE.value, ...varint(anyValue.length + text.length), ...anyValue];
    this.#append([SPAN.attributes, ...varint(key.length + content.length + text.length)], key, content, text);
    const length = this.#end - start;
    this.#end = Math.ceil(this.#end / WORD) * WORD;
    return length;
  }

  #append(...parts: readonly (readonly number[] | Uint8Array)[]): void {
    for (const part of parts) {
      if (this.#end + part.length + 2 * WORD > this.#bytes.length) this.#grow(part.length);
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
 * to seven bytes beyond may be overwritten. Bench: test/bench/encode.ts.
 */
export function writeNames(names: Names, label: number, end: 0 | 1, w: DataView, p: number): number {
  const { columns, rows, words, lengths } = names;
  const first = label * columns;
  for (let column = 0; column < columns; column++) {
    const place = rows[first + column];
    const length = lengths[LENGTHS * place + end];
    let word = place + 1;
    if (end === 1) word += (lengths[LENGTHS * place] + WORD - 1) >> 3;
    for (let at = 0; at < length; at += WORD) w.setFloat64(p + at, words[word++], true);
    p += length;
  }
  return p;
}

/** The text of a value, by its place; it is the same for both ends. */
export function nameAt({ words, lengths }: Names, place: number): string {
  const reader = new ProtobufReader(Buffer.from(words.buffer, WORD * (place + 1), lengths[LENGTHS * place]));
  reader.uint32(); // Span.attributes
  reader.enter();
  reader.skip(reader.uint32()); // KeyValue.key
  reader.uint32(); // KeyValue.value
  reader.enter();
  reader.uint32(); // AnyValue.string_value
  return reader.text();
}
