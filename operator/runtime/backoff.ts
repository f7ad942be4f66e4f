export type BackoffOptions = {
  /** Wait before the first retry, in milliseconds. */
  initial: number;
  /** The wait does not grow beyond this, in milliseconds. */
  max: number;
};

/** A server that asks to stay away for longer than this, in milliseconds, is asked again all the same. */
const MAX_WISH_MS = 60_000;

/** Counts failures in a row and says how long to wait after each. */
export class Backoff {
  #failures = 0;
  readonly #options: BackoffOptions;
  readonly #random: () => number;

  /** `random` gives numbers in [0, 1). */
  constructor(options: BackoffOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  /**
   * Milliseconds to wait after one more failure: doubled each time up to `max`, half of it random, so that clients
   * that failed together do not return together. Not less than `wish`, what the server asked for.
   */
  next(wish = 0): number {
    const { initial, max } = this.#options;
    const full = Math.min(max, initial * 2 ** Math.min(this.#failures++, 30));
    return Math.max(full * (0.5 + this.#random() / 2), Math.min(wish, MAX_WISH_MS));
  }

  /** It worked: the next failure counts as the first. */
  reset(): void {
    this.#failures = 0;
  }
}
