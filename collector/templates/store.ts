/**
 * What is known of each exporter: its templates above all, and the data sets that wait for one. In: templates as they
 * are learned, from packets, other workers or a file. Out: the template of a data set, and what waited for a new one.
 * Bounded in every direction; the least recently used goes first.
 *
 * A template belongs to an exporter's address (and port, if configured), the listener, the version, the observation
 * domain and its id. A refresh changes nothing, a different record replaces, but not when it is from a late packet;
 * withdrawals are ignored (RFC 7011 §8.4). What an exporter announces itself counts for more than what is adopted from
 * elsewhere, and what is adopted takes nobody's place.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { supersedes } from '../../crds/common/supersedes.ts';
import type { Template } from '../decode/template.ts';
import { type DeviceState, DeviceStates } from '../devices/device-state.ts';
import type { Fact } from '../devices/facts.ts';
import { normalizeAddress } from '../listen/sources.ts';
import { Domain, domainKey, Exporter, type HeldSet, type StoredTemplate, templateKey } from './exporter.ts';
import { HeldSets } from './held.ts';
import { startedAt } from './restart.ts';

/** A template older than the known one by up to this comes from a late packet; by more, the exporter's clock was set. */
const MAX_REORDERING_S = 60;
/** Memory of all templates: 65,536 of 20 fields. */
const MAX_TEMPLATE_BYTES = 128 * 2 ** 20;
/** Memory of one field, and of a template beyond its fields and its record: measured. */
const FIELD_BYTES = 64;
const TEMPLATE_OVERHEAD = 512;
/** Domains whose state is kept; a sender that makes up more loses the oldest. */
const MAX_DOMAINS_PER_EXPORTER = 1_024;
const MAX_DOMAINS = 49_152;
/** This part of many is forgotten at once: the way to the oldest of a Set or Map leads over all deleted before it. */
const FORGET_SHARE = 64;
/** What is used or refreshed is put behind all others, but not more often than this. */
const TEMPLATE_REQUEUE_MS = 60_000;
const EXPORTER_REQUEUE_MS = 1_000;

/** Others are told again of what an exporter repeats, so that its word goes on to count, but not more often than this. */
const RETELL_MS = 600_000;

type Received = Pick<StoredTemplate, 'exportTime' | 'receivedAt' | 'port'> & { adopted?: boolean };

export class TemplateStore {
  readonly #limits: CollectorConfig['limits'];
  readonly #maxAge: number;
  readonly #keyBySourcePort: boolean;
  readonly #held: HeldSets;
  readonly #onDiscard: (heldSets: number) => void;
  readonly #onMisfit: (set: HeldSet, template: Template) => void;
  readonly #exporters = new Map<string, Exporter>();
  /** All templates, the least recently refreshed or used first. */
  readonly #queue = new Set<StoredTemplate>();
  /** All domains, the oldest first. */
  readonly #domains = new Set<Domain>();
  readonly #devices = new DeviceStates();
  #bytes = 0;

  /**
   * `onDiscard` is told how many held data sets were given up, `onMisfit` of each that waited for a template and then
   * does not fit it.
   */
  constructor(
    config: Pick<CollectorConfig, 'limits' | 'templates'>,
    onDiscard: (heldSets: number) => void,
    onMisfit: (set: HeldSet, template: Template) => void,
  ) {
    this.#limits = config.limits;
    this.#maxAge = config.templates.maxAge;
    this.#keyBySourcePort = config.templates.keyBySourcePort;
    this.#held = new HeldSets(config.limits);
    this.#onDiscard = onDiscard;
    this.#onMisfit = onMisfit;
  }

  get size(): number {
    return this.#queue.size;
  }

  get heldBytes(): number {
    return this.#held.bytes;
  }

  get exporters(): ReadonlyMap<string, Exporter> {
    return this.#exporters;
  }

  /** The exporter behind a source, if it is known. `address` as the socket gives it. */
  findExporter(listener: number, address: string, port: number): Exporter | undefined {
    return this.#exporters.get(this.#exporterKey(listener, address, port));
  }

