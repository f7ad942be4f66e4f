/** How long after their end flows arrive: counted by powers of two of seconds, which is quick. */

/** Upper bounds of the buckets in seconds; one more takes the rest. */
export const LATENESS_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096] as const;
export const LATENESS_BUCKETS = LATENESS_BOUNDS.length + 1;

/** The bucket of a lateness in whole milliseconds: what is not late at all is in the first. */
export function latenessBucket(ms: number): number {
  if (ms <= 1_000) return 0;
  const bucket = 32 - Math.clz32((ms - 1) / 1_000);
  return bucket < LATENESS_BUCKETS ? bucket : LATENESS_BUCKETS - 1;
}
