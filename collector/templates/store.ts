/**
 * What is known of each exporter: its templates above all, and the data sets that wait for one. In: templates as they
 * are learned, from packets, other workers or a file. Out: the template of a data set, and what waited for a new one.
 * Bounded in every direction, in all and for each exporter: who has most loses first, and what brought flows lately last.
 *
 * A template belongs to an exporter's address (and port, if configured), the listener, the version, the observation
 * domain and its id. A refresh changes nothing, a different record replaces, but not when it is from a late packet;
 * withdrawals are ignored (RFC 7011 §8.4). What an exporter announces itself counts for more than what is adopted from
 * elsewhere, and what is adopted takes nobody's place.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { Budget } from '../../crds/common/budget.ts';
import { supersedes } from '../../crds/common/supersedes.ts';
import type { Template } from '../decode/template.ts';
import { type DeviceState, DeviceStates } from '../devices/device-state.ts';
import type { Fact } from '../devices/facts.ts';
import type { BudgetName } from '../ledger/ledger.ts';
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
/** Domains whose state is kept. */
const MAX_DOMAINS_PER_EXPORTER = 1_024;
const MAX_DOMAINS = 32_768;
/** Data of a template came lately. */
const LATELY_MS = 3_600_000;

/** Others are told again of what an exporter repeats, so that its word goes on to count, but not more often than this. */
const RETELL_MS = 600_000;

type Received = Pick<StoredTemplate, 'exportTime' | 'receivedAt' | 'port'> & { adopted?: boolean };

export type StoreEvents = {
  /** So many held data sets were given up. */
  onDiscard(heldSets: number): void;
  /** A held set waited for a template and then does not fit it. */
  onMisfit(set: HeldSet, template: Template): void;
  /** Something of an exporter was forgotten for want of room. */
  onExceeded(budget: BudgetName, exporter: Exporter): void;
};

export class TemplateStore {
  readonly #maxAge: number;
  readonly #heldAge: number;
  readonly #keyBySourcePort: boolean;
  readonly #events: StoreEvents;
  readonly #held: HeldSets;
  readonly #devices: DeviceStates;
  readonly #exporters = new Map<string, Exporter>();
  /** Exporters of each listener by their address as the socket gives it: found without making a key. */
  readonly #bySocketAddress: Map<string, Exporter>[] = [];
  readonly #exporterBudget: Budget<Exporter, Exporter>;
  readonly #templates: Budget<Exporter, StoredTemplate>;
  readonly #domains: Budget<Exporter, Domain>;