  /** Remembers a new exporter; the one that was not heard for the longest time is forgotten if there are too many. */
  addExporter(listener: number, address: string, port: number, now: number): Exporter {
    const key = this.#exporterKey(listener, address, port);
    if (this.#exporters.size >= this.#limits.exporters) this.#forgetExporters(oldestOf(this.#exporters));
    const exporter = new Exporter(key, listener, address, port, now);
    this.#exporters.set(key, exporter);
    return exporter;
  }

  /** Marks the exporter as heard of, so that others are forgotten first. */
  touch(exporter: Exporter, now: number): void {
    if (now - exporter.queuedAt < EXPORTER_REQUEUE_MS) return;
    exporter.queuedAt = now;
    this.#exporters.delete(exporter.key);
    this.#exporters.set(exporter.key, exporter);
  }

  /** State of an exporter's observation domain; -1 stands for the whole exporter of a version without domains. */
  domain(exporter: Exporter, version: number, id: number): Domain {
    const key = domainKey(version, id);
    const known = exporter.domains.get(key);
    if (known) return known;
    if (exporter.domains.size >= MAX_DOMAINS_PER_EXPORTER) this.#forgetDomains(oldestOf(exporter.domains));
    if (this.#domains.size >= MAX_DOMAINS) this.#forgetDomains(oldestOf(this.#domains));
    const domain = new Domain(exporter, version, id);
    exporter.domains.set(key, domain);
    this.#domains.add(domain);
    return domain;
  }

  /**
   * Takes what a domain told of itself in a packet that was received at `receivedAt`; returns what is known by now, when
   * that is news. The domain has another epoch then, if its device was restarted.
   */
  describe(domain: Domain, fact: Fact, receivedAt: number): Fact | undefined {
    if (fact.kind === 'boot') startedAt(domain, fact.ms);
    return this.#deviceOf(domain).take(fact, receivedAt);
  }

  /** Takes what another knows of a domain, unless what is known here supersedes it. */
  adoptFact(domain: Domain, fact: Fact, told: { receivedAt: number; adopted?: boolean }): void {
    this.#deviceOf(domain).adopt(fact, told);
  }

  /** Whether nothing has to be forgotten for an exporter that only others have heard of. */
  get hasRoomForExporter(): boolean {
    return this.#exporters.size < this.#limits.exporters;
  }

  /** The same for a domain of an exporter. */
  hasRoomForDomain({ domains }: Exporter, version: number, id: number): boolean {
    if (domains.has(domainKey(version, id))) return true;
    return domains.size < MAX_DOMAINS_PER_EXPORTER && this.#domains.size < MAX_DOMAINS;
  }

  #deviceOf(domain: Domain): DeviceState {
    domain.device ??= this.#devices.create(domain.exporter);
    return domain.device;
  }

  /** The template of a data set, if it is known; it counts as used. */
  findTemplate({ exporter, epoch }: Domain, key: number, now: number): StoredTemplate | undefined {
    const stored = exporter.templates.get(key);
    if (!stored) return undefined;
    stored.stale = stored.epoch < epoch;
    this.#use(stored, now);
    return stored;
  }

  /**
   * Takes a template that was received at `now`, by the clock that templates grow old by, and at `receivedAt`, in Unix
   * milliseconds; returns what it became, and the waiting data sets that fit it. One that is `repeated` is to be told
   * again: nobody has heard of it for some time.
   */
  learn(
    exporter: Exporter,
    domain: number,
    template: Template,
    exportTime: number,
    now: number,
    receivedAt = now,
  ): { outcome: 'new' | 'changed' | 'repeated' | 'refreshed' | 'late'; released: HeldSet[] } {
    const known = exporter.templates.get(templateKey(template.version, domain, template.id));
    const epoch = exporter.epochOf(template.version, domain);
    const behind = known?.epoch === epoch && !known.adopted ? known.exportTime - exportTime : 0;
    const late = behind > 0 && behind <= MAX_REORDERING_S;
    if (known && isSame(known.template, template)) {
      const again = exportTime > known.exportTime;
      const wasStale = known.epoch < epoch;
      const outcome = known.adopted || now - known.toldAt >= RETELL_MS ? 'repeated' : 'refreshed';
      if (outcome === 'repeated') known.toldAt = now;
      if (!late) Object.assign(known, { exportTime, receivedAt, epoch, adopted: false });
      this.#use(known, now);
      const released = again && !wasStale ? this.#standBy(known) : [];
      return { outcome, released: wasStale ? this.#take(known) : released };
    }
    if (late) return { outcome: 'late', released: [] };
    return {
      outcome: known ? 'changed' : 'new',
      released: this.#put(exporter, domain, template, { exportTime, receivedAt, port: exporter.port }, now),
    };
  }

  /**
   * Takes a template that another received, unless what is known supersedes it, or there is no room and it was not
   * announced to this collector; returns the waiting data sets that fit it.
   */
  adopt(exporter: Exporter, domain: number, template: Template, received: Received, now: number): HeldSet[] {
    const known = exporter.templates.get(templateKey(template.version, domain, template.id));
    if (known && isSame(known.template, template)) {
      if (!received.adopted) known.adopted = false;
      return [];
    }
    if (known ? !supersedes(received, known) : received.adopted && !this.#hasRoomForTemplate(exporter)) return [];
    return this.#put(exporter, domain, template, received, now);
  }

  #put(exporter: Exporter, domain: number, template: Template, received: Received, now: number): HeldSet[] {
    const key = templateKey(template.version, domain, template.id);
    const known = exporter.templates.get(key);
    const former = known?.adopted ? undefined : known;
    if (former) exporter.replaced(former, template, received.port);
    if (known) {
      this.#forgetTemplates([known]);
    }
    const { exportTime, receivedAt, port, adopted = false } = received;
    const stored: StoredTemplate = {
      ...{ template, exporter, key, exportTime, receivedAt, port, lastUsed: now, queuedAt: now },
      ...{ former: former?.template.raw, padded: false, adopted, toldAt: now },
      ...{ epoch: exporter.epochOf(template.version, domain), stale: false },
    };
    exporter.templates.set(key, stored);
    this.#queue.add(stored);
    this.#bytes += sizeOf(stored);
    if (exporter.templates.size > this.#limits.templatesPerExporter)
      this.#forgetTemplates(oldestOf(exporter.templates));
    while (this.#queue.size > this.#limits.templates || this.#bytes > MAX_TEMPLATE_BYTES)
      this.#forgetTemplates(oldestOf(this.#queue));
    return this.#take(stored);
  }

  #hasRoomForTemplate({ templates }: Exporter): boolean {
    const { templatesPerExporter, templates: max } = this.#limits;
    return templates.size < templatesPerExporter && this.#queue.size < max && this.#bytes < MAX_TEMPLATE_BYTES;
  }

  /**
   * The exporter repeats a template unchanged: then sets with records of it and more behind them are of it indeed. Not
   * when there may be two exporters, each with a template of its own.
   */
  #standBy(known: StoredTemplate): HeldSet[] {
    if (known.padded || known.exporter.flipping) return [];
    const released = this.#take({ ...known, padded: true });
    known.padded = released.length > 0;
    return released;
  }

  #take(stored: StoredTemplate): HeldSet[] {
    this.#onDiscard(this.#held.giveUpOlder(stored));
    return this.#held.take(stored, (set) => this.#onMisfit(set, stored.template));
  }

  /** Holds a data set until its template comes. */
  hold(set: HeldSet): void {
    this.#onDiscard(this.#held.add(set));
  }

  /** Forgets templates that were neither refreshed nor used for too long, and data sets that waited for too long. */
  expire(now: number): void {
    this.#onDiscard(this.#held.expire(now - this.#limits.heldAge));
    for (const stored of this.#queue) if (now - stored.lastUsed > this.#maxAge) this.#forgetTemplates([stored]);
  }

  #exporterKey(listener: number, address: string, port: number): string {
    const source = `${listener} ${normalizeAddress(address)}`;
    return this.#keyBySourcePort ? `${source} ${port}` : source;
  }

  #forgetExporters(exporters: Iterable<Exporter>): void {
    for (const exporter of exporters) {
      this.#forgetTemplates(exporter.templates.values());
      this.#forgetDomains(exporter.domains.values());
      this.#exporters.delete(exporter.key);
      this.#onDiscard(this.#held.forget(exporter));
    }
  }

