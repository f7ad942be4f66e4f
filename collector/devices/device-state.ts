/**
 * What devices say of themselves, by exporter and observation domain: facts of options data, in whatever order they
 * come. In: facts as they are told here or elsewhere; out: the latest about a thing. Bounded in bytes for each domain,
 * for each exporter and in all: who tells too much loses its own oldest facts.
 */
import { supersedes } from '../../crds/common/supersedes.ts';
import { type Fact, type FactId, type FactKind, RATE_KINDS, type RateFact } from './facts.ts';

/** Memory of a fact beyond its texts, in bytes: measured, with what spans say by it. */
const FACT_BYTES = 400;
/** Some 20,000 interfaces. */
const MAX_DOMAIN_BYTES = 12 * 2 ** 20;
const MAX_EXPORTER_BYTES = 16 * 2 ** 20;
const MAX_BYTES = 64 * 2 ** 20;
/** This part of many is forgotten at once: the way to the oldest of a Set leads over all deleted before it. */
const FORGET_SHARE = 64;
/** What is left of a bound that several share, when it was reached: holders are not looked at again for every fact. */
const KEPT_SHARE = 7 / 8;

export type KnownFact<F extends Fact = Fact> = {
  readonly fact: F;
  /** When the packet that told it was received, in Unix milliseconds. */
  receivedAt: number;
  /** It was not told to this collector since it started. */
  adopted: boolean;
  readonly bytes: number;
};

type Told = { receivedAt: number; adopted?: boolean };

type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>;

/** What one domain of an exporter has told. */
export class DeviceState {
  readonly #budget: ExporterBudget;
  readonly #byKind = new Map<FactKind, Map<FactId, KnownFact>>();
  /** The one that was told longest ago first. */
  readonly #queue = new Set<KnownFact>();
  /** How many samplers and selectors have which rate. */
  readonly #rates = new Map<number, number>();
  #bytes = 0;
  #names = {};

  constructor(budget: ExporterBudget) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Another object whenever a name or description is known, or no longer. */
  get names(): object {
    return this.#names;
  }

  find<K extends FactKind>(kind: K, id: FactId): FactOf<K> | undefined {
    return this.#byKind.get(kind)?.get(id)?.fact as FactOf<K> | undefined;
  }

  has(kind: FactKind): boolean {
    return this.#byKind.has(kind);
  }

  facts(): Iterable<KnownFact> {
    return this.#queue;
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
      for (const { fact } of this.#byKind.get(`rate of ${kind}`)?.values() ?? []) yield fact as RateFact;
    }
  }

  /** Takes what was told in a packet that was received at `receivedAt`. Returns what is known by now, when that is news. */
  take(told: Fact, receivedAt: number): Fact | undefined {
    const known = this.#byKind.get(told.kind)?.get(told.id);
    const fact = known ? ({ ...known.fact, ...told } as Fact) : told;
    if (known && isSame(known.fact, fact)) {
      known.receivedAt = receivedAt;
      known.adopted = false;
      this.#queue.delete(known);
      this.#queue.add(known);
      return undefined;
    }
    this.#put(known, fact, { receivedAt });
    return fact;
  }

