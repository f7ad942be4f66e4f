/**
 * From records to spans: runs the plan of a template over the records of a packet, into the batch that is being filled.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { RateBudget } from '../common/rate-budget.ts';
import type { Template } from '../decode/template.ts';
import { RatesByExporter } from '../devices/configured-rates.ts';
import type { Networks } from '../networks/table.ts';
import type { BatchWriter } from '../otlp/batch-writer.ts';
import { fields } from '../otlp/protobuf-reader.ts';
import { message } from '../otlp/protobuf-writer.ts';
import { EXPORT_TRACE_SERVICE_REQUEST, RESOURCE_SPANS, SCOPE_SPANS } from '../otlp/tags.ts';
import { attributeNames } from './attributes.ts';
import { AttributesByExporter } from './exporter-attributes.ts';
import type { IdSource } from './ids.ts';
import { ListWriter } from './lists/writer.ts';
import { compilePacketPlan, type PacketFacts } from './packet.ts';
import { compileRecordPlan, type RecordPlan } from './plan/compile.ts';
import { PlanContext } from './plan/context.ts';
import { fieldsToCompile } from './plan/readings.ts';
import { transportEncoder } from './plan/transport.ts';
import { PLAN_COST, PlanCache, type PlanOwner } from './plan-cache.ts';
import { Services } from './services.ts';

/** Spans of one packet itself: its root and `netflow.parse_packet`. */
const PACKET_SPANS = 2;

/**
 * Time that goes into compiling plans, in fields: of an exporter, which has half of it at once, and of all. 8,192
 * fields take some 0.2 s.
 */
const COMPILED = { ofOne: { burst: 16_384, perSecond: 512 }, ofAll: { burst: 65_536, perSecond: 8_192 } };

/** Tells which records become spans. */
export type RecordSelection = {
  /** Whether it sets `c.mark` for some. */
  samples: boolean;
  /** The records that follow are of this template. */
  start(template: Template): void;
  /** Whether the record at `o` becomes a span; sets `c.mark`, and `c.next` for records of variable length. */
  keeps(s: Uint8Array, v: DataView, o: number, c: PlanContext): boolean;
};

/** What spans are made by. */
export type SpanSettings = {
  spans: CollectorConfig['spans'];
  exporters: CollectorConfig['exporters'];
  /** Where they are written. */
  writer: BatchWriter;
  /** Without one, every record becomes a span. */
  selection: RecordSelection | undefined;
  /** Names of networks, once there are any. */
  networks?: Networks | undefined;
};

export class SpanEncoder {
  readonly context: PlanContext;
  readonly #budget = new RateBudget(COMPILED.ofOne, COMPILED.ofAll);
  readonly #onForgotten: ((owner: PlanOwner) => void) | undefined;
  readonly #writePacket = compilePacketPlan();
  #settings: SpanSettings;
  #writer: BatchWriter;
  #selection: RecordSelection | undefined;
  #plans: PlanCache<RecordPlan>;
  #exporters: AttributesByExporter;
  #rates: RatesByExporter;
  #exporter!: PlanOwner;
  #nowMs = 0;
  /** Where the packet's spans begin in the batch that is being filled; undefined when some are in a sealed one. */
  #start: number | undefined;
  #asideStart = 0;

  /** `onForgotten` is told whose plan is no longer kept, as there are too many. */
  constructor(settings: SpanSettings, ids: IdSource, onForgotten?: (owner: PlanOwner) => void) {
    this.#onForgotten = onForgotten;
    this.context = new PlanContext(ids);
    this.context.networks = settings.networks;
    this.context.services = servicesOf(settings);
    this.#settings = settings;
    this.#writer = settings.writer;
    this.#selection = settings.selection;
    this.#exporters = attributesByExporter(settings);
    this.#rates = new RatesByExporter(settings.exporters.sampling);
    this.#plans = this.#newPlans(settings);
  }

