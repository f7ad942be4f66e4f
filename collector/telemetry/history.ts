/**
 * What flows came to in the last hour, in steps of ten seconds, for the page: by exporter, transport and service. It reads
 * sums that are kept anyway, so a flow costs nothing more. Bounded: 50 series of each, whatever else comes is `others`.
 */
import type { FlowSeries } from './flow-sums.ts';
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
type Ring = { bytes: Float32Array; packets: Float32Array };

/** Reads `state`; call `tick` every ten seconds, with milliseconds of a clock that nobody sets, and Unix milliseconds. */
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
      const came = new Map<FlowSeries, Volume>();
      for (const { series } of sets) for (const one of series) came.set(one, increase(one));
      const seconds = (nowMs - last) / 1_000;
      last = nowMs;
      const services = state.takeServices();
      // What came before the first step came in a time that is not known.
      if (Number.isNaN(seconds)) return;
      for (const [grouping, dimension] of Object.entries(DIMENSIONS) as [keyof typeof DIMENSIONS, string][]) {
        const fitting = sets.filter(({ isWhole, dimensions }) => isWhole && dimensions.includes(dimension));
        const set = fitting.sort((a, b) => a.dimensions.length - b.dimensions.length)[0];
        const group = groups.get(grouping)!;
        group.begin(set !== undefined);
        for (const one of set?.series ?? []) {
          const label = one.attributes[dimension];
          group.add(label === undefined ? OTHERS : String(label), came.get(one)!, seconds);
        }
        group.trim();
      }
      const group = groups.get('service')!;
      group.begin(services !== undefined);
      for (const [label, volume] of services ?? []) group.add(label, volume, seconds);
      group.trim();
      end = time;
    },
    read(grouping) {
      const series = groups.get(grouping)!.read();
      return { stepSeconds: STEP_MS / 1_000, end, ...(series && { series }) };
    },
  };

  function increase(one: FlowSeries): Volume {
    const { bytes, packets } = one;
    const before = seen.get(one);
    seen.set(one, { bytes, packets });
    return { bytes: bytes - (before?.bytes ?? 0), packets: packets - (before?.packets ?? 0) };
  }
}

/** The series of one grouping: rings of the last steps, of which the next one is at `#steps` modulo their length. */
class Group {
  readonly #rings = new Map<string, Ring>();
  #steps = 0;
  #isCounted = false;

  /** Begins a step. */
  begin(isCounted: boolean): void {
    this.#isCounted = isCounted;
    const at = this.#steps++ % STEPS;
    for (const { bytes, packets } of this.#rings.values()) bytes[at] = packets[at] = 0;
  }

  add(label: string, { bytes, packets }: Volume, seconds: number): void {
    if (bytes === 0 && packets === 0) return;
    const ring = this.#ring(label);
    const at = (this.#steps - 1) % STEPS;
    ring.bytes[at] += bytes / seconds;
    ring.packets[at] += packets / seconds;
  }

  /** Keeps the series with most bytes; the others go together, and who had none for an hour goes. */
  trim(): void {
    const at = (this.#steps - 1) % STEPS;
    const own = [...this.#rings].filter(([label]) => label !== OTHERS);
    const ranked = own
      .map(([label, ring]) => ({ label, ring, weight: sum(ring.bytes) + STEPS_OF_LAST * ring.bytes[at] }))
      .sort((a, b) => b.weight - a.weight);
    for (const [index, { label, ring, weight }] of ranked.entries()) {
      if (index < MAX_SERIES && (weight > 0 || sum(ring.packets) > 0)) continue;
      this.#rings.delete(label);
      addRing(this.#ring(OTHERS), ring);
    }
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
  return values.reduce((total, value) => total + value, 0);
}
