/**
 * The templates of all exporters, and the data sets that wait for one. In: templates as they are learned, from packets,
 * other workers or a file. Out: the template of a data set, and what waited for a new one. Bounded in every direction,
 * in all and for each exporter: who has most loses first, and what brought flows lately last.
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
import type { BudgetName } from '../ledger/ledger.ts';
import { type Domain, type Exporter, type HeldSet, type StoredTemplate, templateKey } from './exporter.ts';
import { HeldSets } from './held.ts';

/**
 * A template older than the known one by up to this comes from a late packet; by more, the exporter's clock was set.
 */
const MAX_REORDERING_S = 60;
/** Memory of all templates: 65,536 of 20 fields. */
const MAX_TEMPLATE_BYTES = 128 * 2 ** 20;
/** Memory of one field, and of a template beyond its fields and its record: measured. */
const FIELD_BYTES = 64;
const TEMPLATE_OVERHEAD = 512;
/** Data of a template came lately. */
const LATELY_MS = 3_600_000;

/**
 * Others are told again of what an exporter repeats, so that its word goes on to count, but not more often than this.
 */
const RETELL_MS = 600_000;

type Received = Pick<StoredTemplate, 'exportTime' | 'receivedAt' | 'port'> & { adopted?: boolean };

export type StoreEvents = {
  /** So many held data sets were given up. */
  onDiscard(heldSets: number): void;
  /** A held set waited for a template and then does not fit it. */
  onMisfit(set: HeldSet, template: Template): void;
  /** A template or held set of an exporter was given up for want of room. */
  onExceeded(budget: BudgetName, exporter: Exporter): void;
};

export class TemplateStore {
  readonly #maxAge: number;
  readonly #heldAge: number;
  readonly #events: StoreEvents;
  readonly #held: HeldSets;
  readonly #templates: Budget<Exporter, StoredTemplate>;

  constructor({ limits, templates }: Pick<CollectorConfig, 'limits' | 'templates'>, events: StoreEvents) {
    this.#maxAge = templates.maxAge;
    this.#heldAge = limits.heldAge;
    this.#events = events;
    this.#held = new HeldSets(limits, ({ exporter }) => {
      events.onDiscard(1);
      events.onExceeded('held_bytes', exporter);
    });
    this.#templates = new Budget({
      ofAll: { entries: limits.templates, size: MAX_TEMPLATE_BYTES },
      ofOne: { entries: limits.templatesPerExporter },
      ownerOf: ({ exporter }) => exporter,
      sizeOf,
      usedAt: ({ lastUsed }) => lastUsed,
      worthOf: ({ exporter, dataAt }, now) => (exporter.isInUse(now) ? (now - dataAt < LATELY_MS ? 2 : 1) : 0),
      since: ({ flowsSince }) => flowsSince,
      forget: (stored) => {
        stored.exporter.templates.delete(stored.key);
        events.onExceeded('templates', stored.exporter);
      },
    });
  }

  /** Templates of all exporters. */
  get size(): number {
    return this.#templates.entries;
  }

  /** What the data sets take that wait for one. */
  get heldBytes(): number {
    return this.#held.bytes;
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

  /** Forgets the templates of an exporter, and gives up what waits for one. */
  forgetExporter(exporter: Exporter): void {
    for (const stored of exporter.templates.values()) this.#templates.delete(stored);
    exporter.templates.clear();
    this.#events.onDiscard(this.#held.forget(exporter));
  }
}

function isSame(one: Template, other: Template): boolean {
  return one.options === other.options && one.raw.equals(other.raw);
}

function sizeOf({ template: { fields, raw }, former }: StoredTemplate): number {
  return TEMPLATE_OVERHEAD + fields.length * FIELD_BYTES + raw.length + (former?.length ?? 0);
}
