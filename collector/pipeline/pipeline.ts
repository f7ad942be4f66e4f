/**
 * The way of a packet: header, sets, records, spans in a batch. A worker has one; nothing in it waits. What it learns
 * and what goes wrong is entered in the ledger, so that every flow received is accounted for.
 */
import { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log, LogFields } from '../../crds/common/log.ts';
import type { SetCounts } from '../aggregate/flow-counts.ts';
import type { TalkerCounts } from '../aggregate/top-talkers.ts';
import { RateBudget } from '../common/rate-budget.ts';
import { type Fault, headerFault, kindOf } from '../decode/faults.ts';
import { countRecords, MISMATCH, OVERRUN } from '../decode/fit.ts';
import { fixedTemplate } from '../decode/fixed.ts';
import { PacketHeader } from '../decode/header.ts';
import type { Order } from '../decode/sequence.ts';
import { type DataSet, type Message, type Part, readSets, type UnknownData } from '../decode/sets.ts';
import type { Learning, Template } from '../decode/template.ts';
import { type Fact, factOf, readFacts } from '../devices/facts.ts';
import type { Lateness } from '../ledger/lateness.ts';
import { type BudgetName, COUNTER, type Counters, type PacketError } from '../ledger/ledger.ts';
import { type Moment, type Rejection, Rejections } from '../ledger/rejections.ts';
import { tallyError, tallyFlows, tallyLateness, tallyPacket } from '../ledger/tally.ts';
import { allowedSources, normalizeAddress } from '../listen/sources.ts';
import { Expander } from '../sampled/expander.ts';
import type { SpanEncoder } from '../span/encoder.ts';
import { Identities } from '../span/identity.ts';
import { makesTrace, PacketFacts } from '../span/packet.ts';
import { type Announcement, announce, type FactsAnnouncement, readAnnouncement } from '../templates/announcement.ts';
import { type Domain, type Exporter, type HeldSet, templateKey } from '../templates/exporter.ts';
import { type KeptDomain, type KeptSequences, keepSequences } from '../templates/kept-sequences.ts';
import { TemplateStore } from '../templates/store.ts';
import { FlowLane, type FlowLaneOptions, type FlowLaneSettings } from './flow-lane.ts';

/** A template that is new costs as much time as so many fields, and as it takes to look at so many bytes that wait. */
const TEMPLATE_FIELDS = 32;
const TEMPLATE_HELD_BYTES = 4_096;
/** Templates that are new, of an exporter and of all; of one also as many as it may have, at once. */
const LEARNED = { ofOne: { burst: 2_048, perSecond: 20 }, ofAll: { burst: 131_072, perSecond: 2_048 } };
/** Records of options data that are read. 32,768 take some 0.1 s; a restart as much as some of what it looks at. */
const RESTART_ITEMS = 256;
const DESCRIBED = { ofOne: { burst: 65_536, perSecond: 1_024 }, ofAll: { burst: 524_288, perSecond: 32_768 } };
/** Facts of them that others are told: a table at once, and then what changes. */
const ANNOUNCED = { ofOne: { burst: 32_768, perSecond: 100 }, ofAll: { burst: 262_144, perSecond: 4_096 } };

/** Datagrams that are not looked into, as the log tells it. */
const REFUSED = {
  source_not_allowed: 'packet refused: its source is not allowed',
  truncated_header: 'packet refused: shorter than its header',
  unknown_version: 'packet refused: neither NetFlow nor IPFIX',
} as const;

/** Largest UDP payload. */
const MAX_DATAGRAM = 65_535;

export type PacketSource = {
  /** Index of the listener. */
  listener: number;
  address: string;
  port: number;
};

export type PipelineOptions = FlowLaneOptions & {
  /** Milliseconds of a clock that nobody sets, by which things grow old; by default `now`. */
  monotonic?: () => number;
  /** Sequences that an earlier run has kept. */
  kept?: KeptSequences | undefined;
  /** Told of each template that is new or changed, and of what devices tell of themselves that is. */
  onNews?: (announcement: Announcement | FactsAnnouncement) => void;
  /** Told what was found in each packet whose header can be read, before anything comes of it. */
  onMessage?: (header: Readonly<PacketHeader>, message: Message) => void;
  /** Asked after each packet; when it says so, `onTrace` gets a copy of the packet's spans. */
  wantsTrace?: () => boolean;
  onTrace?: (spans: Uint8Array) => void;
};

