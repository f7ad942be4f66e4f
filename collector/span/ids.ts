/** Trace and span ids: random, never all zeros (W3C Trace Context §3.2.2). */
import { randomFillSync } from 'node:crypto';

/** Ids are cut from a block of random bytes, since asking for a few at a time costs more than the span itself. */
const BLOCK_WORDS = 4096;

/** Fills `words` with random bits. */
export type RandomFill = (words: Int32Array<ArrayBuffer>) => void;

export class IdSource {
  readonly #words = new Int32Array(BLOCK_WORDS);
  readonly #fill: RandomFill;
  #next = BLOCK_WORDS;

  constructor(fill: RandomFill = randomFillSync) {
    this.#fill = fill;
  }

  /** Random words of a new id, of which at least one in each pair is not zero. */
  draw(into: Int32Array, from: number, count: number): void {
    for (let index = from; index < from + count; index += 2) this.#pair(into, index);
  }

  /** Writes the eight bytes of a new span id at `p`. */
  writeSpanId(view: DataView, p: number): void {
    const words = this.#words;
    if (this.#next >= BLOCK_WORDS) this.#refill();
    const first = words[this.#next];
    const second = words[this.#next + 1];
    this.#next += 2;
    view.setInt32(p, first, true);
    view.setInt32(p + 4, second === 0 && first === 0 ? 1 : second, true);
  }

  /** Writes the sixteen bytes of a new trace id at `p`. */
  writeTraceId(view: DataView, p: number): void {
    this.writeSpanId(view, p);
    this.writeSpanId(view, p + 8);
  }

  #pair(into: Int32Array, index: number): void {
    if (this.#next >= BLOCK_WORDS) this.#refill();
    into[index] = this.#words[this.#next];
    into[index + 1] = this.#words[this.#next + 1] || 1;
    this.#next += 2;
  }

  #refill(): void {
    this.#fill(this.#words);
    this.#next = 0;
  }
}
