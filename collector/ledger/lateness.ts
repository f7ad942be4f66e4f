/** How long after their end flows arrive, in seconds: buckets of powers of two, which are quick to find. */

/** Upper bounds of the buckets of `netflow_flow_lateness_seconds`; one more takes the rest. */
export const LATENESS_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096] as const;
const LAST = LATENESS_BUCKETS.length;

/** Flows of a packet. */
export class Lateness {
  readonly counts = new Uint32Array(LAST + 1);
  seconds = 0;
  /** Between these, ends included, are all buckets that are not 0. */
  first: number = LAST;
  last = 0;

  /** Counts a flow that arrived `ms` whole milliseconds after its end; one that is ahead is not late. */
  add(ms: number): void {
    const bucket = ms <= 1_000 ? 0 : Math.min(32 - Math.clz32((ms - 1) / 1_000), LAST);
    this.counts[bucket]++;
    if (bucket < this.first) this.first = bucket;
    if (bucket > this.last) this.last = bucket;
    if (ms > 0) this.seconds += ms / 1_000;
  }

  clear(): void {
    for (let bucket = this.first; bucket <= this.last; bucket++) this.counts[bucket] = 0;
    this.seconds = 0;
    this.first = LAST;
    this.last = 0;
  }
}

/** More flows than this are halved, so that old ones are forgotten. */
const MAX_RECENT = 8_192;
/** Fewer don't tell what is usual. */
const MIN_USUAL = 10;

/** How late flows usually arrive: a range in seconds; without an end beyond the last bucket. */
export type UsualLateness = { from: number; to: number | undefined };

/** Flows of an exporter, of late. */
export class RecentLateness {
  readonly #counts = new Float64Array(LAST + 1);
  #total = 0;

  add({ counts, first, last }: Lateness): void {
    for (let bucket = first; bucket <= last; bucket++) {
      this.#counts[bucket] += counts[bucket];
      this.#total += counts[bucket];
    }
    while (this.#total > MAX_RECENT) {
      this.#total /= 2;
      for (let bucket = 0; bucket <= LAST; bucket++) this.#counts[bucket] /= 2;
    }
  }

  /** Between what the middle half of the flows came; undefined when there were too few. */
  get usual(): UsualLateness | undefined {
    if (this.#total < MIN_USUAL) return undefined;
    const [first, last] = [this.#bucketOf(1 / 4), this.#bucketOf(3 / 4)];
    return { from: first === 0 ? 0 : LATENESS_BUCKETS[first - 1], to: LATENESS_BUCKETS[last] };
  }

  #bucketOf(share: number): number {
    let rest = share * this.#total;
    return this.#counts.findIndex((count) => {
      rest -= count;
      return rest <= 0;
    });
  }
}