  /** Takes other settings, between packets. Plans stay when they come to the same, and else are not paid for again. */
  configure(settings: SpanSettings): void {
    if (!isDeepStrictEqual(planSettings(settings), planSettings(this.#settings))) {
      for (const { owner, fields } of this.#plans.entries())
        this.#budget.charge(owner, -(PLAN_COST + fields), this.#nowMs);
      this.#exporters = attributesByExporter(settings);
      this.#plans = this.#newPlans(settings);
    }
    if (
      settings.networks !== this.#settings.networks ||
      settings.writer !== this.#writer ||
      !isDeepStrictEqual(settings.spans, this.#settings.spans)
    )
      this.context.services = servicesOf(settings);
    if (!isDeepStrictEqual(settings.exporters.sampling, this.#settings.exporters.sampling))
      this.#rates = new RatesByExporter(settings.exporters.sampling);
    this.context.networks = settings.networks;
    this.#settings = settings;
    this.#writer = settings.writer;
    this.#selection = settings.selection;
  }

  /** Makes an exporter the one that records are of, at `nowMs` by a clock that nobody sets. */
  turnTo(exporter: PlanOwner & { address: string }, nowMs: number): void {
    this.#exporter = exporter;
    this.#nowMs = nowMs;
    this.context.exporter = this.#exporters.of(exporter);
    this.context.configuredRates = this.#rates.of(exporter);
  }

  /** Starts the spans of a packet. */
  begin(): void {
    this.#start = this.#writer.position;
    this.#asideStart = this.#writer.asideLength;
  }

  /**
   * Encodes those of `count` records that are selected, the first of them at `offset`; returns how many, or undefined
   * when there is no plan for them.
   */
  encode(bytes: Uint8Array, view: DataView, template: Template, offset: number, count: number): number | undefined {
    const plan = this.#plans.get(template, this.#exporter, this.#nowMs);
    if (!plan) return undefined;
    const selection = this.#selection;
    const writer = this.#writer;
    const context = this.context;
    let kept = 0;
    let at = offset;
    context.rates?.start(template.id);
    selection?.start(template);
    for (let record = 0; record < count; record++) {
      if (selection === undefined || selection.keeps(bytes, view, at, context)) {
        let from = writer.position;
        writer.position = plan(bytes, view, at, writer.bytes, writer.view, from, context);
        if (writer.position > writer.limit) from = this.#carry(from);
        if (writer.holdsResources) {
          if (context.paired) writer.spans++;
          else writer.setAside(from);
        }
        writer.flows++;
        writer.spans++;
        kept++;
      }
      at = template.variable ? context.next : at + template.minLength;
    }
    return kept;
  }

  /** Adds the spans of the packet itself. */
  finish(facts: PacketFacts): void {
    const writer = this.#writer;
    let from = writer.position;
    writer.position = this.#writePacket(writer.bytes, writer.view, from, this.context, facts);
    if (writer.position > writer.limit) from = this.#carry(from);
    if (writer.holdsResources) writer.setAside(from);
    writer.spans += PACKET_SPANS;
  }

  /** A copy of the packet's spans, unless a batch was sealed among them. */
  copy(): Uint8Array | undefined {
    const { bytes, position, aside, holdsResources } = this.#writer;
    if (this.#start === undefined) return undefined;
    const written = bytes.subarray(this.#start, position);
    const spans = holdsResources
      ? Buffer.concat([clientSpans(written), aside.subarray(this.#asideStart)])
      : Uint8Array.prototype.slice.call(written);
    return spans.length === 0 ? undefined : spans;
  }

  #carry(from: number): number {
    this.#start = undefined;
    return this.#writer.carry(from);
  }

  #newPlans({ spans, exporters, selection }: SpanSettings): PlanCache<RecordPlan> {
    const nameOf = attributeNames(spans);
    const options = {
      ...spans,
      nameOf,
      transport: transportEncoder(nameOf),
      lists: new ListWriter(nameOf),
      scale: exporters.scale,
      sampled: selection?.samples,
      ofExporter: this.#exporters.kind,
      given: this.#exporters.names,
      networks: spans.attributes.networksFile !== undefined,
    };
    return new PlanCache((template, owner, now) => {
      const mayCompile = this.#budget.take(owner, PLAN_COST + fieldsToCompile(template), now);
      return mayCompile ? compileRecordPlan(template, options) : undefined;
    }, this.#onForgotten);
  }
}

function attributesByExporter({ spans }: SpanSettings): AttributesByExporter {
  return new AttributesByExporter(spans.attributes.constants, spans.services?.points ?? [], attributeNames(spans));
}

function servicesOf({ spans, networks, writer }: SpanSettings): Services | undefined {
  return spans.services && new Services(spans.services, networks, attributeNames(spans), writer.scope);
}

/** The spans of clients among whole `ResourceSpans`, whose servers' say nothing more. */
function clientSpans(resourceSpans: Uint8Array): Uint8Array {
  const all = fields(resourceSpans).get(EXPORT_TRACE_SERVICE_REQUEST.resourceSpans) ?? [];
  return Buffer.concat(
    all.flatMap((one, index) => {
      const [scopeSpans] = index % 2 === 0 ? fields(one as Uint8Array).get(RESOURCE_SPANS.scopeSpans)! : [];
      const spans = scopeSpans ? fields(scopeSpans as Uint8Array).get(SCOPE_SPANS.spans)! : [];
      return spans.map((span) => message(SCOPE_SPANS.spans, span as Uint8Array));
    }),
  );
}

/** What plans are made by: the resource stands before all spans, in none. */
function planSettings({ spans: { resourceAttributes, ...rest }, exporters, selection }: SpanSettings): object {
  return { ...rest, scale: exporters.scale, sampled: selection?.samples ?? false };
}
