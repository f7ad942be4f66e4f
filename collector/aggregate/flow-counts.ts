/**
 * The Aggregate step: what all flows of a worker came to, before any is selected. Records come in as they are in the
 * packet; now and then the sums since the last time are handed to the main thread, which adds those of all workers.
 * docs/flow-metrics.md says it for users.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { parseExpression } from '../../crds/selection/expression.ts';
import type { Template } from '../decode/template.ts';
import { COUNTER, type Counters } from '../ledger/ledger.ts';
import type { Networks } from '../networks/table.ts';
import type { PacketOrigin } from '../select/packet-origin.ts';
import type { PlanContext } from '../span/plan/context.ts';
import { PlanCache, type PlanOwner } from '../span/plan-cache.ts';
import { type Dimension, layOut, type Value } from './dimension.ts';
import { PacketSample } from './packet-sample.ts';
import { type CountedSet, type CountPlan, compileCountPlan } from './plan.ts';
import { OVERFLOW, SeriesTable } from './table.ts';
import { Texts } from './texts.ts';
import { type TalkerCounts, TopTalkers } from './top-talkers.ts';

type Config = Pick<CollectorConfig, 'flowMetrics' | 'spans'>;

/** What flows of a set came to: by series, bytes, packets and records since they were handed over last. */
export type SetCounts = {
  /** Tells apart sets that count other things, though they have the same name. */
  definition: string;
  /** JSON of the values of the dimensions in their order, null for none; empty for the series of the overflow. */
  series: string[];
  sums: Float64Array;
};

/** What a set counts, and nothing of how many series it has. */
export function definitionOf({ name, dimensions, filter = '' }: Config['flowMetrics']['sets'][number]): string {
  return JSON.stringify([name, filter, ...dimensions]);
}

export type FlowCountOptions = {
  config: Config;
  networks: Networks | undefined;
  counters: Counters;
  log: Log;
  /** Who sent the packet at hand. */
  origin: PacketOrigin;
};

/** What counts a template's records in sets, and among top talkers. */
type Plans = { sums: CountPlan | undefined; talkers: CountPlan | undefined };

type Counted = CountedSet & { definition: string; expiry: number; labels: (string | undefined)[] };

export class FlowCounts {
  readonly #options: FlowCountOptions;
  #texts = new Texts();
  #sets: Counted[] = [];
  #talkers: TopTalkers | undefined;
  readonly #sample = new PacketSample();
  /** Of the sets, and of talkers; undefined when there are none. */
  #plans!: PlanCache<Plans>;
  #exporter!: PlanOwner;
  #nowMs = 0;

  constructor(options: FlowCountOptions) {
    this.#options = options;
    this.#begin();
  }

  /** Makes a packet the one that records are of, at `nowMs` by a clock that nobody sets. */
  turnTo(exporter: PlanOwner, nowMs: number): void {
    this.#exporter = exporter;
    this.#nowMs = nowMs;
  }

  /** Counts `count` records, the first of them at `offset`, once the encoder has begun with their template. */
  add(
    bytes: Uint8Array,
    view: DataView,
    template: Template,
    offset: number,
    count: number,
    context: PlanContext,
  ): void {
    const { sums, talkers } = this.#plans.get(template, this.#exporter, this.#nowMs)!;
    if (sums) this.#run(sums, bytes, view, template, offset, count, context);
    if (talkers && this.#sample.takes(count, this.#nowMs))
      this.#run(talkers, bytes, view, template, offset, count, context);
  }

  #run(
    plan: CountPlan,
    bytes: Uint8Array,
    view: DataView,
    template: Template,
    offset: number,
    count: number,
    context: PlanContext,
  ): void {
    const { variable, minLength } = template;
    const { origin } = this.#options;
    for (let record = 0, at = offset; record < count; record++) {
      plan(bytes, view, at, context, origin);
      at = variable ? context.next : at + minLength;
    }
  }

  /**
   * Hands over what came since the last time, of at most `max` series in all, each set its part of them: the others
   * wait for the next time. Then those are given up that had no flow for too long.
   */
  take(max: number, nowMs: number): SetCounts[] {
    const part = Math.ceil(max / Math.max(1, this.#sets.length));
    let isAll = true;
    const counts = this.#sets.map((set): SetCounts => {
      const series: string[] = [];
      const sums: number[] = [];
      const taken = set.table.take(part, nowMs, (slot, ...sum) => {
        series.push(this.#labelOf(set, slot));
        sums.push(...sum);
      });
      isAll &&= taken < part;
      return { definition: set.definition, series, sums: Float64Array.from(sums) };
    });
    if (isAll) this.#expire(nowMs);
    return counts.filter(({ series }) => series.length > 0);
  }

  /** Who has had most of the bytes since `restart` was true last; undefined when nobody asks for it. */
  takeTalkers(restart: boolean): TalkerCounts[] | undefined {
    const counts = this.#talkers?.counts(this.#options.config.flowMetrics.topTalkers, this.#texts);
    if (restart) this.#talkers?.clear();
    return counts;
  }

  #expire(nowMs: number): void {
    if (this.#texts.isFull) {
      this.#texts = new Texts();
      this.#begin();
      return;
    }
    for (const { table, expiry, labels } of this.#sets) {
      table.expire(nowMs - expiry, (slot) => {
        labels[slot] = undefined;
      });
    }
  }

  #begin(): void {
    const { config, networks, counters, log } = this.#options;
    this.#sets = config.flowMetrics.sets.map((set) => {
      const { dimensions, width } = layOut(set.dimensions);
      const filter = set.filter === undefined ? undefined : parsed(set.filter);
      const table = new SeriesTable(set.maxSeries, width);
      return { dimensions, filter, table, definition: definitionOf(set), expiry: set.expiry, labels: [] };
    });
    const { timestamps, maxAge, services } = config.spans;
    this.#talkers = config.flowMetrics.topTalkers > 0 ? new TopTalkers(services !== undefined) : undefined;
    const options = {
      texts: this.#texts,
      networks,
      rest: services?.rest,
      times: { timestamps, maxAge },
    };
    const onError = (error: unknown): void => {
      counters[COUNTER.flowMetricErrors]++;
      log.warn('the filter of a set of flow metrics failed, so that it does not count the flow', {
        error: String(error).split('\n')[0],
      });
    };
    const planOf = (template: Template, sets: readonly CountedSet[], weight?: PacketSample): CountPlan | undefined => {
      if (sets.length === 0) return undefined;
      return compileCountPlan(template, { ...options, sets, ...(weight && { weight }), onError });
    };
    this.#plans = new PlanCache((template) => ({
      sums: planOf(template, this.#sets),
      talkers: planOf(template, this.#talkers?.sets ?? [], this.#sample),
    }));
  }

  #labelOf({ dimensions, table, labels }: Counted, slot: number): string {
    if (slot === OVERFLOW) return '';
    const read = (dimension: Dimension): Value | undefined =>
      dimension.read(table.keys, slot * table.width, this.#texts);
    labels[slot] ??= JSON.stringify(dimensions.map((dimension) => read(dimension) ?? null));
    return labels[slot];
  }
}

/** The configuration was checked before. */
function parsed(text: string) {
  const expression = parseExpression(text);
  if ('error' in expression) throw new Error(`${text} ${expression.error}`);
  return expression.ast;
}
