/**
 * Bounds how much time goes into what exporters can ask for without end. Each has a bucket of its own, which fills
 * again with time, and there is one of all of them: the emptier that one is, the fuller must be its own of who takes
 * from it. So many that want much take nothing from who seldom wants something; and made-up exporters, whose buckets
 * are new and half full, cost all together no more than most of what the common one holds, and then what flows into it.
 */

/** Of a full bucket, so much may be taken whatever is left in the common one. */
const FREE_SHARE = 1 / 8;

/** What a full bucket holds, and what flows in each second. */
export type Rate = { burst: number; perSecond: number };

class Bucket {
  left: number;
  #filledAt: number;

  constructor(left: number, now: number) {
    this.left = left;
    this.#filledAt = now;
  }

  fill({ burst, perSecond }: Rate, now: number): void {
    const seconds = Math.max(0, now - this.#filledAt) / 1_000;
    // What was given back may be above the burst; nothing is added to that.
    this.left = Math.max(this.left, Math.min(burst, this.left + seconds * perSecond));
    this.#filledAt = now;
  }
}

export class RateBudget {
  readonly #ofOne: Rate;
  readonly #ofAll: Rate;
  readonly #own = new WeakMap<object, Bucket>();
  #all: Bucket | undefined;

  constructor(ofOne: Rate, ofAll: Rate) {
    this.#ofOne = ofOne;
    this.#ofAll = ofAll;
  }

  /**
   * Whether an exporter may have something at `now`, in milliseconds; `cost` is then paid for, be it more than is left.
   */
  take(exporter: object, cost: number, now: number): boolean {
    const [own, all] = this.#bucketsOf(exporter, now);
    const [ofOne, ofAll] = [own.left / this.#ofOne.burst, all.left / this.#ofAll.burst];
    if (own.left <= 0 || ofOne + ofAll < 1 - FREE_SHARE) return false;
    this.#pay(own, all, cost);
    return true;
  }

  /** Takes what an exporter has had already, whether it may or not. */
  charge(exporter: object, cost: number, now: number): void {
    const [own, all] = this.#bucketsOf(exporter, now);
    this.#pay(own, all, cost);
  }

  #bucketsOf(exporter: object, now: number): [Bucket, Bucket] {
    this.#all ??= new Bucket(this.#ofAll.burst, now);
    let own = this.#own.get(exporter);
    if (!own) {
      own = new Bucket(this.#ofOne.burst / 2, now);
      this.#own.set(exporter, own);
    }
    own.fill(this.#ofOne, now);
    this.#all.fill(this.#ofAll, now);
    return [own, this.#all];
  }

  #pay(own: Bucket, all: Bucket, cost: number): void {
    own.left -= cost;
    all.left = Math.max(0, all.left - cost);
  }
}
