/**
 * The series with most bytes, of however many there are: a frequent-items sketch (Anderson and others, A
 * High-Performance Algorithm for Identifying Frequent Items in Data Streams, 2017), as space-saving is one, but with
 * nothing to keep in order. When the table is full, the median of its sums is taken from each, and who has nothing left
 * is given up. So a sum is too low by `error` at most, which is at most the bytes of all flows by half the size of the
 * table.
 */
import { SeriesTable, SUMS } from './table.ts';

/** Sums whose median stands for that of all. */
const SAMPLE = 65;
const sample = new Float64Array(SAMPLE);

export type Top = { slot: number; bytes: number; packets: number };

export class TopTable extends SeriesTable {
  /** By how many bytes any sum may be too low; who is not in the table had no more. */
  error = 0;

  /** Those with most bytes, the first of them first. */
  top(count: number): Top[] {
    const { sums } = this;
    const all = this.slots().map((slot) => ({ slot, bytes: sums[SUMS * slot], packets: sums[SUMS * slot + 1] }));
    return all.sort((a, b) => b.bytes - a.bytes).slice(0, count);
  }

  clear(): void {
    this.drop(() => true);
    this.error = 0;
  }

  protected override makeRoom(): boolean {
    const { sums, size } = this;
    // It is full: all slots are in use.
    for (let index = 0; index < SAMPLE; index++) sample[index] = sums[SUMS * (1 + Math.floor(Math.random() * size))];
    const median = sample.sort()[SAMPLE >> 1];
    this.error += median;
    this.drop((slot) => {
      sums[SUMS * slot] -= median;
      return sums[SUMS * slot] <= 0;
    });
    return true;
  }
}
