/**
 * A ceiling in flows a second that lowers the probability of sampling instead of dropping a tail. How far depends only
 * on how many flows come, never on which: so what is kept still represents all.
 */

/** Flows are counted over this time. */
const WINDOW_MS = 1_000;
/** How much of a lower rate is believed after each window; a higher one is believed at once. */
const DECAY = 0.25;
/** Smaller changes of the factor are not worth new marks. */
const STEP = 1 / 64;

/** Flows a second by worker, of those who share a ceiling; each writes its own. */
export type Rates = Float64Array<ArrayBufferLike>;

export class Ceiling {
  /** What probabilities are multiplied by, at most 1. */
  factor = 1;
  /** In flows a second, for all of the shared rates together. */
  limit = Number.POSITIVE_INFINITY;
  readonly #rates: Rates;
  readonly #index: number;
  #windowStart = Number.NEGATIVE_INFINITY;
  #count = 0;
  #rate = 0;

  /** `index` is the place of this worker in `rates`. */
  constructor(rates: Rates = new Float64Array(1), index = 0) {
    this.#rates = rates;
    this.#index = index;
  }

  /** Takes note of a flow that would be kept with this probability. */
  add(probability: number): void {
    this.#count += probability;
  }

  /** Brings the factor up to date; to be called before the flows of each packet. Returns whether it has changed. */
  update(nowMs: number): boolean {
    const elapsed = nowMs - this.#windowStart;
    if (elapsed >= WINDOW_MS || elapsed < 0) {
      const rate = elapsed > 0 ? (1_000 * this.#count) / elapsed : 0;
      this.#rate = rate > this.#rate ? rate : this.#rate + (rate - this.#rate) * DECAY;
      this.#windowStart = nowMs;
      this.#count = 0;
    }
    this.#rates[this.#index] = Math.max(this.#rate, (1_000 * this.#count) / WINDOW_MS);
    let expected = 0;
    for (const rate of this.#rates) expected += rate;
    const factor = expected > this.limit ? this.limit / expected : 1;
    if (Math.abs(factor - this.factor) <= STEP * this.factor && (factor === 1) === (this.factor === 1)) return false;
    this.factor = factor;
    return true;
  }
}

/** The ceilings of a worker. They outlive a change of the selection, so that it makes no burst. */
export class Ceilings {
  readonly #ofAll: Ceiling;
  readonly #ofExporters = new WeakMap<object, Ceiling>();

  /** `rates` are shared by the workers, `worker` is the place of this one. */
  constructor(rates?: Rates, worker?: number) {
    this.#ofAll = new Ceiling(rates, worker);
  }

  /** The one of an exporter, or else the one that all share, with this limit. */
  take(limit: number, exporter?: object): Ceiling {
    let ceiling = this.#ofAll;
    if (exporter) {
      ceiling = this.#ofExporters.get(exporter) ?? new Ceiling();
      this.#ofExporters.set(exporter, ceiling);
    }
    ceiling.limit = limit;
    return ceiling;
  }
}