  #forgetTemplates(templates: Iterable<StoredTemplate>): void {
    for (const stored of templates) {
      if (this.#queue.delete(stored)) this.#bytes -= sizeOf(stored);
      stored.exporter.templates.delete(stored.key);
    }
  }

  #forgetDomains(domains: Iterable<Domain>): void {
    for (const domain of domains) {
      this.#domains.delete(domain);
      if (domain.device) this.#devices.remove(domain.exporter, domain.device);
      domain.exporter.domains.delete(domain.key);
    }
  }

  /** Notes that a template was refreshed or used, so that others are forgotten first. */
  #use(stored: StoredTemplate, now: number): void {
    stored.lastUsed = now;
    if (now - stored.queuedAt < TEMPLATE_REQUEUE_MS) return;
    stored.queuedAt = now;
    this.#queue.delete(stored);
    this.#queue.add(stored);
    stored.exporter.templates.delete(stored.key);
    stored.exporter.templates.set(stored.key, stored);
  }
}

function isSame(one: Template, other: Template): boolean {
  return one.options === other.options && one.raw.equals(other.raw);
}

function sizeOf({ template: { fields, raw }, former }: StoredTemplate): number {
  return TEMPLATE_OVERHEAD + fields.length * FIELD_BYTES + raw.length + (former?.length ?? 0);
}

/** What to forget to make room: the oldest, or of many several. */
function oldestOf<T>(queue: ReadonlySet<T> | ReadonlyMap<unknown, T>): T[] {
  const count = Math.max(1, Math.floor(queue.size / FORGET_SHARE));
  return queue.values().take(count).toArray();
}
