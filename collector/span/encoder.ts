/**
 * From records to spans: runs the plan of a template over the records of a packet, into the batch that is being filled.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Template } from '../decode/template.ts';
import type { BatchWriter } from '../export/batch-writer.ts';
import { attributeFilter } from './attributes.ts';
import type { IdSource } from './ids.ts';
import { compilePacketPlan, type PacketFacts } from './packet.ts';
import { PlanContext } from './plan/context.ts';
import { transportEncoder } from './plan/transport.ts';
import { PlanCache } from './plan-cache.ts';

/** Spans of one packet itself: its root and `netflow.parse_packet`. */
const PACKET_SPANS = 2;

/** Tells which records become spans. */
export type RecordSelection = {
  /** Whether it sets `c.mark` for some. */
  samples: boolean;
  /** The records that follow are of this template. */
  start(template: Template): void;
  /** Whether the record at `o` becomes a span; sets `c.mark`, and `c.next` for records of variable length. */
  keeps(s: Uint8Array, v: DataView, o: number, c: PlanContext): boolean;
};

export class SpanEncoder {
  readonly context: PlanContext;
  readonly #writer: BatchWriter;
  readonly #plans: PlanCache;
  readonly #selection: RecordSelection | undefined;
  readonly #writePacket = compilePacketPlan();
  /** Where the packet's spans begin in the batch that is being filled; undefined when some are in a sealed one. */
  #start: number | undefined;

  /** Without a selection, every record becomes a span. */
  constructor(spans: CollectorConfig['spans'], writer: BatchWriter, ids: IdSource, selection?: RecordSelection) {
    this.context = new PlanContext(ids);
    this.#writer = writer;
    this.#selection = selection;
    const keep = attributeFilter(spans.attributes);
    this.#plans = new PlanCache({
      ...spans,
      keep,
      transport: transportEncoder(keep),
      sampled: selection?.samples,
    });
  }

  /** Starts the spans of a packet. */
  begin(): void {
    this.#start = this.#writer.position;
  }

  /**
   * Encodes those of `count` records that are selected, the first of them at `offset`; returns how many, or undefined
   * when there is no plan for them.
   */
  encode(bytes: Uint8Array, view: DataView, template: Template, offset: number, count: number): number | undefined {
    const plan = this.#plans.get(template, this.context.receivedMs);
    if (!plan) return undefined;
    const selection = this.#selection;
    const writer = this.#writer;
    const context = this.context;
    let kept = 0;
    let at = offset;
    selection?.start(template);
    for (let record = 0; record < count; record++) {
      if (selection === undefined || selection.keeps(bytes, view, at, context)) {
        if (writer.position > writer.limit) this.#seal();
        writer.position = plan(bytes, view, at, writer.bytes, writer.view, writer.position, context);
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
    if (writer.position > writer.limit) this.#seal();
    writer.position = this.#writePacket(writer.bytes, writer.view, writer.position, this.context, facts);
    writer.spans += PACKET_SPANS;
  }

  /** A copy of the packet's spans, unless a batch was sealed among them. */
  copy(): Uint8Array | undefined {
    const { bytes, position } = this.#writer;
    if (this.#start === undefined || this.#start === position) return undefined;
    return Uint8Array.prototype.slice.call(bytes, this.#start, position);
  }

  #seal(): void {
    this.#writer.seal();
    this.#start = undefined;
  }
}
