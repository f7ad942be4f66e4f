/** Read once: the getter costs more than the time of day. */
const { timeOrigin } = performance;

/** Unix milliseconds with a resolution of about a microsecond. */
export function preciseNow(): number {
  return timeOrigin + performance.now();
}
