/**
 * What devices say of themselves, by exporter and observation domain: facts of options data, in whatever order they
 * come. In: facts as they are told here or elsewhere; out: the latest about a thing. Bounded in bytes for each exporter
 * and in all: who tells too much loses its own oldest facts.
 */
import { Budget } from '../../crds/common/budget.ts';
import { supersedes } from '../../crds/common/supersedes.ts';
import { type Fact, type FactId, type FactKind, RATE_KINDS, type RateFact } from './facts.ts';

/** Memory of a fact beyond its texts, in bytes: measured, with what spans say by it. */
const FACT_BYTES = 400;
/** Some 25,000 interfaces. */
const MAX_EXPORTER_BYTES = 16 * 2 ** 20;
const MAX_BYTES = 64 * 2 ** 20;
/** What is adopted may take this part of them: the rest is for what is told here. */
const ADOPTED_SHARE = 1 / 2;

/** Who tells facts. */
export type Teller = {
  /** Whether it sent flows lately. */
  isInUse(now: number): boolean;
};

export type KnownFact<F extends Fact = Fact> = {
  readonly fact: F;
  /** When the packet that told it was received, in Unix milliseconds. */
  receivedAt: number;
  /** It was not told to this collector since it started. */
  adopted: boolean;
  readonly bytes: number;
  readonly state: DeviceState;
  /** The more, the later it was told. */
  order: number;
};

type Told = { receivedAt: number; adopted?: boolean };

type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>;

/** What one domain of an exporter has told. */
export class DeviceState {
  readonly teller: Teller;
  readonly #all: DeviceStates;
  readonly #byKind = new Map<FactKind, Map<FactId, KnownFact>>();
  /** How many samplers and selectors have which rate. */
  readonly #rates = new Map<number, number>();
  #names = {};
  #elements: object | undefined;

  constructor(teller: Teller, all: DeviceStates) {
    this.teller = teller;
    this.#all = all;
  }

  /** Another object whenever a name or description is known, or no longer. */
  get names(): object {
    return this.#names;
  }

  /** Another object whenever something else is told of elements; undefined when nothing is. */
  get elements(): object | undefined {
    return this.#elements;
  }

  find<K extends FactKind>(kind: K, id: FactId): FactOf<K> | undefined {
    return this.#byKind.get(kind)?.get(id)?.fact as FactOf<K> | undefined;
  }

  has(kind: FactKind): boolean {
    return this.#byKind.has(kind);
  }

  get describesSamplers(): boolean {
    return this.#rates.size > 0;
  }

  /** The rate that all samplers have which were described; undefined when they differ, or there is none. */
  get commonRate(): number | undefined {
    return this.#rates.size === 1 ? this.#rates.keys().next().value : undefined;
  }

