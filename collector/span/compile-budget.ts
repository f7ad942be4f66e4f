/**
 * Bounds the time that goes into compiling record plans: whoever sends ever new templates would take it all. A plan
 * costs about as much time as it has fields, and some.
 */

/** Of a plan, beside its fields, in the time that a field takes. */
const PLAN_COST = 4;
/** 340 plans of 20 fields at once, some 0.2 s of CPU; then 85 a second, some 5 %. */
const BURST = 8_192;
const PER_SECOND = 2_048;

export class CompileBudget {
  #left = BURST;
  #filledAt = 0;

  /** Whether a plan of so many fields may be compiled at `now`, in milliseconds; it is then paid for. */
  take(fields: number, now: number): boolean {
    const seconds = Math.max(0, now - this.#filledAt) / 1_000;
    // Above the burst is what was given back; it stays, and nothing is added to it.
    this.#left = Math.max(this.#left, Math.min(BURST, this.#left + seconds * PER_SECOND));
    this.#filledAt = now;
    if (this.#left < 0) return false;
    this.#left -= PLAN_COST + fields;
    return true;
  }

  /** Gives back what so many plans of so many fields in all have cost: they must be compiled anew. */
  refund(plans: number, fields: number): void {
    this.#left = Math.max(BURST, this.#left + plans * PLAN_COST + fields);
  }
}
