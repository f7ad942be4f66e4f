/** Bounds what one exporter has others told of it: a device tells its tables once, and seldom something else. */

/** A table of so many facts at once, and some more each second. */
const BURST = 16_384;
const PER_SECOND = 100;

export class NewsBudget {
  #left = BURST;
  #filledAt = Number.NEGATIVE_INFINITY;

  /** How many of `count` facts may be told at `now`, in milliseconds; they are then paid for. */
  take(count: number, now: number): number {
    const seconds = Math.max(0, now - this.#filledAt) / 1_000;
    this.#left = Math.min(BURST, this.#left + seconds * PER_SECOND);
    this.#filledAt = now;
    const told = Math.min(count, Math.floor(this.#left));
    this.#left -= told;
    return told;
  }
}
