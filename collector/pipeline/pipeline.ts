/**
 * The way of a packet: header, sets, records, spans in a batch. A worker has one; nothing in it waits. What it learns
 * and what goes wrong is entered in the ledger, so that every flow received is accounted for.
 */
import { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { SetCounts } from '../aggregate/flow-counts.ts';
import type { TalkerCounts } from '../aggregate/top-talkers.ts';
import { type Fault, headerFault, valueFault } from '../decode/faults.ts';
import { countRecords, MISMATCH, OVERRUN } from '../decode/fit.ts';
import { fixedTemplate } from '../decode/fixed.ts';
import { type PacketHeader, SFLOW, toldVersion } from '../decode/header.ts';
import { type DataSet, type Message, type Part, readSets, type UnknownData } from '../decode/sets.ts';
import type { Template } from '../decode/template.ts';
import { type Fact, factOf } from '../devices/facts.ts';
import type { Lateness } from '../ledger/lateness.ts';
import { COUNTER, type Counters } from '../ledger/ledger.ts';
import type { Rejection } from '../ledger/rejections.ts';
import { tallyError, tallyFlows, tallyLateness, tallyPacket } from '../ledger/tally.ts';
import { allowedSources } from '../listen/sources.ts';
import { readSamples } from '../sflow/datagram.ts';
import type { Sample } from '../sflow/sample.ts';
import type { SpanEncoder } from '../span/encoder.ts';
import { Identities } from '../span/identity.ts';
import { makesTrace, PacketFacts } from '../span/packet.ts';
import { type Announcement, type FactsAnnouncement, readAnnouncement } from '../templates/announcement.ts';
import { type Domain, type Exporter, type HeldSet, templateKey } from '../templates/exporter.ts';
import { ExporterTable } from '../templates/exporter-table.ts';
import { type KeptDomain, type KeptSequences, keepSequences } from '../templates/kept-sequences.ts';
import { TemplateStore } from '../templates/store.ts';
import { FlowLane, type FlowLaneOptions, type FlowLaneSettings } from './flow-lane.ts';
import { OptionsData } from './options-data.ts';
import { Packet } from './packet.ts';
import { Records, type RecordsSettings } from './records.ts';
import { type PacketSource, Reports } from './reports.ts';
import { Sequences } from './sequences.ts';
import { TemplateLearning } from './template-learning.ts';

export type PipelineOptions = Omit<FlowLaneOptions, 'monotonic'> &
  RecordsSettings & {
    /** Milliseconds of a clock that nobody sets, by which things grow old; by default `now`. */
    monotonic?: () => number;
    /** Sequences that an earlier run has kept. */
    kept?: KeptSequences | undefined;
    /** Told of each template that is new or changed, and of what devices tell of themselves that is. */
    onNews?: (announcement: Announcement | FactsAnnouncement) => void;
    /** Told what was found in each packet whose header can be read, before anything comes of it. */
    onMessage?: (header: Readonly<PacketHeader>, message: Message) => void;
    /**
     * Told of each counter sample of sFlow while `sflow.counters` asks for any, which is filled anew for the next one,
     * and where it was found.
     */
    onCounterSample?: (sample: Readonly<Sample>, packet: Readonly<Packet>) => void;
    /** Asked after each packet; when it says so, `onTrace` gets a copy of the packet's spans. */
    wantsTrace?: () => boolean;
    onTrace?: (spans: Uint8Array) => void;
  };

/** What may be changed between packets. */
export type PipelineSettings = FlowLaneSettings & RecordsSettings;

export class Pipeline {
  readonly #counters: Counters;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  readonly #options: PipelineOptions;
  readonly #packet = new Packet();
  readonly #facts = new PacketFacts();
  readonly #identities = new Identities();
  readonly #exporters: ExporterTable;
  readonly #store: TemplateStore;
  readonly #lane: FlowLane;
  readonly #encoder: SpanEncoder;
  readonly #reports: Reports;
  readonly #optionsData: OptionsData;
  readonly #learning: TemplateLearning;
  readonly #records: Records;
  readonly #sequences: Sequences;
  #config: CollectorConfig;
  #isAllowed: (address: string) => boolean;

  constructor(options: PipelineOptions) {
    const { config, counters, now, monotonic = now } = options;
    this.#options = options;
    this.#config = config;
    this.#counters = counters;
    this.#now = now;
    this.#monotonic = monotonic;
    this.#isAllowed = allowedSources(config.allowedSources);
    const nameOf = (listener: number) => this.#nameOf(listener);
    const packet = this.#packet;
    const reports = new Reports(packet, options, nameOf);
    const store = new TemplateStore(config, {
      onDiscard: (discarded) => tallyError(counters, 'held_discarded', discarded),
      onMisfit: ({ exporter, header, bytes }, template) =>
        reports.misfit(exporter, header.domain, template, bytes.length),
      onExceeded: (budget, exporter) => reports.exceeded(budget, exporter),
    });
    const exporters = new ExporterTable(config, {
      onForget: (exporter) => store.forgetExporter(exporter),
      onExceeded: (budget, exporter) => reports.exceeded(budget, exporter),
    });
    const { templatesPerExporter, recordsPerPacket: maxRecords } = config.limits;
    const { onNews, onCounterSample } = options;
    this.#reports = reports;
    this.#exporters = exporters;
    this.#store = store;
    this.#optionsData = new OptionsData({ packet, exporters, reports, counters, maxRecords, nameOf, onNews });
    this.#learning = new TemplateLearning({ packet, store, counters, templatesPerExporter, nameOf, onNews });
    this.#sequences = new Sequences({ packet, counters, kept: options.kept, nameOf });
    this.#lane = new FlowLane({
      ...options,
      monotonic,
      onPlanForgotten: (exporter) => reports.exceeded('plans', exporter as Exporter),
    });
    this.#encoder = this.#lane.encoder;
    const parts = { packet, facts: this.#facts, lane: this.#lane, reports, onCounterSample };
    this.#records = new Records(parts, options);
    this.#encoder.context.listed = {
      of: (id) => this.#listedTemplate(id),
      named: (template) => this.#records.named(template),
    };
  }

  /**
   * Takes other settings, between packets. Of the configuration these are the parts that are live: the rest must be as
   * it was. Templates, held data and what was counted stay.
   */
  reconfigure(settings: PipelineSettings): void {
    const { config } = settings;
    if (!isDeepStrictEqual(config.allowedSources, this.#config.allowedSources)) {
      this.#isAllowed = allowedSources(config.allowedSources);
      for (const exporter of this.exporters.values()) exporter.allowed = this.#isAllowed(exporter.address);
    }
    this.#config = config;
    this.#records.configure(settings);
    this.#lane.configure(settings);
  }

  get exporters(): ReadonlyMap<string, Exporter> {
    return this.#exporters.all;
  }

  /**
   * Takes a datagram that was received at `receivedMs`, in Unix milliseconds, and at `monotonicMs` by a clock that
   * nobody sets: the same where the system's is not set either. Its bytes may be reused afterwards.
   */
  receive(datagram: Uint8Array, source: PacketSource, receivedMs: number, monotonicMs = receivedMs): void {
    const { listener, address, port } = source;
    const packet = this.#packet;
    const { header } = packet;
    tallyPacket(this.#counters, datagram.length, receivedMs);
    const known = this.#exporters.find(listener, address, port);
    if (known ? !known.allowed : !this.#isAllowed(address)) {
      this.#reports.datagram('source_not_allowed', datagram, source, { receivedMs, monotonicMs });
      return;
    }

    packet.set(datagram);
    const error = header.read(packet.view, packet.size);
    if (error === 'truncated_header' || error === 'unknown_version') {
      if (known) known.errors++;
      this.#reports.datagram(error, datagram, source, { receivedMs, monotonicMs });
      return;
    }
    const exporter = known ?? this.#exporters.add(listener, address, port, receivedMs, monotonicMs);
    exporter.received(header.version, port, packet.size, receivedMs, monotonicMs);
    const domain = this.#exporters.domain(exporter, header.version, header.domain, monotonicMs, header.agent);
    // sFlow has no times: those of its packets are of now, by the device's clock as well.
    if (header.version === SFLOW) header.exportMs = receivedMs;
    domain.clock.observe(monotonicMs, header.exportMs, header.sysUptime || -1);
    this.#turnTo(domain, receivedMs, monotonicMs);
    this.#facts.begin(header, packet.size, receivedMs);
    const { context } = this.#encoder;
    context.ids.draw(context.trace, 0, context.trace.length);
    this.#encoder.begin();

    const order = this.#sequences.orderOf();
    if (order === 'restarted') this.#restart();
    const fault = error && headerFault(packet.view, header, packet.size);
    let message = this.#read(fault);
    // It may have been read by templates of before a restart.
    if (this.#describe(message.parts)) message = this.#read(fault);
    this.#options.onMessage?.(header, message);
    const { sets, parts } = message;
    this.#facts.sets = sets;
    if (message.fault) this.#reportFault(message.fault);
    if (header.lengthRepaired) this.#reports.repair();
    const released = this.#take(parts);
    if (order) this.#sequences.track(order, parts, message.fault !== undefined);
    const hasOriginal = context.device !== undefined || domain.agentBehind !== undefined;
    const original = hasOriginal ? exporter.originalExporter(header.version, domain) : undefined;
    this.#facts.identity = this.#identities.of(domain, original);
    this.#facts.parseEndMs = this.#facts.endMs = this.#now();
    if (makesTrace(this.#facts)) this.#encoder.finish(this.#facts);
    this.#tally();
    this.#decodeHeld(released);
  }

  /** What the sequences of all domains say by now, to be kept for the next run. */
  keepSequences(): KeptDomain[] {
    return keepSequences(this.exporters, (listener) => this.#nameOf(listener));
  }

  /** Takes a template, or what a device told of itself, from another worker, another collector or the state file. */
  learn(announcement: Announcement | FactsAnnouncement): void {
    const listener = this.#config.listeners.findIndex(({ name }) => name === announcement.listener);
    const { address, port, version, adopted } = announcement;
    const isFacts = 'facts' in announcement;
    const monotonicMs = this.#monotonic();
    const read = isFacts ? undefined : readAnnouncement(announcement, this.#config.limits.fieldsPerTemplate);
    if (listener < 0 || !(isFacts || read) || !this.#isAllowed(address)) return;
    const known = this.#exporters.find(listener, address, port);
    if (!known && adopted && !this.#exporters.hasRoom) return;
    const exporter = known ?? this.#exporters.add(listener, address, port, this.#now(), monotonicMs);
    const adopt = (domain: number, facts: readonly (Fact | undefined)[]): void => {
      if (adopted && !this.#exporters.hasRoomForDomain(exporter, version, domain)) return;
      const described = this.#exporters.domain(exporter, version, domain, monotonicMs);
      for (const fact of facts) if (fact) this.#exporters.adoptFact(described, fact, announcement, monotonicMs);
    };
    if (isFacts) adopt(announcement.domain, announcement.facts.map(factOf));
    else if (announcement.data) adopt(announcement.data.domain, read!.options?.facts ?? []);
    else this.#decodeHeld(this.#store.adopt(exporter, announcement.domain, read!.template, announcement, monotonicMs));
  }

  /** A template of the last packet, with names for its elements by what is known of its device. */
  named(template: Template): Template {
    return this.#records.named(template);
  }

  /** The last senders of whom something was refused. */
  get rejections(): Rejection[] {
    return this.#reports.rejections(this.#monotonic());
  }

  /** Seals the batch that is being filled. */
  flush(): void {
    this.#lane.seal();
  }

  /** Hands over what flows came to since the last time, of at most `max` series: the others wait for the next time. */
  takeCounts(max: number): SetCounts[] {
    return this.#lane.takeCounts(max, this.#monotonic());
  }

  /** Who has had most of the bytes since `restart` was true last; undefined when nobody asks for it. */
  takeTalkers(restart: boolean): TalkerCounts[] | undefined {
    return this.#lane.counts?.takeTalkers(restart);
  }

  /** Forgets templates and held data sets that are too old. To be called now and then. */
  expire(): void {
    this.#store.expire(this.#monotonic());
    this.#lane.selector?.update(this.#monotonic());
    this.#updateGauges();
  }

  /** Reads the packet at hand, before anything comes of it. */
  #read(fault: Fault | undefined): Message {
    const packet = this.#packet;
    const { version, domain, length, count, end } = packet.header;
    if (version === 9 || version === 10) {
      const { fieldsPerTemplate } = this.#config.limits;
      const find = (id: number) =>
        this.#store.findTemplate(packet.domain, templateKey(version, domain, id), packet.monotonicMs);
      const message = readSets(packet.bytes, packet.view, packet.header, fieldsPerTemplate, find, this.#learning);
      return fault ? { ...message, fault } : message;
    }
    if (version === SFLOW) return readSamples(packet.view, packet.header);
    if (fault) return { fault, sets: 0, parts: [] };
    const template = fixedTemplate(version as 1 | 5 | 7, count, end - length);
    const data: DataSet = { kind: 'data', id: 0, template, offset: length, end, records: count };
    return { fault: undefined, sets: 1, parts: [data] };
  }

  /** Takes what a packet holds, but its options data. Returns the held data sets whose templates have come. */
  #take(parts: readonly Part[]): HeldSet[] {
    const released: HeldSet[] = [];
    const { domain, exporter, header } = this.#packet;
    this.#encoder.context.turnToDevice(domain.device, exporter.wholeExporter(header.version));
    for (const part of parts) {
      if (part.kind === 'template') {
        this.#facts.templates++;
        released.push(...this.#learning.take(part.template));
      } else if (part.kind === 'bad template') this.#reports.badTemplate(part.reason);
      else if (part.kind === 'refused template') this.#refuseMore(part.id);
      else if (part.kind === 'unknown data') this.#hold(part);
      else if (part.kind === 'samples') this.#records.takeSamples(part);
      else if (!part.template.options) this.#records.take(part);
    }
    return released;
  }

  /** What the domain's templates meant before is not known to hold any longer. */
  #restart(): void {
    this.#packet.domain.epoch++;
    this.#tellRestart();
  }

  #tellRestart(): void {
    const { exporter, header } = this.#packet;
    const { version, domain } = header;
    this.#options.log.info('exporter restarted', { subject: exporter.address, version: toldVersion(version), domain });
  }

  /**
   * Takes options data before all else: they may tell how to read the flows beside them. Returns whether they tell that
   * the device was restarted.
   */
  #describe(parts: readonly Part[]): boolean {
    const { domain } = this.#packet;
    const { epoch } = domain;
    for (const part of parts) if (part.kind === 'data' && part.template.options) this.#optionsData.take(part);
    if (domain.epoch === epoch) return false;
    this.#tellRestart();
    return true;
  }

  /** A template of the packet's domain, unless the exporter may mean another by it since it was restarted. */
  #listedTemplate(id: number): Template | undefined {
    const { domain, header, monotonicMs } = this.#packet;
    const known = this.#store.findTemplate(domain, templateKey(header.version, header.domain, id), monotonicMs);
    return known && !known.stale ? this.#records.named(known.template) : undefined;
  }

  #nameOf(listener: number): string {
    return this.#config.listeners[listener].name;
  }

  #refuseMore(id: number): void {
    const { exporter, header } = this.#packet;
    this.#store.forgetTemplate(exporter, templateKey(header.version, header.domain, id));
    this.#reports.exceeded('learning', exporter);
  }

  #hold({ id, offset, end, misfit }: UnknownData): void {
    const { exporter, domain, header, bytes, receivedMs, monotonicMs } = this.#packet;
    this.#facts.templatesMissing++;
    if (misfit) this.#reports.misfit(exporter, header.domain, misfit, end - offset);
    else this.#reports.missing(id);
    this.#store.hold({
      exporter,
      key: templateKey(header.version, header.domain, id),
      misfit: misfit !== undefined,
      tried: undefined,
      epoch: domain.epoch,
      bytes: copyOf(bytes.subarray(offset, end)),
      header: { ...header },
      receivedMs,
      monotonicMs,
      trace: this.#encoder.context.trace.slice(),
    });
  }

  /** Decodes data sets whose template has come; their flows join the trace of their packet. */
  #decodeHeld(sets: readonly HeldSet[]): void {
    const { context } = this.#encoder;
    for (const { exporter, key, bytes, header, receivedMs, monotonicMs, trace } of sets) {
      const known = exporter.templates.get(key);
      const records = known ? countRecords(bytes, known.template, 0, bytes.length, known.padded) : MISMATCH;
      if (!known || records === MISMATCH) {
        tallyError(this.#counters, 'held_discarded');
        continue;
      }
      const { template } = known;
      this.#packet.set(bytes);
      Object.assign(this.#packet.header, header);
      this.#turnTo(
        this.#exporters.domain(exporter, header.version, header.domain, monotonicMs),
        receivedMs,
        monotonicMs,
      );
      context.trace.set(trace);
      this.#facts.begin(this.#packet.header, 0, receivedMs);
      this.#encoder.begin();
      const part: DataSet = { kind: 'data', id: template.id, template, offset: 0, end: bytes.length, records };
      if (records === OVERRUN) {
        this.#reportFault(valueFault(0, template.id));
      } else {
        this.#describe([part]);
        this.#take([part]);
      }
      this.#tally();
    }
    this.#updateGauges();
  }

  /** Makes a packet's exporter, domain and times those that records are decoded with. */
  #turnTo(domain: Domain, receivedMs: number, monotonicMs: number): void {
    const { header } = this.#packet;
    const { sequence, samplingInterval, samplingMode } = header;
    const { context } = this.#encoder;
    const { exporter, clock } = domain;
    this.#packet.turnTo(domain, receivedMs, monotonicMs);
    this.#lane.turnTo(exporter, header.domain, monotonicMs);
    context.sequence = sequence;
    const isCorrected = this.#config.spans.clock === 'corrected';
    context.setTimes(receivedMs, header, isCorrected ? clock.offsetMs + receivedMs - monotonicMs : undefined);
    context.samplingInterval = samplingInterval;
    context.samplingMode = samplingMode;
    if (samplingInterval > 0) exporter.headerRate = samplingInterval;
  }

  /** The packet at hand is malformed: what comes behind the fault is discarded. */
  #reportFault(fault: Fault): void {
    this.#facts.error = 'malformed: a header, set or record does not fit into its message, whose rest is discarded';
    this.#reports.fault(fault);
  }

  #tally(): void {
    const { context } = this.#encoder;
    const { wantsTrace, onTrace } = this.#options;
    const { exporter, domain, monotonicMs } = this.#packet;
    exporter.decoded(this.#facts.flows, monotonicMs);
    if (this.#facts.flows > 0) domain.flowsAt = monotonicMs;
    tallyFlows(this.#counters, this.#facts);
    this.#counters[COUNTER.flowTimesReplaced] += context.timesReplaced;
    context.timesReplaced = 0;
    if (this.#facts.exportedFlows > 0) this.#tallyLateness(context.lateness);
    if (context.unratedFlows > 0) exporter.unratedAt = monotonicMs;
    context.unratedFlows = 0;
    if (context.listFaults) this.#reports.lists(context.listFaults);
    context.listFaults = undefined;
    const spans = wantsTrace?.() ? this.#encoder.copy() : undefined;
    if (spans) onTrace?.(spans);
  }

  #tallyLateness(lateness: Lateness): void {
    tallyLateness(this.#counters, lateness);
    this.#packet.exporter.tallyLateness(lateness);
    lateness.clear();
  }

  #updateGauges(): void {
    this.#counters[COUNTER.templates] = this.#store.size;
    this.#counters[COUNTER.exporters] = this.#exporters.all.size;
    this.#counters[COUNTER.heldBytes] = this.#store.heldBytes;
  }
}

/** In memory of its own: a part of Node's pool would keep all of that. */
function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
