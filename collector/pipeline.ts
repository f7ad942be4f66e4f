/**
 * The way of a packet: header, sets, records, spans in a batch. A worker has one; nothing in it waits. What it learns
 * and what goes wrong is entered in the ledger, so that every flow received is accounted for.
 */
import { Buffer } from 'node:buffer';
import type { CollectorConfig } from '../crds/collector-config.ts';
import { FIXED_TEMPLATES } from './decode/fixed.ts';
import { PacketHeader } from './decode/header.ts';
import { readOptions } from './decode/options.ts';
import { type SetHandler, walkSets } from './decode/sets.ts';
import { countRecords, type Template } from './decode/template.ts';
import type { Batch } from './export/batch.ts';
import { BatchWriter } from './export/batch-writer.ts';
import { allowedSources } from './listen/sources.ts';
import { SpanEncoder } from './span/encoder.ts';
import { IdSource, type RandomFill } from './span/ids.ts';
import { PacketFacts } from './span/packet.ts';
import type { AttributeValue } from './span/protobuf.ts';
import { COUNTER, type Counters } from './telemetry/ledger.ts';
import type { Log } from './telemetry/log.ts';
import { tallyError, tallyFlows, tallyPacket } from './telemetry/tally.ts';
import { type Announcement, announce, readAnnouncement } from './templates/announcement.ts';
import type { Domain, Exporter } from './templates/exporter.ts';
import type { HeldSet } from './templates/held.ts';
import { TemplateStore, templateKey } from './templates/store.ts';
import { VERSION } from './version.ts';

/** Largest UDP payload. */
const MAX_DATAGRAM = 65_535;

export type PacketSource = {
  /** Index of the listener. */
  listener: number;
  address: string;
  port: number;
};

export type PipelineOptions = {
  config: CollectorConfig;
  counters: Counters;
  /** Attributes of the OTLP resource. */
  resource: Record<string, AttributeValue>;
  sink: { push(batch: Batch): void };
  log: Log;
  /** Unix milliseconds, with fractions. */
  now?: () => number;
  random?: RandomFill;
  /** Told of each template that is new or changed. */
  onTemplate?: (announcement: Announcement) => void;
  /** Asked after each packet; when it says so, `onTrace` gets a copy of the packet's spans. */
  wantsTrace?: () => boolean;
  onTrace?: (spans: Uint8Array) => void;
};

export class Pipeline implements SetHandler {
  readonly #config: CollectorConfig;
  readonly #counters: Counters;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #options: PipelineOptions;
  readonly #isAllowed: (address: string) => boolean;
  readonly #bytes = Buffer.alloc(MAX_DATAGRAM + Uint32Array.BYTES_PER_ELEMENT);
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
  readonly #header = new PacketHeader();
  readonly #facts = new PacketFacts();
  readonly #store: TemplateStore;
  readonly #writer: BatchWriter;
  readonly #encoder: SpanEncoder;
  /** Of the packet at hand: its exporter and domain, reception, and data records of all kinds, -1 if not known. */
  #exporter!: Exporter;
  #domain!: Domain;
  #receivedMs = 0;
  #records = 0;
  /** Held sets whose template the packet at hand has brought: decoded after it. */
  readonly #released: HeldSet[] = [];

