/**
 * A map that several owners fill. When it is full, who has most loses what it put there first: the others lose nothing.
 */
import { Budget } from './budget.ts';

export type ShareOptions<V> = {
  /** What one owner may have; it then loses what it put there first. */
  maxOfOwner?: number;
  /** What a value counts for; else each counts for 1. */
  weightOf?: (value: V) => number;
};

type Entry<V> = { owner: string; key: string; value: V; weight: number; order: number };

export class Shares<V> {
  /** What was put there first comes first. */
  readonly #entries = new Map<string, Entry<V>>();
  readonly #budget: Budget<string, Entry<V>>;
  readonly #weightOf: (value: V) => number;
  #order = 0;

  /** `max`: of all values together. */
  constructor(max: number, { maxOfOwner = max, weightOf = () => 1 }: ShareOptions<V> = {}) {
    this.#weightOf = weightOf;
    this.#budget = new Budget({
      ofAll: { size: max },
      ofOne: { size: maxOfOwner },
      ownerOf: ({ owner }) => owner,
      sizeOf: ({ weight }) => weight,
      usedAt: ({ order }) => order,
      forget: ({ key }) => this.#entries.delete(key),
    });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whether something would have to go for what comes. */
  get isFull(): boolean {
    return !this.#budget.hasRoom();
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  ownerOf(key: string): string | undefined {
    return this.#entries.get(key)?.owner;
  }

  /** Puts a value behind all others; returns how many had to go for it. */
  put(owner: string, key: string, value: V): number {
    const known = this.#entries.get(key);
    if (known) this.#budget.delete(known);
    this.#entries.delete(key);
    const entry = { owner, key, value, weight: this.#weightOf(value), order: this.#order++ };
    this.#entries.set(key, entry);
    const before = this.#entries.size;
    this.#budget.add(entry);
    return before - this.#entries.size;
  }

  *values(): Iterable<V> {
    for (const { value } of this.#entries.values()) yield value;
  }

  *entries(): Iterable<[string, V]> {
    for (const [key, { value }] of this.#entries) yield [key, value];
  }
}