  constructor({ limits, templates }: Pick<CollectorConfig, 'limits' | 'templates'>, events: StoreEvents) {
    this.#maxAge = templates.maxAge;
    this.#heldAge = limits.heldAge;
    this.#keyBySourcePort = templates.keyBySourcePort;
    this.#events = events;
    this.#held = new HeldSets(limits, ({ exporter }) => {
      events.onDiscard(1);
      events.onExceeded('held_bytes', exporter);
    });
    this.#devices = new DeviceStates((exporter) => events.onExceeded('options', exporter as Exporter));
    const since = ({ flowsSince }: Exporter): number => flowsSince;
    this.#exporterBudget = new Budget({
      ofAll: { entries: limits.exporters },
      ownerOf: (exporter) => exporter,
      usedAt: ({ heardAt }) => heardAt,
      worthOf: (exporter, now) => (exporter.isInUse(now) ? 2 : 0),
      since,
      forget: (exporter) => {
        this.#forgetAllOf(exporter);
        events.onExceeded('exporters', exporter);
      },
    });
    this.#templates = new Budget({
      ofAll: { entries: limits.templates, size: MAX_TEMPLATE_BYTES },
      ofOne: { entries: limits.templatesPerExporter },
      ownerOf: ({ exporter }) => exporter,
      sizeOf,
      usedAt: ({ lastUsed }) => lastUsed,
      worthOf: ({ exporter, dataAt }, now) => (exporter.isInUse(now) ? (now - dataAt < LATELY_MS ? 2 : 1) : 0),
      since,
      forget: (stored) => {
        stored.exporter.templates.delete(stored.key);
        events.onExceeded('templates', stored.exporter);
      },
    });
    this.#domains = new Budget({
      ofAll: { entries: MAX_DOMAINS },
      ofOne: { entries: MAX_DOMAINS_PER_EXPORTER },
      ownerOf: ({ exporter }) => exporter,
      usedAt: ({ heardAt }) => heardAt,
      worthOf: (domain, now) => (domain.exporter.isInUse(now) ? (domain.isInUse(now) ? 2 : 1) : 0),
      since,
      forget: (domain) => {
        unlink(domain);
        events.onExceeded('domains', domain.exporter);
      },
    });
  }

  get size(): number {
    return this.#templates.entries;
  }

  get heldBytes(): number {
    return this.#held.bytes;
  }

  get exporters(): ReadonlyMap<string, Exporter> {
    return this.#exporters;
  }

  /** The exporter behind a source, if it is known. `address` as the socket gives it. */
  findExporter(listener: number, address: string, port: number): Exporter | undefined {
    const known = this.#keyBySourcePort ? undefined : this.#bySocketAddress[listener]?.get(address);
    if (known) return known;
    const found = this.#exporters.get(this.#exporterKey(listener, address, port));
    if (found && !this.#keyBySourcePort) {
      this.#bySocketAddress[listener] ??= new Map();
      this.#bySocketAddress[listener].set(address, found);
    }
    return found;
  }

  /**
   * Remembers a new exporter, heard of at `now`, in Unix milliseconds, and at `heardAt` by a clock that nobody sets. With
   * too many, those that sent no flows lately are forgotten first, the longest silent before all others.
   */
  addExporter(listener: number, address: string, port: number, now: number, heardAt = now): Exporter {
    const key = this.#exporterKey(listener, address, port);
    const exporter = new Exporter(key, listener, address, port, now, heardAt);
    this.#exporters.set(key, exporter);
    this.#exporterBudget.add(exporter, heardAt);
    return exporter;
  }

  /**
   * State of an exporter's observation domain, of which something came at `now`; -1 stands for the whole exporter of a
   * version without domains, and `agent` is one of sFlow.
   */
  domain(exporter: Exporter, version: number, id: number, now: number, agent = ''): Domain {
    const { latestDomain: latest } = exporter;
    const isLatest = latest?.version === version && latest.id === id && latest.agent === agent;
    const known = isLatest ? latest : exporter.domains.get(domainKey(version, id, agent));
    const domain = known ?? new Domain(exporter, version, id, agent);
    exporter.latestDomain = domain;
    domain.heardAt = now;
    if (!known) {
      exporter.domains.set(domain.key, domain);
      this.#domains.add(domain, now);
    }
    return domain;
  }

  /**
   * Takes what a domain told of itself in a packet that was received at `receivedAt` and, by a clock that nobody sets, at
   * `now`; returns what is known by now, when that is news. The domain has another epoch then, if its device was
   * restarted.
   */
  describe(domain: Domain, fact: Fact, receivedAt: number, now: number): Fact | undefined {
    if (fact.kind === 'boot') startedAt(domain, fact.ms);
    return this.#deviceOf(domain).take(fact, receivedAt, now);
  }

  /** Takes what another knows of a domain, unless what is known here supersedes it. */
  adoptFact(domain: Domain, fact: Fact, told: { receivedAt: number; adopted?: boolean }, now: number): void {
    this.#deviceOf(domain).adopt(fact, told, now);
  }

  /** Whether nothing has to be forgotten for an exporter that only others have heard of. */
  get hasRoomForExporter(): boolean {
    return this.#exporterBudget.hasRoom();
  }

  /** The same for a domain of an exporter. */
  hasRoomForDomain(exporter: Exporter, version: number, id: number): boolean {
    return exporter.domains.has(domainKey(version, id)) || this.#domains.hasRoom(exporter);
  }

  #deviceOf(domain: Domain): DeviceState {
    domain.device ??= this.#devices.create(domain.exporter);
    domain.exporter.isDescribed = true;
    return domain.device;
  }

  /** The template of a data set, if it is known; it counts as used. */
  findTemplate({ exporter, epoch }: Domain, key: number, now: number): StoredTemplate | undefined {
    const stored = exporter.templates.get(key);
    if (!stored) return undefined;
    stored.stale = stored.epoch < epoch;
    stored.lastUsed = now;
    stored.dataAt = now;
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
      known.lastUsed = now;
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
    if (known ? !supersedes(received, known) : received.adopted && !this.#templates.hasRoom(exporter)) return [];
    return this.#put(exporter, domain, template, received, now);
  }

  #put(exporter: Exporter, domain: number, template: Template, received: Received, now: number): HeldSet[] {
    const key = templateKey(template.version, domain, template.id);
    const known = exporter.templates.get(key);
    const former = known?.adopted ? undefined : known;
    if (former) exporter.replaced(former, template, received.port);
    if (known) this.#templates.delete(known);
    const { exportTime, receivedAt, port, adopted = false } = received;
    const stored: StoredTemplate = {
      ...{ template, exporter, key, exportTime, receivedAt, port, lastUsed: now },
      ...{ former: former?.template.raw, padded: false, adopted, toldAt: now },
      dataAt: known?.dataAt ?? Number.NEGATIVE_INFINITY,
      ...{ epoch: exporter.epochOf(template.version, domain), stale: false },
    };
    exporter.templates.set(key, stored);
    this.#templates.add(stored, now);
    return this.#take(stored);
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
    this.#events.onDiscard(this.#held.giveUpOlder(stored));
    return this.#held.take(stored, (set) => this.#events.onMisfit(set, stored.template));
  }

  /** Forgets a template, as another stands for its id. */
  forgetTemplate(exporter: Exporter, key: number): void {
    const stored = exporter.templates.get(key);
    if (!stored) return;
    this.#templates.delete(stored);
    exporter.templates.delete(key);
  }

  /** Bytes that wait for the template of this key: what it takes to look whether they fit it. */
  heldFor(exporter: Exporter, key: number): number {
    return this.#held.bytesFor(exporter, key);
  }

  /** Holds a data set until its template comes. */
  hold(set: HeldSet): void {
    this.#held.add(set);
  }

  /** Forgets templates that were neither refreshed nor used for too long, and data sets that waited for too long. */
  expire(now: number): void {
    this.#events.onDiscard(this.#held.expire(now - this.#heldAge));
    const old = [...this.#templates.values()].filter(({ lastUsed }) => now - lastUsed > this.#maxAge);
    for (const { exporter, key } of old) this.forgetTemplate(exporter, key);
  }

  #exporterKey(listener: number, address: string, port: number): string {
    const source = `${listener} ${normalizeAddress(address)}`;
    return this.#keyBySourcePort ? `${source} ${port}` : source;
  }

  #forgetAllOf(exporter: Exporter): void {
    for (const stored of exporter.templates.values()) this.#templates.delete(stored);
    exporter.templates.clear();
    for (const domain of exporter.domains.values()) {
      this.#domains.delete(domain);
    }
    exporter.domains.clear();
    exporter.latestDomain = undefined;
    this.#devices.forget(exporter);
    this.#exporters.delete(exporter.key);
    this.#bySocketAddress[exporter.listener]?.clear();
    this.#events.onDiscard(this.#held.forget(exporter));
  }
}

function unlink({ exporter, key, device }: Domain): void {
  device?.clear();
  exporter.domains.delete(key);
  exporter.latestDomain = undefined;
}

function isSame(one: Template, other: Template): boolean {
  return one.options === other.options && one.raw.equals(other.raw);
}

function sizeOf({ template: { fields, raw }, former }: StoredTemplate): number {
  return TEMPLATE_OVERHEAD + fields.length * FIELD_BYTES + raw.length + (former?.length ?? 0);
}