  constructor(options: PipelineOptions) {
    const { config, counters } = options;
    this.#options = options;
    this.#config = config;
    this.#counters = counters;
    this.#log = options.log;
    this.#now = options.now ?? preciseNow;
    this.#isAllowed = allowedSources(config.allowedSources);
    this.#store = new TemplateStore(config, (discarded) => tallyError(counters, 'held_discarded', discarded));
    this.#writer = new BatchWriter({
      resource: options.resource,
      scope: { name: 'netflow2traces', version: VERSION },
      maxSize: config.otlp.batch.maxSize,
      push: (batch) => options.sink.push(batch),
      now: this.#now,
    });
    this.#encoder = new SpanEncoder(config.spans, this.#writer, new IdSource(options.random));
  }

  get exporters(): ReadonlyMap<string, Exporter> {
    return this.#store.exporters;
  }

  /** Takes a datagram that was received at `receivedMs`, in Unix milliseconds. Its bytes may be reused afterwards. */
  receive(packet: Uint8Array, { listener, address, port }: PacketSource, receivedMs: number): void {
    const counters = this.#counters;
    const header = this.#header;
    tallyPacket(counters, packet.length, receivedMs);
    const known = this.#store.findExporter(listener, address, port);
    if (!known && !this.#isAllowed(address)) {
      tallyError(counters, 'source_not_allowed');
      return;
    }

    const parseStartMs = this.#now();
    this.#bytes.set(packet);
    const error = header.read(this.#view, packet.length);
    if (error === 'truncated_header' || error === 'unknown_version') {
      if (known) known.errors++;
      tallyError(counters, error);
      return;
    }
    const exporter = known ?? this.#store.addExporter(listener, address, port, receivedMs);
    exporter.received(header.version, port, packet.length, receivedMs);
    this.#store.touch(exporter, receivedMs);
    this.#turnTo(exporter, receivedMs);
    this.#facts.begin(header, packet.length, parseStartMs);
    this.#facts.identity = exporter.identity(this.#domain);
    const { context } = this.#encoder;
    context.ids.draw(context.trace, 0, context.trace.length);
    this.#encoder.begin();

    if (error || !this.#decode()) this.#discard();
    this.#trackSequence();
    this.#facts.parseEndMs = this.#facts.endMs = this.#now();
    this.#encoder.finish(this.#facts);
    this.#tally();
    this.#decodeHeld(this.#released.splice(0));
  }

  /** Takes a template from another worker or from the state file. */
  learn(announcement: Announcement): void {
    const listener = this.#config.listeners.findIndex(({ name }) => name === announcement.listener);
    const template = readAnnouncement(announcement, this.#config.limits.fieldsPerTemplate);
    const { address, port, domain, exportTime } = announcement;
    if (listener < 0 || !template || !this.#isAllowed(address)) return;
    const now = this.#now();
    const exporter =
      this.#store.findExporter(listener, address, port) ?? this.#store.addExporter(listener, address, port, now);
    const { released } = this.#store.learn(exporter, domain, template, exportTime, now);
    this.#decodeHeld(released);
  }

  /** Seals the batch that is being filled. */
  flush(): void {
    this.#writer.seal();
  }

  /** Forgets templates and held data sets that are too old. To be called now and then. */
  expire(): void {
    this.#store.expire(this.#now());
    this.#updateGauges();
  }

  set(): void {
    this.#facts.sets++;
  }

  template(template: Template): void {
    const exportTime = Math.floor(this.#header.exportMs / 1000);
    const { domain } = this.#header;
    this.#facts.templates++;
    const { outcome, released } = this.#store.learn(this.#exporter, domain, template, exportTime, this.#receivedMs);
    if (outcome !== 'new' && outcome !== 'changed') return;
    this.#counters[COUNTER.templatesLearned]++;
    this.#released.push(...released);
    const listener = this.#config.listeners[this.#exporter.listener].name;
    this.#options.onTemplate?.(announce(listener, this.#exporter, domain, template, exportTime));
  }

  badTemplate(reason: string): void {
    this.#exporter.errors++;
    tallyError(this.#counters, 'bad_template');
    const { address } = this.#exporter;
    this.#log.warn('template refused', { exporter: address, domain: this.#header.domain, reason });
  }

  data(id: number, offset: number, end: number): boolean {
    const key = templateKey(this.#header.version, this.#header.domain, id);
    const template = this.#store.findTemplate(this.#exporter, key, this.#receivedMs);
    if (template) return this.#decodeSet(template, offset, end);
    this.#hold(key, offset, end);
    return true;
  }

  /** Decodes the packet at hand; false when it is malformed. */
  #decode(): boolean {
    const { version, length, count } = this.#header;
    if (version === 9 || version === 10) {
      return walkSets(this.#view, this.#header, this.#config.limits.fieldsPerTemplate, this);
    }
    this.set();
    const template = FIXED_TEMPLATES[version as 1 | 5 | 7];
    return this.#decodeSet(template, length, length + count * template.minLength);
  }

  /** Decodes the records of a set; false when one runs over its end. */
  #decodeSet(template: Template, offset: number, end: number): boolean {
    const count = countRecords(this.#bytes, template, offset, end);
    if (count < 0) return false;
    if (this.#records >= 0) this.#records += count;
    if (!template.options) {
      const room = this.#config.limits.recordsPerPacket - this.#facts.exportedFlows;
      this.#facts.exportedFlows += this.#encoder.encode(
        this.#bytes,
        this.#view,
        template,
        offset,
        Math.min(count, room),
      );
      this.#facts.flows += count;
      return true;
    }
    this.#counters[COUNTER.optionsRecords] += count;
    for (let at = offset, record = 0; record < count; record++) {
      const { options, next } = readOptions(template, this.#bytes, at, end);
      this.#domain.describe(options);
      at = next;
    }
    return true;
  }

  #hold(key: number, offset: number, end: number): void {
    const { context } = this.#encoder;
    this.#facts.templatesMissing++;
    this.#records = -1;
    tallyError(this.#counters, 'template_missing');
    this.#store.hold({
      exporter: this.#exporter,
      key,
      bytes: Buffer.from(this.#bytes.subarray(offset, end)),
      header: { ...this.#header },
      receivedMs: this.#receivedMs,
      trace: context.trace.slice(),
    });
  }

  /** Decodes data sets whose template has come; their flows join the trace of their packet. */
  #decodeHeld(sets: readonly HeldSet[]): void {
    const { context } = this.#encoder;
    for (const { exporter, key, bytes, header, receivedMs, trace } of sets) {
      const stored = exporter.templates.get(key);
      if (!stored) continue;
      this.#bytes.set(bytes);
      Object.assign(this.#header, header);
      this.#turnTo(exporter, receivedMs);
      context.trace.set(trace);
      this.#facts.begin(this.#header, 0, receivedMs);
      this.#encoder.begin();
      if (!this.#decodeSet(stored.template, 0, bytes.length)) this.#discard();
      this.#tally();
    }
    this.#updateGauges();
  }

  /** Makes a packet's exporter, domain and times those that records are decoded with. */
  #turnTo(exporter: Exporter, receivedMs: number): void {
    const { version, domain, exportMs, sysUptime, samplingInterval } = this.#header;
    const { context } = this.#encoder;
    this.#exporter = exporter;
    this.#domain = this.#store.domain(exporter, version, domain);
    this.#receivedMs = receivedMs;
    this.#records = 0;
    context.setTimes(receivedMs, exportMs);
    context.sysUptime = sysUptime;
    context.samplingInterval = samplingInterval;
    if (version === 10) context.systemInitMs = exporter.systemInitMs(this.#domain);
  }

  /** Discards the packet at hand as malformed, with the flows already encoded (RFC 7011 §9.1). */
  #discard(): void {
    const facts = this.#facts;
    facts.exportedFlows -= this.#encoder.rollback();
    facts.flows = facts.exportedFlows;
    facts.error = 'malformed: a header, set or record does not fit into its message, which is discarded';
    this.#records = -1;
    this.#exporter.errors++;
    tallyError(this.#counters, 'malformed');
  }

  #trackSequence(): void {
    const lost = this.#exporter.trackSequence(this.#header, this.#domain, this.#records);
    this.#counters[COUNTER.lostFlows] += lost.flows;
    this.#counters[COUNTER.lostPackets] += lost.packets;
  }

  #tally(): void {
    const { flows, exportedFlows } = this.#facts;
    const { context } = this.#encoder;
    const { wantsTrace, onTrace } = this.#options;
    this.#exporter.flows += flows;
    tallyFlows(this.#counters, flows, exportedFlows);
    this.#counters[COUNTER.flowTimesReplaced] += context.timesReplaced;
    context.timesReplaced = 0;
    const spans = wantsTrace?.() ? this.#encoder.copy() : undefined;
    if (spans) onTrace?.(spans);
  }

  #updateGauges(): void {
    this.#counters[COUNTER.templates] = this.#store.size;
    this.#counters[COUNTER.exporters] = this.#store.exporters.size;
    this.#counters[COUNTER.heldBytes] = this.#store.heldBytes;
  }
}

/** Unix milliseconds with a resolution of about a microsecond. */
function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}
