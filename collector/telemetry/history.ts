/**
 * What flows came to in the last hour, in steps of ten seconds, for the page: by exporter, transport and service. It
 * reads sums that are kept anyway, so a flow costs nothing more. Bounded: 50 series of each, whatever else comes is
 * `others`.
 */
import type { FlowSeries, FlowSet } from './flow-sums.ts';
import type { CollectorState } from './state.ts';
import type { Volume } from './talker-rates.ts';

export const STEP_MS = 10_000;
const STEPS = 360;
const MAX_SERIES = 50;
/** Series that are drawn: the rest of them goes to the others. */
const SHOWN_SERIES = 9;
/** Steps that the last one counts for, where it is decided which series are kept: newcomers may be large. */
const STEPS_OF_LAST = 60;

/** What traffic is drawn by, and the dimension of a set of flow metrics that tells it. */
const DIMENSIONS = { exporter: 'netflow.exporter.address', transport: 'network.transport' } as const;
export const GROUPINGS = ['exporter', 'transport', 'service'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Rates by step, oldest first. */
export type HistorySeries = {
  /** Left out: of those without a value, or without a series of their own. */
  label?: string;
  bytesPerSecond: number[];
  packetsPerSecond: number[];
};
export type TrafficHistory = {
  stepSeconds: number;
  /** When the last step ended, in Unix milliseconds. */
  end: number;
  /** The first has most bytes. Undefined: this is not counted. */
  series?: HistorySeries[];
};

/** Key of those without a label, or without a series of their own. */
const OTHERS = '';
type Came = Pick<FlowSeries, 'attributes'> & Volume;
type Ring = { bytes: Float32Array; packets: Float32Array };

/**
 * Reads `state`; call `tick` every ten seconds, with milliseconds of a clock that nobody sets, and Unix milliseconds.
 */
export function createHistory(state: Pick<CollectorState, 'flowSets' | 'takeServices'>): {
  tick(nowMs: number, time: number): void;
  read(grouping: Grouping): TrafficHistory;
} {
  const groups = new Map(GROUPINGS.map((grouping) => [grouping, new Group()]));
  /** What each series had come to at the last step. */
  const seen = new WeakMap<FlowSeries, Volume>();
  let last = Number.NaN;
  let end = 0;

  return {
    tick(nowMs, time) {
      const sets = state.flowSets();
      const chosen = (Object.keys(DIMENSIONS) as (keyof typeof DIMENSIONS)[]).map((grouping) => {
        return { grouping, set: setWith(DIMENSIONS[grouping], sets) };
      });
      // Both may be the same, which tells its series once.
      const came = new Map([...new Set(chosen.map(({ set }) => set))].map((set) => [set, increases(set)]));
      const seconds = (nowMs - last) / 1_000;
      last = nowMs;
      const services = state.takeServices();
      // What came before the first step came in a time that is not known.
      if (Number.isNaN(seconds)) return;
      for (const { grouping, set } of chosen)
        groups.get(grouping)!.take(set && ratesBy(DIMENSIONS[grouping], came.get(set)!, seconds));
      const rates = (volume: Volume): Volume => ratesOf(volume, seconds);
      groups.get('service')!.take(services && new Map(Array.from(services, ([label, came]) => [label, rates(came)])));
      end = time;
    },
    read(grouping) {
      const series = groups.get(grouping)!.read();
      return { stepSeconds: STEP_MS / 1_000, end, ...(series && { series }) };
    },
  };

  /** What came to each series of a set since the last step. */
  function increases(set: FlowSet | undefined): Came[] {
    return Array.from(set?.series ?? [], (one) => {
      const { attributes, bytes, packets } = one;
      const before = seen.get(one);
      seen.set(one, { bytes, packets });
      return { attributes, bytes: bytes - (before?.bytes ?? 0), packets: packets - (before?.packets ?? 0) };
    });
  }
}

/** Of the sets that count all flows by a dimension, the one with the fewest others. */
function setWith(dimension: string, sets: readonly FlowSet[]): FlowSet | undefined {
  const fitting = sets.filter(({ isWhole, dimensions }) => isWhole && dimensions.includes(dimension));
  return fitting.sort((a, b) => a.dimensions.length - b.dimensions.length)[0];
}

/** The series of one grouping: rings of the last steps, of which the next one is at `#steps` modulo their length. */
class Group {
  readonly #rings = new Map<string, Ring>();
  #steps = 0;
  #isCounted = false;

  /**
   * Takes the rates of a step, by label; undefined when they are not counted. The series with most keep a ring; the
   * others go together, and who had nothing for an hour goes.
   */
  take(rates: ReadonlyMap<string, Volume> | undefined): void {
    this.#isCounted = rates !== undefined;
    const at = this.#steps++ % STEPS;
    for (const { bytes, packets } of this.#rings.values()) bytes[at] = packets[at] = 0;
    const kept = this.#labelsToKeep(rates);
    for (const [label, ring] of this.#rings) {
      if (label === OTHERS || kept.has(label)) continue;
      this.#rings.delete(label);
      addRing(this.#ring(OTHERS), ring);
    }
    for (const [label, { bytes, packets }] of rates ?? []) {
      if (bytes === 0 && packets === 0) continue;
      const ring = this.#ring(kept.has(label) ? label : OTHERS);
      ring.bytes[at] += bytes;
      ring.packets[at] += packets;
    }
  }

  /** Those with most bytes, in the hour and, more heavily, in this step. */
  #labelsToKeep(rates: ReadonlyMap<string, Volume> = new Map()): Set<string> {
    const weights = new Map(Array.from(this.#rings, ([label, ring]) => [label, sum(ring.bytes) + sum(ring.packets)]));
    for (const [label, { bytes, packets }] of rates)
      weights.set(label, (weights.get(label) ?? 0) + STEPS_OF_LAST * (bytes + packets));
    weights.delete(OTHERS);
    const ranked = [...weights].filter(([, weight]) => weight > 0).sort(([, a], [, b]) => b - a);
    return new Set(ranked.slice(0, MAX_SERIES).map(([label]) => label));
  }

  read(): HistorySeries[] | undefined {
    if (!this.#isCounted) return undefined;
    const ranked = [...this.#rings]
      .filter(([label]) => label !== OTHERS)
      .sort(([, a], [, b]) => sum(b.bytes) - sum(a.bytes));
    const others = newRing();
    for (const [, ring] of ranked.slice(SHOWN_SERIES)) addRing(others, ring);
    const known = this.#rings.get(OTHERS);
    if (known) addRing(others, known);
    const hasOthers = sum(others.bytes) + sum(others.packets) > 0;
    return [
      ...ranked.slice(0, SHOWN_SERIES).map(([label, ring]) => ({ label, ...this.#inOrder(ring) })),
      ...(hasOthers ? [this.#inOrder(others)] : []),
    ];
  }

  #ring(label: string): Ring {
    let ring = this.#rings.get(label);
    if (!ring) {
      ring = newRing();
      this.#rings.set(label, ring);
    }
    return ring;
  }

  #inOrder({ bytes, packets }: Ring): Pick<HistorySeries, 'bytesPerSecond' | 'packetsPerSecond'> {
    const count = Math.min(STEPS, this.#steps);
    const first = this.#steps - count;
    const inOrder = (values: Float32Array): number[] =>
      Array.from({ length: count }, (_, step) => Math.round(values[(first + step) % STEPS] * 10) / 10);
    return { bytesPerSecond: inOrder(bytes), packetsPerSecond: inOrder(packets) };
  }
}

/** The rates of these by what they say of a dimension. */
function ratesBy(dimension: string, series: readonly Came[], seconds: number): Map<string, Volume> {
  const all = new Map<string, Volume>();
  for (const one of series) {
    const label = String(one.attributes[dimension] ?? OTHERS);
    const known = all.get(label) ?? { bytes: 0, packets: 0 };
    const { bytes, packets } = ratesOf(one, seconds);
    all.set(label, { bytes: known.bytes + bytes, packets: known.packets + packets });
  }
  return all;
}

function ratesOf({ bytes, packets }: Volume, seconds: number): Volume {
  return { bytes: bytes / seconds, packets: packets / seconds };
}

function newRing(): Ring {
  return { bytes: new Float32Array(STEPS), packets: new Float32Array(STEPS) };
}

function addRing(to: Ring, from: Ring): void {
  for (let step = 0; step < STEPS; step++) {
    to.bytes[step] += from.bytes[step];
    to.packets[step] += from.packets[step];
  }
}

function sum(values: Float32Array): number {
  let total = 0;
  for (let step = 0; step < STEPS; step++) total += values[step];
  return total;
}