  /** Takes what another knows, unless what is known here supersedes it, or little room is left for what is told here. */
  adopt(fact: Fact, told: Told): void {
    const known = this.#byKind.get(fact.kind)?.get(fact.id);
    if (known ? supersedes(told, known) : !told.adopted || (this.#bytes < MAX_DOMAIN_BYTES / 2 && this.#budget.hasRoom))
      this.#put(known, fact, told);
  }

  /** Forgets a part of what was told longest ago. */
  forgetOldest(): void {
    const count = Math.ceil(this.#queue.size / FORGET_SHARE);
    for (const known of this.#queue.values().take(count).toArray()) this.#remove(known);
  }

  /** Forgets all. */
  clear(): void {
    for (const known of this.#queue) this.#remove(known);
  }

  #put(known: KnownFact | undefined, fact: Fact, { receivedAt, adopted = false }: Told): void {
    if (known) this.#remove(known);
    const added: KnownFact = { fact, receivedAt, adopted, bytes: sizeOf(fact) };
    let ofKind = this.#byKind.get(fact.kind);
    if (!ofKind) {
      ofKind = new Map();
      this.#byKind.set(fact.kind, ofKind);
    }
    ofKind.set(fact.id, added);
    this.#queue.add(added);
    if (isName(fact)) this.#names = {};
    this.#count(fact, 1);
    this.#resize(added.bytes);
    while (this.#bytes > MAX_DOMAIN_BYTES) this.forgetOldest();
    this.#budget.keep();
  }

  #remove(known: KnownFact): void {
    const { kind, id } = known.fact;
    const ofKind = this.#byKind.get(kind);
    ofKind?.delete(id);
    if (ofKind?.size === 0) this.#byKind.delete(kind);
    this.#queue.delete(known);
    if (isName(known.fact)) this.#names = {};
    this.#count(known.fact, -1);
    this.#resize(-known.bytes);
  }

  #count(fact: Fact, by: 1 | -1): void {
    if (!isRateOfSampler(fact)) return;
    const count = (this.#rates.get(fact.interval) ?? 0) + by;
    if (count > 0) this.#rates.set(fact.interval, count);
    else this.#rates.delete(fact.interval);
  }

  #resize(by: number): void {
    this.#bytes += by;
    this.#budget.resize(by);
  }
}

/** The states of one exporter's domains. */
class ExporterBudget implements Holder {
  readonly states = new Set<DeviceState>();
  readonly #all: DeviceStates;
  bytes = 0;

  constructor(all: DeviceStates) {
    this.#all = all;
  }

  /** Half of it is for what is told here. */
  get hasRoom(): boolean {
    return this.bytes < MAX_EXPORTER_BYTES / 2 && this.#all.bytes < MAX_BYTES / 2;
  }

  resize(by: number): void {
    this.bytes += by;
    this.#all.bytes += by;
  }

  keep(): void {
    if (this.bytes > MAX_EXPORTER_BYTES) shrink(this.states, MAX_EXPORTER_BYTES);
    this.#all.keep();
  }

  forgetOldest(): void {
    [...this.states].reduce((most, state) => (state.bytes > most.bytes ? state : most)).forgetOldest();
  }
}

/** The states of all domains of all exporters. */
export class DeviceStates {
  readonly #budgets = new Map<object, ExporterBudget>();
  bytes = 0;

  /** A new state, of a domain of this exporter. */
  create(exporter: object): DeviceState {
    let budget = this.#budgets.get(exporter);
    if (!budget) {
      budget = new ExporterBudget(this);
      this.#budgets.set(exporter, budget);
    }
    const state = new DeviceState(budget);
    budget.states.add(state);
    return state;
  }

  /** Forgets the state of a domain of this exporter. */
  remove(exporter: object, state: DeviceState): void {
    state.clear();
    const budget = this.#budgets.get(exporter);
    budget?.states.delete(state);
    if (budget?.states.size === 0) this.#budgets.delete(exporter);
  }

  keep(): void {
    if (this.bytes > MAX_BYTES) shrink(new Set(this.#budgets.values()), MAX_BYTES);
  }
}

type Holder = { readonly bytes: number; forgetOldest(): void };

/** Makes room below `max`: holders of more than an equal share lose their oldest, the others nothing. */
function shrink(holders: ReadonlySet<Holder>, max: number): void {
  const share = (max * KEPT_SHARE) / holders.size;
  for (const holder of holders) while (holder.bytes > share) holder.forgetOldest();
}

function isName({ kind }: Fact): boolean {
  return kind === 'interface' || kind === 'vrf' || kind === 'application';
}

function isRateOfSampler(fact: Fact): fact is FactOf<'rate of sampler' | 'rate of selector' | 'rate of sampler name'> {
  return fact.kind === 'rate of sampler' || fact.kind === 'rate of selector' || fact.kind === 'rate of sampler name';
}

function isSame(one: Fact, other: Fact): boolean {
  const values: Record<string, unknown> = one;
  return Object.entries(other).every(([name, value]) => values[name] === value);
}

function sizeOf(fact: Fact): number {
  const values: readonly unknown[] = Object.values(fact);
  return values.reduce((sum: number, value) => sum + (typeof value === 'string' ? 2 * value.length : 0), FACT_BYTES);
}