  /** All rates that are known. */
  *rates(): Generator<RateFact> {
    for (const kind of RATE_KINDS) {
      for (const { fact } of this.#byKind.get(`rate of ${kind}`)?.values() ?? [])
        if (!isNoRate(fact)) yield fact as RateFact;
    }
  }

  /**
   * Takes what was told in a packet that was received at `receivedAt` and, by a clock that nobody sets, at `now`.
   * Returns what is known by now, when that is news.
   */
  take(told: Fact, receivedAt: number, now: number): Fact | undefined {
    const known = this.#byKind.get(told.kind)?.get(told.id);
    if (!known && isNoRate(told)) return undefined;
    const fact = known ? ({ ...known.fact, ...told } as Fact) : told;
    if (known && isSame(known.fact, fact)) {
      known.receivedAt = receivedAt;
      known.adopted = false;
      known.order = this.#all.nextOrder();
      return undefined;
    }
    this.#put(known, fact, { receivedAt }, now);
    return fact;
  }

  /**
   * Takes what another knows, unless what is known here supersedes it, or little room is left for what is told here.
   */
  adopt(fact: Fact, told: Told, now: number): void {
    const known = this.#byKind.get(fact.kind)?.get(fact.id);
    if (known ? supersedes(told, known) : !told.adopted || this.#all.budget.hasRoom(this.teller, ADOPTED_SHARE))
      this.#put(known, fact, told, now);
  }

  /** Forgets all. */
  clear(): void {
    for (const ofKind of this.#byKind.values())
      for (const known of ofKind.values()) {
        this.#all.budget.delete(known);
        this.forget(known);
      }
  }

  #put(known: KnownFact | undefined, fact: Fact, { receivedAt, adopted = false }: Told, now: number): void {
    if (known) {
      this.#all.budget.delete(known);
      this.forget(known);
    }
    const added = { fact, receivedAt, adopted, bytes: sizeOf(fact), state: this, order: this.#all.nextOrder() };
    let ofKind = this.#byKind.get(fact.kind);
    if (!ofKind) {
      ofKind = new Map();
      this.#byKind.set(fact.kind, ofKind);
    }
    ofKind.set(fact.id, added);
    this.#noteChange(fact);
    this.#count(fact, 1);
    this.#all.budget.add(added, now);
  }

  /** Knows a fact no longer. */
  forget({ fact }: KnownFact): void {
    const { kind, id } = fact;
    const ofKind = this.#byKind.get(kind);
    ofKind?.delete(id);
    if (ofKind?.size === 0) this.#byKind.delete(kind);
    this.#noteChange(fact);
    this.#count(fact, -1);
  }

  #noteChange(fact: Fact): void {
    if (isName(fact)) this.#names = {};
    if (fact.kind === 'element') this.#elements = this.has('element') ? {} : undefined;
  }

  #count(fact: Fact, by: 1 | -1): void {
    if (!isRateOfSampler(fact) || isNoRate(fact)) return;
    const count = (this.#rates.get(fact.interval) ?? 0) + by;
    if (count > 0) this.#rates.set(fact.interval, count);
    else this.#rates.delete(fact.interval);
  }
}

/** The states of all domains of all exporters. */
export class DeviceStates {
  readonly budget: Budget<Teller, KnownFact>;
  #order = 0;

  /** `onForgotten` is told whose fact was forgotten for want of room. */
  constructor(onForgotten: (teller: Teller) => void = () => {}) {
    this.budget = new Budget({
      ofAll: { size: MAX_BYTES },
      ofOne: { size: MAX_EXPORTER_BYTES },
      ownerOf: ({ state }) => state.teller,
      partOf: ({ state }) => state,
      sizeOf: ({ bytes }) => bytes,
      usedAt: ({ order }) => order,
      worthOf: ({ state }, now) => (state.teller.isInUse(now) ? 1 : 0),
      forget: (known) => {
        known.state.forget(known);
        onForgotten(known.state.teller);
      },
    });
  }

  /** A new state, of a domain of this exporter. */
  create(teller: Teller): DeviceState {
    return new DeviceState(teller, this);
  }

  /** Forgets all that an exporter told. */
  forget(teller: Teller): void {
    for (const known of [...this.budget.of(teller)]) {
      this.budget.delete(known);
      known.state.forget(known);
    }
  }

  nextOrder(): number {
    return this.#order++;
  }
}

function isName({ kind }: Fact): boolean {
  return kind === 'interface' || kind === 'vrf' || kind === 'application';
}

function isRateOfSampler(fact: Fact): fact is FactOf<'rate of sampler' | 'rate of selector' | 'rate of sampler name'> {
  return fact.kind === 'rate of sampler' || fact.kind === 'rate of selector' || fact.kind === 'rate of sampler name';
}

/** Whether it takes back a rate that was told before. */
function isNoRate(fact: Fact): boolean {
  return 'interval' in fact && fact.interval === 0;
}

function isSame(one: Fact, other: Fact): boolean {
  const values: Record<string, unknown> = one;
  return Object.entries(other).every(([name, value]) => values[name] === value);
}

function sizeOf(fact: Fact): number {
  const values: readonly unknown[] = Object.values(fact);
  return values.reduce((sum: number, value) => sum + (typeof value === 'string' ? 2 * value.length : 0), FACT_BYTES);
}
