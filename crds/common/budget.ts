/**
 * What is kept for many owners in a room that has a bound. When it is full, what is worth least goes first, and of what
 * is worth the same, from those who hold most: who holds no more than an equal share loses nothing to the others.
 */
import { EXACT, Parts } from './parts.ts';

/** 0: goes first. */
export type Worth = 0 | 1 | 2;

export type Bounds = { entries?: number; size?: number };

export type BudgetOptions<O, V> = {
  /** What may be kept of all owners, and of one; without a bound in entries or in size when it is left out. */
  ofAll: Bounds;
  ofOne?: Bounds;
  ownerOf(value: V): O;
  /** What of an owner's: of these too, who holds most loses first when the owner holds too much. */
  partOf?(value: V): unknown;
  /** In the unit of the bounds; must not change while the value is kept. */
  sizeOf?(value: V): number;
  /** When it was used last, by any clock: what was used longest ago goes first. */
  usedAt(value: V): number;
  worthOf?(value: V, now: number): Worth;
  /** Since when an owner has done what makes it worth most: of these the newest goes first. */
  since?(owner: O): number;
  /** It is no longer kept, as there was no room. */
  forget(value: V): void;
};

/** This part of all, and of what one owner has, goes at once, so that it is seldom looked for. */
const FORGET_SHARE = 8;
const FORGET_SHARE_OF_ONE = 16;
/** Who holds less than this part of the room holds as little as any other: then whose it is counts, not how much. */
const SMALL_SHARE = 1 / 256;

/** What an owner holds, and how much each counts, as a part of the room. */
class Holding<V> {
  readonly weights = new Map<V, number>();
  size = 0;
}

export class Budget<O, V> {
  readonly #options: BudgetOptions<O, V>;
  readonly #holdings = new Map<O, Holding<V>>();
  #entries = 0;
  #size = 0;
  /** Each value counts as the larger of its parts of the bounds in entries and in size. */
  #weight = 0;

  constructor(options: BudgetOptions<O, V>) {
    this.#options = options;
  }

  /** Values kept. */
  get entries(): number {
    return this.#entries;
  }

  get size(): number {
    return this.#size;
  }

  /** What is kept of one owner, in the order in which it was added. */
  of(owner: O): Iterable<V> {
    return this.#holdings.get(owner)?.weights.keys() ?? [];
  }

  entriesOf(owner: O): number {
    return this.#holdings.get(owner)?.weights.size ?? 0;
  }

  sizeOf(owner: O): number {
    return this.#holdings.get(owner)?.size ?? 0;
  }

  /** Whether less than this part of the bounds is taken by all, and by one owner: then nothing goes for what comes. */
  hasRoom(owner?: O, part = 1): boolean {
    if (this.#weight >= part - EXACT) return false;
    const { entries = Infinity, size = Infinity } = this.#options.ofOne ?? {};
    return owner === undefined || (this.entriesOf(owner) < part * entries && this.sizeOf(owner) < part * size);
  }

  *values(): Generator<V> {
    for (const { weights } of this.#holdings.values()) yield* weights.keys();
  }

  /** Keeps a value; others are forgotten for it or, where that is not enough, it itself. */
  add(value: V, now = 0): void {
    const { ofAll, ofOne = {}, ownerOf } = this.#options;
    const owner = ownerOf(value);
    const holding = this.#holdings.get(owner) ?? new Holding<V>();
    this.#holdings.set(owner, holding);
    const size = this.#sizeOf(value);
    const weight = Math.max(1 / (ofAll.entries ?? Infinity), size / (ofAll.size ?? Infinity));
    holding.weights.set(value, weight);
    holding.size += size;
    this.#entries++;
    this.#size += size;
    this.#weight += weight;
    if (isBeyond(ofOne, holding)) this.#shrinkOne(holding, ofOne);
    if (this.#weight > 1 + EXACT) this.#shrink(value, now);
    if (this.#weight > 1 + EXACT) this.#forget(value);
  }

  /** Keeps a value no longer; returns whether it was kept. */
  delete(value: V): boolean {
    const owner = this.#options.ownerOf(value);
    const holding = this.#holdings.get(owner);
    const weight = holding?.weights.get(value);
    if (!holding || weight === undefined) return false;
    const size = this.#sizeOf(value);
    holding.weights.delete(value);
    holding.size -= size;
    if (holding.weights.size === 0) this.#holdings.delete(owner);
    this.#entries--;
    this.#size -= size;
    this.#weight = this.#entries === 0 ? 0 : this.#weight - weight;
    return true;
  }

  #sizeOf(value: V): number {
    return this.#options.sizeOf?.(value) ?? 1;
  }

  #forget(value: V): void {
    this.delete(value);
    this.#options.forget(value);
  }

  #shrinkOne({ weights, size }: Holding<V>, ofOne: Bounds): void {
    const inSize = size > (ofOne.size ?? Infinity);
    const costOf = (value: V): number => (inSize ? this.#sizeOf(value) : 1);
    const [max, has] = inSize ? [ofOne.size!, size] : [ofOne.entries!, weights.size];
    const parts = new Parts(costOf, this.#options.usedAt);
    for (const value of weights.keys()) parts.add(this.#options.partOf?.(value), value);
    const excess = has - max * keptShare(weights.size, FORGET_SHARE_OF_ONE);
    for (const value of parts.takeLargest(excess, 0)) this.#forget(value);
  }

  #shrink(spared: V, now: number): void {
    let excess = this.#weight - keptShare(this.#entries, FORGET_SHARE);
    const forget = (values: readonly V[]): boolean => {
      const before = this.#weight;
      for (const value of values) this.#forget(value);
      excess -= before - this.#weight;
      return excess <= EXACT;
    };
    const [least, ...others] = this.#partsByWorth(spared, now);
    if (forget(least.takeLargest(excess, SMALL_SHARE)) || forget(least.takeRest(excess))) return;
    for (const parts of others) if (forget(parts.takeLargest(excess, SMALL_SHARE))) return;
    for (const parts of others) if (forget(parts.takeRest(excess))) return;
  }

  /** What owners hold of each worth, without one value. */
  #partsByWorth(spared: V, now: number): Parts<O, V>[] {
    const { usedAt, worthOf, since } = this.#options;
    const weights = new Map<V, number>();
    const newestFirst = since && ((owner: O) => -since(owner));
    const byWorth = [undefined, newestFirst, newestFirst].map(
      (orderOf) => new Parts<O, V>((value) => weights.get(value)!, usedAt, orderOf),
    );
    for (const [owner, holding] of this.#holdings) {
      for (const [value, weight] of holding.weights) {
        if (value === spared) continue;
        weights.set(value, weight);
        byWorth[worthOf?.(value, now) ?? 0].add(owner, value);
      }
    }
    return byWorth;
  }
}

/** What is left of a bound that was reached: of few nothing more goes than must. */
function keptShare(entries: number, forgetShare: number): number {
  return 1 - Math.floor(entries / forgetShare) / entries;
}

function isBeyond({ entries = Infinity, size = Infinity }: Bounds, holding: Holding<unknown>): boolean {
  return holding.weights.size > entries || holding.size > size;
}
