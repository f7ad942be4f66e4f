/**
 * The time of day with a resolution of about a microsecond: a clock that never steps, and what the system's clock is
 * beyond it, looked up now and then. So a step of the system's clock takes place between packets, never within one.
 */

/** How often to look whether the system's clock was set. */
export const FOLLOW_INTERVAL_MS = 500;
/** The system's clock counts whole milliseconds: what differs by less is not worth an uneven step. */
const MAX_DIFFERENCE_MS = 2;

export type SystemClock = {
  /** Unix milliseconds, with fractions. */
  now(): number;
  /** The same of a moment of the clock that never steps: one reading gives both. */
  at(monotonicMs: number): number;
  /** Takes over the time of the system's clock, if that was set. To be called every `FOLLOW_INTERVAL_MS`. */
  follow(): void;
};

/** `monotonic` counts milliseconds, with fractions; `wall` is the system's clock. */
export function createSystemClock(
  monotonic: () => number = () => performance.now(),
  wall: () => number = Date.now,
): SystemClock {
  // On average the time is half a millisecond beyond a whole one.
  const measure = (): number => wall() + 0.5 - monotonic();
  let offset = measure();
  return {
    now: () => offset + monotonic(),
    at: (monotonicMs) => offset + monotonicMs,
    follow() {
      const measured = measure();
      if (Math.abs(measured - offset) > MAX_DIFFERENCE_MS) offset = measured;
    },
  };
}
