/** What all flows came to: the sums of all workers, by the sets of `flowMetrics`. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { definitionOf, type SetCounts } from '../aggregate/flow-counts.ts';
import { SUMS } from '../aggregate/table.ts';
import { OVERFLOW_LABEL } from './metric-table.ts';

/** One series since `startTime`, in Unix milliseconds. */
export type FlowSeries = {
  attributes: Readonly<Record<string, string | number | boolean>>;
  bytes: number;
  packets: number;
  records: number;
  startTime: number;
};
/** `isWhole`: it has no filter. */
export type FlowSet = {
  name: string;
  dimensions: readonly string[];
  isWhole: boolean;
  series: Iterable<FlowSeries>;
};

type Sets = CollectorConfig['flowMetrics']['sets'];
type Set = Sets[number];
type Kept = FlowSeries & { usedAt: number };
const OVERFLOW = '';

export class FlowSums {
  readonly #configured: () => Sets;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  /** By definition of a set: by series, what it came to. */
  #sums = new Map<string, Map<string, Kept>>();

  /** `configured` tells the sets in use; times are Unix milliseconds and those of a clock that nobody sets. */
  constructor(configured: () => Sets, now = Date.now, monotonic = () => performance.now()) {
    this.#configured = configured;
    this.#now = now;
    this.#monotonic = monotonic;
  }

  /** Adds what a worker has counted since the last time. Sets that are no longer configured are left out. */
  take(counts: readonly SetCounts[]): void {
    const sets = new Map(this.#configured().map((set) => [definitionOf(set), set]));
    for (const { definition, series, sums } of counts) {
      const set = sets.get(definition);
      if (!set) continue;
      const known = this.#sumsOf(definition);
      for (const [index, labels] of series.entries()) {
        const one = this.#find(set, known, labels);
        one.bytes += sums[SUMS * index];
        one.packets += sums[SUMS * index + 1];
        one.records += sums[SUMS * index + 2];
        one.usedAt = this.#monotonic();
      }
    }
  }

  /** All sets in use, without series that had no flows for too long. */
  sets(): FlowSet[] {
    const sets = this.#configured().map((set) => ({ ...set, definition: definitionOf(set) }));
    this.#sums = new Map(sets.map(({ definition }) => [definition, this.#sumsOf(definition)]));
    return sets.map(({ name, dimensions, filter, definition, expiry }) => {
      const known = this.#sumsOf(definition);
      const oldest = this.#monotonic() - expiry;
      for (const [labels, { usedAt }] of known) if (usedAt < oldest) known.delete(labels);
      return { name, dimensions, isWhole: filter === undefined, series: known.values() };
    });
  }

  #sumsOf(definition: string): Map<string, Kept> {
    let known = this.#sums.get(definition);
    if (!known) {
      known = new Map();
      this.#sums.set(definition, known);
    }
    return known;
  }

  #find(set: Set, known: Map<string, Kept>, labels: string): Kept {
    const { dimensions, maxSeries } = set;
    const own = known.get(labels);
    if (own) return own;
    const others = known.size - (known.has(OVERFLOW) ? 1 : 0);
    if (labels !== OVERFLOW && others >= maxSeries) return this.#find(set, known, OVERFLOW);
    const series = {
      attributes: labels === OVERFLOW ? { [OVERFLOW_LABEL]: true } : attributesOf(dimensions, labels),
      ...{ bytes: 0, packets: 0, records: 0 },
      ...{ startTime: this.#now(), usedAt: this.#monotonic() },
    };
    known.set(labels, series);
    return series;
  }
}

function attributesOf(dimensions: readonly string[], labels: string): Record<string, string | number> {
  const values: (string | number | null)[] = JSON.parse(labels);
  return Object.fromEntries(
    values.flatMap((value, index) => (value === null ? [] : [[dimensions[index], value] as const])),
  );
}
