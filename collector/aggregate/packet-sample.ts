/**
 * Which packets are looked at for top talkers: all while there are few, else one in `period`, drawn at random, so that
 * the work is bounded however many flows come. Each counts for `period` of them, so that sums are unbiased.
 */

/**
 * Flows a second of a worker that are looked at: in a minute, who has 1 % of the flows is counted to within 3 % of
 * that.
 */
const FLOWS_PER_SECOND = 2_000;
const WINDOW_MS = 1_000;

export class PacketSample {
  /** For how many packets one counts. Count plans read it. */
  period = 1;
  #skip = 0;
  /** Of this window: its begin, flows looked at since `period` was changed, and how many these stand for. */
  #since = Number.NEGATIVE_INFINITY;
  #looked = 0;
  #estimate = 0;

  /**
   * Whether a packet, or a data set of one, with so many flows is looked at; `nowMs` is of a clock that nobody sets.
   */
  takes(flows: number, nowMs: number): boolean {
    if (nowMs - this.#since >= WINDOW_MS) this.#adapt(nowMs);
    if (this.#skip > 0) {
      this.#skip--;
      return false;
    }
    if (this.#looked >= FLOWS_PER_SECOND) {
      this.period *= 2;
      this.#looked = 0;
    }
    this.#looked += flows;
    this.#estimate += flows * this.period;
    // 0 to 2 (period - 1), each as likely: period - 1 on average.
    this.#skip = Math.floor(Math.random() * (2 * this.period - 1));
    return true;
  }

  /** Begins another window, with the period that would have been right for the last. */
  #adapt(nowMs: number): void {
    const seconds = (nowMs - this.#since) / 1_000;
    this.period = Math.max(1, Math.ceil(this.#estimate / seconds / FLOWS_PER_SECOND));
    this.#since = nowMs;
    this.#looked = this.#estimate = 0;
    this.#skip = Math.min(this.#skip, 2 * (this.period - 1));
  }
}
