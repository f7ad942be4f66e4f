/** How long to wait after failures in a row. */

export type BackoffOptions = {
  /** Wait before the first retry, in milliseconds. */
  initial: number;
  /** The wait does not grow beyond this, in milliseconds. */
  max: number;
};

/** Milliseconds after the `failures`-th failure in a row (1, 2, …): `initial`, doubled each time, up to `max`. */
export function exponentialDelay(failures: number, { initial, max }: BackoffOptions): number {
  return Math.min(max, initial * 2 ** (failures - 1));
}

/** The same, half of it random, so that those who failed together do not return together. `random`: in [0, 1). */
export function backoffDelay(failures: number, options: BackoffOptions, random: () => number): number {
  return exponentialDelay(failures, options) * (0.5 + random() / 2);
}
