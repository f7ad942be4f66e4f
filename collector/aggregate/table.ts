/**
 * Series of one set: what flows came to, by what they have in common. A key is some words of 32 bits; plans look it up
 * in the arrays themselves (plan.ts), since a call and an object for each flow would take several times as long.
 */
import { randomInt } from 'node:crypto';

/** Sums of a series: bytes, packets, records. */
export const SUMS = 3;
/** The slot of all flows whose series finds no room. */
export const OVERFLOW = 0;
const MAX_UINT32 = 0xffff_ffff;

export class SeriesTable {
  /** Words of a key. */
  readonly width: number;
  /** What words are multiplied by for the hash of a key: nobody outside can make keys that meet in it. */
  readonly factors: Int32Array;
  readonly mask: number;
  /** Slots by hash, by linear probing; 0 where there is none. */
  readonly index: Int32Array;
  /** By slot: the key, and the sums since they were taken last. */
  readonly keys: Int32Array;
  readonly sums: Float64Array;
  /** The key that `insert` is about. */
  readonly key: Int32Array;
  readonly #max: number;
  readonly #hashes: Int32Array;
  readonly #usedAt: Float64Array;
  readonly #free: number[] = [];
  #end = 1;
  #cursor = 0;

  constructor(max: number, width: number) {
    this.#max = max;
    this.width = width;
    this.factors = Int32Array.from({ length: width }, () => randomInt(MAX_UINT32) | 1);
    const size = 2 ** Math.ceil(Math.log2(2 * (max + 1)));
    this.mask = size - 1;
    this.index = new Int32Array(size);
    this.keys = new Int32Array((max + 1) * width);
    this.sums = new Float64Array((max + 1) * SUMS);
    this.key = new Int32Array(width);
    this.#hashes = new Int32Array(max + 1);
    this.#usedAt = new Float64Array(max + 1).fill(Number.NaN);
  }

  /** Series that there are. */
  get size(): number {
    return this.#end - 1 - this.#free.length;
  }

  /** Slots that are in use. */
  slots(): number[] {
    const slots: number[] = [];
    for (let slot = 1; slot < this.#end; slot++) if (!Number.isNaN(this.#usedAt[slot])) slots.push(slot);
    return slots;
  }

  /**
   * A slot for `key`, whose hash is `hash` and which belongs at `place` of the index; `OVERFLOW` when there is no room.
   */
  insert(hash: number, place: number): number {
    const slot = this.#free.pop() ?? (this.#end <= this.#max ? this.#end++ : OVERFLOW);
    if (slot === OVERFLOW) return this.makeRoom() ? this.insert(hash, this.#placeFor(hash)) : slot;
    this.index[place] = slot;
    this.#hashes[slot] = hash;
    this.#usedAt[slot] = Number.NEGATIVE_INFINITY;
    this.keys.set(this.key, slot * this.width);
    return slot;
  }

  /**
   * Hands over the sums of at most `max` series that have changed, going on where it ended last. Returns how many these
   * were.
   */
  take(
    max: number,
    now: number,
    take: (slot: number, bytes: number, packets: number, records: number) => void,
  ): number {
    let taken = 0;
    for (let looked = 0; looked < this.#end && taken < max; looked++) {
      const slot = this.#cursor;
      this.#cursor = (slot + 1) % this.#end;
      const at = SUMS * slot;
      const [bytes, packets, records] = this.sums.subarray(at, at + SUMS);
      if (bytes === 0 && packets === 0 && records === 0) continue;
      this.sums.fill(0, at, at + SUMS);
      this.#usedAt[slot] = now;
      take(slot, bytes, packets, records);
      taken++;
    }
    return taken;
  }

  /** Gives up series that had no flow since `before`, each of which `onDropped` is told of. */
  expire(before: number, onDropped: (slot: number) => void): void {
    const { sums } = this;
    this.drop((slot) => {
      const at = SUMS * slot;
      const isOld = this.#usedAt[slot] < before && sums[at] === 0 && sums[at + 1] === 0 && sums[at + 2] === 0;
      if (isOld) onDropped(slot);
      return isOld;
    });
  }

  /** Gives up the series of which that is true. */
  drop(isDropped: (slot: number) => boolean): void {
    const usedAt = this.#usedAt;
    let dropped = 0;
    for (let slot = 1; slot < this.#end; slot++) {
      if (Number.isNaN(usedAt[slot]) || !isDropped(slot)) continue;
      usedAt[slot] = Number.NaN;
      const at = SUMS * slot;
      this.sums[at] = this.sums[at + 1] = this.sums[at + 2] = 0;
      this.#free.push(slot);
      dropped++;
    }
    if (dropped === 0) return;
    this.index.fill(0);
    for (let slot = 1; slot < this.#end; slot++)
      if (!Number.isNaN(usedAt[slot])) this.index[this.#placeFor(this.#hashes[slot])] = slot;
  }

  /** Whether series were given up for a new one. */
  protected makeRoom(): boolean {
    return false;
  }

  #placeFor(hash: number): number {
    let place = hash & this.mask;
    while (this.index[place] !== 0) place = (place + 1) & this.mask;
    return place;
  }
}