export class Pipeline {
  readonly #counters: Counters;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  readonly #options: PipelineOptions;
  readonly #bytes = Buffer.alloc(MAX_DATAGRAM + Uint32Array.BYTES_PER_ELEMENT);
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
  readonly #header = new PacketHeader();
  readonly #facts = new PacketFacts();
  readonly #identities = new Identities();
  readonly #store: TemplateStore;
  readonly #lane: FlowLane;
  readonly #encoder: SpanEncoder;
  readonly #expander = new Expander();
  readonly #learned: RateBudget;
  readonly #described = new RateBudget(DESCRIBED.ofOne, DESCRIBED.ofAll);
  readonly #announced = new RateBudget(ANNOUNCED.ofOne, ANNOUNCED.ofAll);
  readonly #rejections = new Rejections();
  #config: CollectorConfig;
  #isAllowed: (address: string) => boolean;
  /** Of the packet at hand: its exporter and domain, and its reception by both clocks. */
  #exporter!: Exporter;
  #domain!: Domain;
  /** Whether its domain has just gone on from what an earlier run has kept. */
  #isResumed = false;
  #receivedMs = 0;
  #monotonicMs = 0;
  /** Its bytes; of a held set, those. */
  #size = 0;

  constructor(options: PipelineOptions) {
    const { config, counters, now, monotonic = now } = options;
    this.#options = options;
    this.#config = config;
    this.#counters = counters;
    this.#log = options.log;
    this.#now = now;
    this.#monotonic = monotonic;
    this.#isAllowed = allowedSources(config.allowedSources);
    this.#store = new TemplateStore(config, {
      onDiscard: (discarded) => tallyError(counters, 'held_discarded', discarded),
      onMisfit: ({ exporter, header, bytes }, template) =>
        this.#reportMisfit(exporter, header.domain, template, bytes.length),
      onExceeded: (budget, exporter) => this.#exceed(budget, exporter),
    });
    const { templatesPerExporter } = config.limits;
    const { ofOne, ofAll } = LEARNED;
    const burst = Math.max(ofOne.burst, 2 * templatesPerExporter);
    this.#learned = new RateBudget({ ...ofOne, burst }, ofAll);
    this.#lane = new FlowLane({
      ...options,
      onPlanForgotten: (exporter) => this.#exceed('plans', exporter as Exporter),
    });
    this.#encoder = this.#lane.encoder;
  }

  /**
   * Takes other settings, between packets. Of the configuration these are the parts that are live: the rest must be as
   * it was. Templates, held data and what was counted stay.
   */
  reconfigure(settings: FlowLaneSettings): void {
    const { config } = settings;
    if (!isDeepStrictEqual(config.allowedSources, this.#config.allowedSources)) {
      this.#isAllowed = allowedSources(config.allowedSources);
      for (const exporter of this.exporters.values()) exporter.allowed = this.#isAllowed(exporter.address);
    }
    this.#config = config;
    this.#lane.configure(settings);
  }

  get exporters(): ReadonlyMap<string, Exporter> {
    return this.#store.exporters;
  }

  /**
   * Takes a datagram that was received at `receivedMs`, in Unix milliseconds, and at `monotonicMs` by a clock that nobody
   * sets: the same where the system's is not set either. Its bytes may be reused afterwards.
   */
  receive(
    packet: Uint8Array,
    { listener, address, port }: PacketSource,
    receivedMs: number,
    monotonicMs = receivedMs,
  ): void {
    const counters = this.#counters;
    const header = this.#header;
    tallyPacket(counters, packet.length, receivedMs);
    const known = this.#store.findExporter(listener, address, port);
    if (known ? !known.allowed : !this.#isAllowed(address)) {
      this.#rejectDatagram('source_not_allowed', packet, { listener, address, port }, { receivedMs, monotonicMs });
      return;
    }

    this.#bytes.set(packet);
    this.#size = packet.length;
    const error = header.read(this.#view, packet.length);
    if (error === 'truncated_header' || error === 'unknown_version') {
      if (known) known.errors++;
      this.#rejectDatagram(error, packet, { listener, address, port }, { receivedMs, monotonicMs });
      return;
    }
    const exporter = known ?? this.#store.addExporter(listener, address, port, receivedMs, monotonicMs);
    exporter.received(header.version, port, packet.length, receivedMs, monotonicMs);
    const domain = this.#store.domain(exporter, header.version, header.domain, monotonicMs);
    domain.clock.observe(monotonicMs, header.exportMs, header.sysUptime || -1);
    this.#turnTo(domain, receivedMs, monotonicMs);
    this.#facts.begin(header, packet.length, receivedMs);
    const { context } = this.#encoder;
    context.ids.draw(context.trace, 0, context.trace.length);
    this.#encoder.begin();

    this.#isResumed = this.#resume(domain);
    const order = header.sequence < 0 ? undefined : domain.sequence.orderOf(header);
    if (order === 'restarted') this.#restart();
    const fault = error && headerFault(this.#view, header, packet.length);
    let message = this.#read(fault);
    // It may have been read by templates of before a restart.
    if (this.#describe(message.parts)) message = this.#read(fault);
    this.#options.onMessage?.(header, message);
    const { sets, parts } = message;
    this.#facts.sets = sets;
    if (message.fault) this.#reportFault(message.fault);
    if (header.lengthRepaired) this.#reportRepair();
    const released = this.#take(parts);
    if (order) this.#trackSequence(order, parts, message.fault !== undefined);
    const original = context.device && exporter.originalExporter(header.version, this.#domain);
    this.#facts.identity = this.#identities.of(this.#domain, original);
    this.#facts.parseEndMs = this.#facts.endMs = this.#now();
    if (makesTrace(this.#facts)) this.#encoder.finish(this.#facts);
    this.#tally();
    this.#decodeHeld(released);
  }

  /** Makes a domain of which this is the first packet go on from what an earlier run has kept; returns whether it does. */
  #resume(domain: Domain): boolean {
    const { kept } = this.#options;
    if (kept === undefined || domain.sequence.begun || this.#header.sequence < 0) return false;
    return kept.resume(this.#nameOf(domain.exporter.listener), domain, this.#receivedMs);
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
    const known = this.#store.findExporter(listener, address, port);
    if (!known && adopted && !this.#store.hasRoomForExporter) return;
    const exporter = known ?? this.#store.addExporter(listener, address, port, this.#now(), monotonicMs);
    const adopt = (domain: number, facts: readonly (Fact | undefined)[]): void => {
      if (adopted && !this.#store.hasRoomForDomain(exporter, version, domain)) return;
      const described = this.#store.domain(exporter, version, domain, monotonicMs);
      for (const fact of facts) if (fact) this.#store.adoptFact(described, fact, announcement, monotonicMs);
    };
    if (isFacts) adopt(announcement.domain, announcement.facts.map(factOf));
    else if (announcement.data) adopt(announcement.data.domain, read!.options?.facts ?? []);
    else this.#decodeHeld(this.#store.adopt(exporter, announcement.domain, read!.template, announcement, monotonicMs));
  }

  /** The last senders of whom something was refused. */
  get rejections(): Rejection[] {
    return this.#rejections.list(this.#monotonic());
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

  readonly #learning: Learning = {
    known: (id) => {
      const { version, domain } = this.#header;
      return this.#exporter.templates.get(templateKey(version, domain, id))?.template;
    },
    admits: (fields) => this.#learned.take(this.#exporter, 1 + fields / TEMPLATE_FIELDS, this.#monotonicMs),
  };

  /** Reads the packet at hand, before anything comes of it. */
  #read(fault: Fault | undefined): Message {
    const { version, domain, length, count, end } = this.#header;
    if (version === 9 || version === 10) {
      const { fieldsPerTemplate } = this.#config.limits;
      const find = (id: number) =>
        this.#store.findTemplate(this.#domain, templateKey(version, domain, id), this.#monotonicMs);
      const message = readSets(this.#bytes, this.#view, this.#header, fieldsPerTemplate, find, this.#learning);
      return fault ? { ...message, fault } : message;
    }
    if (fault) return { fault, sets: 0, parts: [] };
    const template = fixedTemplate(version as 1 | 5 | 7, count, end - length);
    const data: DataSet = { kind: 'data', id: 0, template, offset: length, end, records: count };
    return { fault: undefined, sets: 1, parts: [data] };
  }

  /** Takes what a packet holds, but its options data. Returns the held data sets whose templates have come. */
  #take(parts: readonly Part[]): HeldSet[] {
    const released: HeldSet[] = [];
    this.#encoder.context.turnToDevice(this.#domain.device, this.#exporter.wholeExporter(this.#header.version));
    for (const part of parts) {
      if (part.kind === 'template') released.push(...this.#learn(part.template));
      else if (part.kind === 'bad template') this.#refuse(part.reason);
      else if (part.kind === 'refused template') this.#refuseMore(part.id);
      else if (part.kind === 'unknown data') this.#hold(part);
      else if (!part.template.options) this.#encode(part);
    }
    return released;
  }

  /** What the domain's templates meant before is not known to hold any longer. */
  #restart(): void {
    this.#domain.epoch++;
    this.#reportRestart();
  }

  #reportRestart(): void {
    const { version, domain } = this.#header;
    this.#log.info('exporter restarted', { exporter: this.#exporter.address, version, domain });
  }

  /**
   * Takes options data before all else: they may tell how to read the flows beside them. Returns whether they tell that
   * the device was restarted.
   */
  #describe(parts: readonly Part[]): boolean {
    const { epoch } = this.#domain;
    for (const part of parts) if (part.kind === 'data' && part.template.options) this.#describeBy(part);
    if (this.#domain.epoch === epoch) return false;
    this.#reportRestart();
    return true;
  }

  #describeBy({ template, offset, end, records }: DataSet): void {
    const count = Math.min(records, this.#config.limits.recordsPerPacket);
    this.#counters[COUNTER.optionsRecords] += count;
    const { version } = this.#header;
    const news = new Map<number, Fact[]>();
    for (let at = offset, record = 0; record < count; record++) {
      if (!this.#described.take(this.#exporter, 1, this.#monotonicMs)) {
        this.#exceed('describing', this.#exporter, count - record);
        break;
      }
      const { domain = this.#header.domain, facts, next } = readFacts(template, this.#bytes, at, end);
      at = next;
      if (facts.length === 0) continue;
      const described = this.#store.domain(this.#exporter, version, domain, this.#monotonicMs);
      const changed = facts.map((fact) => this.#store.describe(described, fact, this.#receivedMs, this.#monotonicMs));
      const known = changed.filter((fact) => fact !== undefined);
      if (known.some(({ kind }) => kind === 'boot')) this.#chargeRestart(domain);
      if (known.length > 0) news.set(domain, (news.get(domain) ?? []).concat(known));
    }
    for (const [domain, facts] of news) this.#announceFacts(domain, facts);
  }

  /** What a device was started at was told: then all that came before is looked at, of domain 0 for all domains. */
  #chargeRestart(domain: number): void {
    const { templates, heldSets, domains } = this.#exporter;
    const items = (templates.size + heldSets) * (domain === 0 ? domains.size : 1);
    this.#described.charge(this.#exporter, items / RESTART_ITEMS, this.#monotonicMs);
  }

  #nameOf(listener: number): string {
    return this.#config.listeners[listener].name;
  }

  /** Tells others what the exporter of the packet at hand told of a domain. */
  #announceFacts(domain: number, all: readonly Fact[]): void {
    const facts = all.filter(() => this.#announced.take(this.#exporter, 1, this.#monotonicMs));
    if (facts.length < all.length) this.#exceed('announcing', this.#exporter, all.length - facts.length);
    const { address, port } = this.#exporter;
    const listener = this.#nameOf(this.#exporter.listener);
    const version = this.#header.version as 9 | 10;
    const origin = { listener, address, port, version, domain, receivedAt: this.#receivedMs };
    if (facts.length > 0) this.#options.onNews?.({ ...origin, facts });
  }

  #encode({ template, offset, records }: DataSet): void {
    const facts = this.#facts;
    const room = Math.max(0, Math.min(records, this.#config.limits.recordsPerPacket - facts.flows));
    const expander = this.#expander;
    const expansion = expander.of(template);
    if (expansion) {
      expander.expand(expansion, template, this.#bytes, offset, room, (made, count) =>
        this.#encodeRun(expander.bytes, expander.view, made, 0, count),
      );
    } else {
      this.#encodeRun(this.#bytes, this.#view, template, offset, room);
    }
    facts.flows += records;
  }

  #encodeRun(bytes: Uint8Array, view: DataView, template: Template, offset: number, count: number): void {
    const facts = this.#facts;
    const kept = this.#encoder.encode(bytes, view, template, offset, count);
    if (kept === undefined) {
      facts.unplannedFlows += count;
      this.#exceed('compiling', this.#exporter);
    } else {
      this.#lane.counts?.add(bytes, view, template, offset, count, this.#encoder.context);
      facts.exportedFlows += kept;
      facts.leftOutFlows += count - kept;
    }
  }

  #learn(template: Template): HeldSet[] {
    const exportTime = Math.floor(this.#header.exportMs / 1000);
    const { domain } = this.#header;
    this.#facts.templates++;
    const held = this.#store.heldFor(this.#exporter, templateKey(template.version, domain, template.id));
    if (held > 0) this.#learned.charge(this.#exporter, held / TEMPLATE_HELD_BYTES, this.#monotonicMs);
    const times = [exportTime, this.#monotonicMs, this.#receivedMs] as const;
    const { outcome, released } = this.#store.learn(this.#exporter, domain, template, ...times);
    if (outcome === 'new' || outcome === 'changed') this.#counters[COUNTER.templatesLearned]++;
    if (outcome !== 'refreshed' && outcome !== 'late') this.#announce(template);
    return released;
  }

  /** Tells others of a template of the packet at hand. */
  #announce(template: Template): void {
    const { exportMs, domain } = this.#header;
    const listener = this.#nameOf(this.#exporter.listener);
    const received = { exportTime: Math.floor(exportMs / 1000), receivedAt: this.#receivedMs };
    this.#options.onNews?.(announce(listener, this.#exporter, domain, template, received));
  }

  #refuse(reason: string): void {
    this.#exporter.errors++;
    this.#reject('bad_template', this.#exporter, () => `a template of domain ${this.#header.domain}: ${reason}`);
    const { address } = this.#exporter;
    this.#log.warn('template refused', { exporter: address, domain: this.#header.domain, reason });
  }

  #refuseMore(id: number): void {
    const { version, domain } = this.#header;
    this.#store.forgetTemplate(this.#exporter, templateKey(version, domain, id));
    this.#exceed('learning', this.#exporter);
  }

  #hold({ id, offset, end, misfit }: UnknownData): void {
    const { version, domain } = this.#header;
    this.#facts.templatesMissing++;
    if (misfit) this.#reportMisfit(this.#exporter, domain, misfit, end - offset);
    else this.#reportMissing(id);
    this.#store.hold({
      exporter: this.#exporter,
      key: templateKey(version, domain, id),
      misfit: misfit !== undefined,
      tried: undefined,
      epoch: this.#domain.epoch,
      bytes: copyOf(this.#bytes.subarray(offset, end)),
      header: { ...this.#header },
      receivedMs: this.#receivedMs,
      monotonicMs: this.#monotonicMs,
      trace: this.#encoder.context.trace.slice(),
    });
  }

  #reportMissing(id: number): void {
    const { version, domain } = this.#header;
    const fresh = this.#reject('template_missing', this.#exporter, () => `domain ${domain}, template ${id}`);
    const subject = this.#exporter.address;
    if (fresh) this.#log.warn('data wait for their template', { subject, version, domain, template: id });
  }

  #reportMisfit(exporter: Exporter, domain: number, template: Template, setLength: number): void {
    exporter.errors++;
    const { id, minLength: recordLength } = template;
    this.#reject(
      'template_mismatch',
      exporter,
      () => `domain ${domain}, template ${id}: ${setLength} bytes of data, a record has ${recordLength}`,
    );
    const { address } = exporter;
    this.#log.warn('data set does not fit its template', {
      ...{ exporter: address, domain, template: id, setLength, recordLength },
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
      this.#bytes.set(bytes);
      this.#size = bytes.length;
      Object.assign(this.#header, header);
      this.#turnTo(this.#store.domain(exporter, header.version, header.domain, monotonicMs), receivedMs, monotonicMs);
      context.trace.set(trace);
      this.#facts.begin(this.#header, 0, receivedMs);
      this.#encoder.begin();
      const part: DataSet = { kind: 'data', id: template.id, template, offset: 0, end: bytes.length, records };
      if (records === OVERRUN) {
        this.#reportFault({ offset: 0, what: `a value runs over the end of a set of template ${template.id}` });
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
    const { sequence, samplingInterval, samplingMode } = this.#header;
    const { context } = this.#encoder;
    const { exporter, clock } = domain;
    this.#exporter = exporter;
    this.#domain = domain;
    this.#receivedMs = receivedMs;
    this.#monotonicMs = monotonicMs;
    this.#lane.selector?.turnTo(exporter, this.#header.domain, this.#monotonic());
    this.#lane.counts?.turnTo(exporter, this.#header.domain, monotonicMs);
    this.#encoder.turnTo(exporter, monotonicMs);
    context.sequence = sequence;
    const isCorrected = this.#config.spans.clock === 'corrected';
    context.setTimes(receivedMs, this.#header, isCorrected ? clock.offsetMs + receivedMs - monotonicMs : undefined);
    context.samplingInterval = samplingInterval;
    context.samplingMode = samplingMode;
    if (samplingInterval > 0) exporter.headerRate = samplingInterval;
  }

  /** The packet at hand is malformed: what comes behind the fault is discarded. */
  #reportFault({ offset, what }: Fault): void {
    this.#facts.error = 'malformed: a header, set or record does not fit into its message, whose rest is discarded';
    this.#exporter.errors++;
    this.#reject('malformed', this.#exporter, () => `at byte ${offset}: ${what}`);
    this.#warn('malformed message, read up to its fault', { offset, fault: what });
  }

  #reportRepair(): void {
    this.#exporter.errors++;
    tallyError(this.#counters, 'length_repaired');
    this.#warn('message of a wrong length, read by its sets');
  }

  #warn(message: string, fields: LogFields = {}): void {
    const { version, domain } = this.#header;
    this.#log.warn(message, { exporter: this.#exporter.address, version, domain, ...fields });
  }

  /** Of the packet at hand, which is this exporter's, something can't be read. Returns what is noted, if that is news. */
  #reject(reason: PacketError, { listener, address, port }: Exporter, explain: () => string): Rejection | undefined {
    tallyError(this.#counters, reason);
    const sender = { listener: this.#nameOf(listener), address, port };
    const moment = { receivedMs: this.#receivedMs, monotonicMs: this.#monotonicMs };
    return this.#rejections.add(reason, sender, this.#bytes.subarray(0, this.#size), moment, explain);
  }

  /** A datagram is not even looked into. */
  #rejectDatagram(
    reason: 'source_not_allowed' | 'truncated_header' | 'unknown_version',
    packet: Uint8Array,
    { listener, address, port }: PacketSource,
    moment: Moment,
  ): void {
    tallyError(this.#counters, reason);
    const sender = { listener: this.#nameOf(listener), address: normalizeAddress(address), port };
    const explain = reason === 'unknown_version' ? () => kindOf(packet) : undefined;
    const fresh = this.#rejections.add(reason, sender, packet, moment, explain);
    if (!fresh) return;
    const { detail, firstBytes } = fresh;
    this.#log.warn(REFUSED[reason], { subject: sender.address, listener: sender.listener, detail, firstBytes });
  }

  #trackSequence(order: Order, parts: readonly Part[], malformed: boolean): void {
    const carried = { flows: malformed ? Number.NaN : 0, options: 0, templates: 0 };
    for (const part of parts) {
      if (part.kind === 'unknown data') carried.flows = Number.NaN;
      else if (part.kind !== 'data') carried.templates++;
      else if (part.template.options) carried.options += part.records;
      else carried.flows += part.records;
    }
    const lost = this.#exporter.trackSequence(this.#domain, order, this.#header, carried);
    this.#counters[COUNTER.lostFlows] += lost.flows;
    this.#counters[COUNTER.lostPackets] += lost.packets;
    if (this.#isResumed) {
      this.#counters[COUNTER.lostFlowsBetweenRuns] += lost.flows;
      this.#counters[COUNTER.lostPacketsBetweenRuns] += lost.packets;
    }
  }

  #tally(): void {
    const { context } = this.#encoder;
    const { wantsTrace, onTrace } = this.#options;
    this.#exporter.decoded(this.#facts.flows, this.#monotonicMs);
    if (this.#facts.flows > 0) this.#domain.flowsAt = this.#monotonicMs;
    tallyFlows(this.#counters, this.#facts);
    this.#counters[COUNTER.flowTimesReplaced] += context.timesReplaced;
    context.timesReplaced = 0;
    if (this.#facts.exportedFlows > 0) this.#tallyLateness(context.lateness);
    if (context.unratedFlows > 0) this.#exporter.unratedAt = this.#monotonicMs;
    context.unratedFlows = 0;
    const spans = wantsTrace?.() ? this.#encoder.copy() : undefined;
    if (spans) onTrace?.(spans);
  }

  #tallyLateness(lateness: Lateness): void {
    tallyLateness(this.#counters, lateness);
    this.#exporter.tallyLateness(lateness);
    lateness.clear();
  }

  #exceed(budget: BudgetName, exporter: Exporter, count = 1): void {
    this.#counters[COUNTER[`budgetExceeded.${budget}`]] += count;
    exporter.exceed(budget, count, this.#monotonicMs);
  }

  #updateGauges(): void {
    this.#counters[COUNTER.templates] = this.#store.size;
    this.#counters[COUNTER.exporters] = this.#store.exporters.size;
    this.#counters[COUNTER.heldBytes] = this.#store.heldBytes;
  }
}

/** In memory of its own: a part of Node's pool would keep all of that. */
function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
