import { type BackoffOptions, backoffDelay } from '../../crds/common/backoff.ts';

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

  /** Milliseconds to wait after one more failure; not less than `wish`, what the server asked for. */
  next(wish = 0): number {
    this.#failures++;
    return Math.max(backoffDelay(this.#failures, this.#options, this.#random), Math.min(wish, MAX_WISH_MS));
  }

  /** It worked: the next failure counts as the first. */
  reset(): void {
    this.#failures = 0;
  }
}
