/**
 * What flows go through once they are decoded: the sums of flow metrics, the selection, the encoder, and the batch that
 * is being filled; and how these are changed between packets. A worker has one.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { FlowCounts, type SetCounts } from '../aggregate/flow-counts.ts';
import { VERSION } from '../common/version.ts';
import type { Counters } from '../ledger/ledger.ts';
import { assignRuleSlots, clearRuleCounters, type RuleSlots } from '../ledger/rule-slots.ts';
import type { Networks } from '../networks/table.ts';
import type { Batch } from '../otlp/batch.ts';
import { BatchWriter } from '../otlp/batch-writer.ts';
import type { AttributeValue } from '../otlp/protobuf-writer.ts';
import { Ceilings, type Rates } from '../select/ceiling.ts';
import { PacketOrigin } from '../select/packet-origin.ts';
import { createSelector, type Selector } from '../select/selector.ts';
import { SpanEncoder, type SpanSettings } from '../span/encoder.ts';
import { IdSource, type RandomFill } from '../span/ids.ts';
import type { PlanOwner } from '../span/plan-cache.ts';

/** What may be changed between packets. */
export type FlowLaneSettings = {
  config: CollectorConfig;
  /** Attributes of the OTLP resource. */
  resource: Record<string, AttributeValue>;
  /** Which counters belong to which rule; by default they are in the order of the rules. */
  ruleSlots?: RuleSlots;
  /** Names of networks, for `spans.attributes.networksFile`; undefined while there are none. */
  networks?: Networks | undefined;
};

export type FlowLaneOptions = FlowLaneSettings & {
  counters: Counters;
  sink: { push(batch: Batch): void };
  log: Log;
  /** Unix milliseconds, with fractions. */
  now: () => number;
  /** Milliseconds by a clock that nobody sets. */
  monotonic: () => number;
  random?: RandomFill;
  /** Told whose plan was forgotten, as there are too many. */
  onPlanForgotten?: (owner: PlanOwner) => void;
  /** Shared by the workers, which keep to one ceiling of flows together; and the place of this one. */
  rates?: Rates;
  worker?: number;
};

type Settings = FlowLaneSettings & { ruleSlots: RuleSlots };

export class FlowLane {
  readonly encoder: SpanEncoder;
  readonly #options: FlowLaneOptions;
  readonly #ceilings: Ceilings;
  readonly #origin = new PacketOrigin();
  #settings: Settings;
  #selector: Selector | undefined;
  #counts: FlowCounts | undefined;
  /** What flows came to that were counted by other settings. */
  #earlierCounts: SetCounts[] = [];
  #writer: BatchWriter;

  constructor(options: FlowLaneOptions) {
    this.#options = options;
    this.#settings = complete(options);
    this.#ceilings = new Ceilings(options.rates, options.worker);
    this.#writer = this.#newWriter();
    this.#selector = this.#newSelector();
    this.#counts = this.#newCounts();
    this.encoder = new SpanEncoder(this.#spanSettings(), new IdSource(options.random), options.onPlanForgotten);
  }

  /** Undefined when every flow becomes a span. */
  get selector(): Selector | undefined {
    return this.#selector;
  }

  /** Undefined when no flow metrics are configured. */
  get counts(): FlowCounts | undefined {
    return this.#counts;
  }

  /** Makes a packet the one that records are of, received at `receivedMs` by the clock that nobody sets. */
  turnTo(exporter: PlanOwner & { address: string; port: number }, domain: number, receivedMs: number): void {
    if (this.#selector || this.#counts) this.#origin.turnTo(exporter, domain);
    // Held data come later than their packet: what is sampled of them is so at the rate of now.
    this.#selector?.turnTo(exporter, this.#options.monotonic());
    this.#counts?.turnTo(exporter, receivedMs);
    this.encoder.turnTo(exporter, receivedMs);
  }

  /**
   * Hands over what flows came to since the last time, of at most `max` series, at `nowMs` by a clock that nobody sets.
   */
  takeCounts(max: number, nowMs: number): SetCounts[] {
    const earlier = this.#earlierCounts;
    this.#earlierCounts = [];
    return [...earlier, ...(this.#counts?.take(max, nowMs) ?? [])];
  }

  /** Takes other settings. What was counted, and the plans and rates that they leave as they are, stay. */
  configure(settings: FlowLaneSettings): void {
    const before = this.#settings;
    const after = complete(settings);
    this.#settings = after;
    const newSlots = !isDeepStrictEqual(after.ruleSlots, before.ruleSlots);
    if (newSlots) clearRuleCounters(this.#options.counters, before.ruleSlots, after.ruleSlots);
    const hasServices = ({ config }: Settings) => config.spans.services !== undefined;
    if (!isDeepStrictEqual(after.resource, before.resource) || hasServices(after) !== hasServices(before)) {
      this.#writer.seal();
      this.#writer = this.#newWriter();
    }
    const selecting = ({ config: { selection, spans } }: Settings) => ({ selection, spans });
    if (newSlots || !isDeepStrictEqual(selecting(after), selecting(before))) this.#selector = this.#newSelector();
    const counted = ({ config: { flowMetrics, spans } }: Settings) => ({ flowMetrics, spans });
    if (after.networks || before.networks || !isDeepStrictEqual(counted(after), counted(before))) {
      this.#earlierCounts.push(...(this.#counts?.take(Number.POSITIVE_INFINITY, 0) ?? []));
      this.#counts = this.#newCounts();
    }
    this.encoder.configure(this.#spanSettings());
  }

  /** Seals the batch that is being filled. */
  seal(): void {
    this.#writer.seal();
  }

  #newWriter(): BatchWriter {
    const { config, resource } = this.#settings;
    return new BatchWriter({
      resource,
      scope: { name: 'netflow2traces', version: VERSION },
      maxSize: config.otlp.batch.maxSize,
      holdsResources: config.spans.services !== undefined,
      push: (batch) => this.#options.sink.push(batch),
      now: this.#options.now,
    });
  }

  #newSelector(): Selector | undefined {
    const { config, ruleSlots } = this.#settings;
    const { counters, log } = this.#options;
    return createSelector({ config, ruleSlots, ceilings: this.#ceilings, counters, log, origin: this.#origin });
  }

  #newCounts(): FlowCounts | undefined {
    const { config, networks } = this.#settings;
    const { counters, log } = this.#options;
    const { sets, topTalkers } = config.flowMetrics;
    if (sets.length === 0 && topTalkers === 0) return undefined;
    return new FlowCounts({ config, networks, counters, log, origin: this.#origin });
  }

  #spanSettings(): SpanSettings {
    const { config, networks } = this.#settings;
    return {
      spans: config.spans,
      exporters: config.exporters,
      writer: this.#writer,
      selection: this.#selector,
      networks,
    };
  }
}

function complete({ config, resource, ruleSlots, networks }: FlowLaneSettings): Settings {
  return { config, resource, ruleSlots: ruleSlots ?? assignRuleSlots([], config.selection.rules), networks };
}
