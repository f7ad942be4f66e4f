/**
 * Flow records on their way: from a data set, or samples of sFlow, to spans and flow metrics, by their template with
 * names for its elements.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { DataSet, Samples } from '../decode/sets.ts';
import type { Template } from '../decode/template.ts';
import { NamedTemplates } from '../naming/templates.ts';
import type { UserElements } from '../naming/user-elements.ts';
import { Expander } from '../sampled/expander.ts';
import { Run } from '../sampled/run.ts';
import { eachCounterSample } from '../sflow/datagram.ts';
import { SampleExpander } from '../sflow/expander.ts';
import type { Sample } from '../sflow/sample.ts';
import type { SpanEncoder } from '../span/encoder.ts';
import type { PacketFacts } from '../span/packet.ts';
import type { FlowLane } from './flow-lane.ts';
import type { Packet } from './packet.ts';
import type { Reports } from './reports.ts';

/** What may be changed between packets. */
export type RecordsSettings = {
  config: CollectorConfig;
  /** Elements as the user describes them; undefined when nobody does. */
  elements?: UserElements | undefined;
};

export type RecordsContext = {
  packet: Packet;
  /** Of the packet: what comes of its records is added. */
  facts: PacketFacts;
  lane: FlowLane;
  reports: Reports;
  /** Told of each counter sample of sFlow while `sflow.counters` asks for any. */
  onCounterSample: ((sample: Readonly<Sample>, packet: Readonly<Packet>) => void) | undefined;
};

export class Records {
  readonly #packet: Packet;
  readonly #facts: PacketFacts;
  readonly #lane: FlowLane;
  readonly #encoder: SpanEncoder;
  readonly #reports: Reports;
  readonly #onCounterSample: RecordsContext['onCounterSample'];
  readonly #expander = new Expander();
  readonly #sampleExpander = new SampleExpander();
  readonly #run = new Run((template, count) => this.#encode(this.#run.bytes, this.#run.view, template, 0, count));
  #config: CollectorConfig;
  #elements: UserElements | undefined;
  #named: NamedTemplates;

  constructor(
    { packet, facts, lane, reports, onCounterSample }: RecordsContext,
    { config, elements }: RecordsSettings,
  ) {
    this.#packet = packet;
    this.#facts = facts;
    this.#lane = lane;
    this.#encoder = lane.encoder;
    this.#reports = reports;
    this.#onCounterSample = onCounterSample;
    this.#config = config;
    this.#elements = elements;
    this.#named = new NamedTemplates(elements);
  }

  /** Takes other settings, between packets. */
  configure({ config, elements }: RecordsSettings): void {
    this.#config = config;
    if (isDeepStrictEqual(elements, this.#elements)) return;
    this.#elements = elements;
    this.#named = new NamedTemplates(elements);
  }

  /** A template of the packet, with names for its elements by what is known of its device. */
  named(template: Template): Template {
    return this.#named.of(template, this.#encoder.context.device);
  }

  /** Takes a data set of the packet. */
  take({ template, offset, records }: DataSet): void {
    const facts = this.#facts;
    const room = Math.max(0, Math.min(records, this.#config.limits.recordsPerPacket - facts.flows));
    const { bytes, view } = this.#packet;
    const expansion = this.#expander.of(template);
    if (expansion) this.#expander.expand(expansion, template, bytes, offset, room, this.#run);
    else this.#encode(bytes, view, template, offset, room);
    facts.flows += records;
  }

  /** Takes the samples of a packet of sFlow. */
  takeSamples(part: Samples): void {
    const packet = this.#packet;
    const onCounterSample = this.#onCounterSample;
    const { limits, sflow } = this.#config;
    const rate = this.#sampleExpander.expand(packet.bytes, packet.view, part, limits.recordsPerPacket, this.#run);
    if (rate > 0) packet.domain.sampleRate = rate;
    this.#facts.flows += part.records;
    const isAsked = sflow.counters.records.length > 0;
    if (onCounterSample && isAsked && part.samples > part.records)
      eachCounterSample(packet.view, part, packet.size, (sample) => onCounterSample(sample, packet));
  }

  #encode(bytes: Uint8Array, view: DataView, exported: Template, offset: number, count: number): void {
    const facts = this.#facts;
    const template = this.named(exported);
    const kept = this.#encoder.encode(bytes, view, template, offset, count);
    if (kept === undefined) {
      facts.unplannedFlows += count;
      this.#reports.exceeded('compiling', this.#packet.exporter);
    } else {
      this.#lane.counts?.add(bytes, view, template, offset, count, this.#encoder.context);
      facts.exportedFlows += kept;
      facts.leftOutFlows += count - kept;
    }
  }
}
