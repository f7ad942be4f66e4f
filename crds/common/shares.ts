/**
 * A map that several owners fill. When it is full, who has most loses what it put there first: the others lose nothing.
 */

/** This part of what an owner has goes at once, so that owners are not compared for each value. */
const FORGET_SHARE = 16;

export type ShareOptions<V> = {
  /** What one owner may have; it then loses what it put there first. */
  maxOfOwner?: number;
  /** What a value counts for; else each counts for 1. */
  weightOf?: (value: V) => number;
};

/** What an owner has: what was put there first comes first. */
type Share = { keys: Set<string>; weight: number };

export class Shares<V> {
  readonly #max: number;
  readonly #maxOfOwner: number;
  readonly #weightOf: (value: V) => number;
  /** What was put there first comes first. */
  readonly #entries = new Map<string, { owner: string; value: V; weight: number }>();
  readonly #shares = new Map<string, Share>();
  #weight = 0;

  /** `max`: of all values together. */
  constructor(max: number, { maxOfOwner = max, weightOf = () => 1 }: ShareOptions<V> = {}) {
    this.#max = max;
    this.#maxOfOwner = maxOfOwner;
    this.#weightOf = weightOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  ownerOf(key: string): string | undefined {
    return this.#entries.get(key)?.owner;
  }

  /** Puts a value behind all others; returns how many had to go for it. */
  put(owner: string, key: string, value: V): number {
    this.#delete(key);
    const weight = this.#weightOf(value);
    this.#entries.set(key, { owner, value, weight });
    const share = this.#shares.get(owner) ?? { keys: new Set(), weight: 0 };
    this.#shares.set(owner, share);
    share.keys.add(key);
    share.weight += weight;
    this.#weight += weight;
    const before = this.#entries.size;
    while (share.weight > this.#maxOfOwner) this.#shrink(share);
    while (this.#weight > this.#max)
      this.#shrink([...this.#shares.values()].reduce((one, other) => (other.weight > one.weight ? other : one)));
    return before - this.#entries.size;
  }

  *values(): Iterable<V> {
    for (const { value } of this.#entries.values()) yield value;
  }

  *entries(): Iterable<[string, V]> {
    for (const [key, { value }] of this.#entries) yield [key, value];
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    const share = this.#shares.get(entry.owner)!;
    share.keys.delete(key);
    share.weight -= entry.weight;
    this.#weight -= entry.weight;
    if (share.keys.size === 0) this.#shares.delete(entry.owner);
  }

  #shrink({ keys }: Share): void {
    for (const key of [...keys].slice(0, Math.ceil(keys.size / FORGET_SHARE))) this.#delete(key);
  }
}
