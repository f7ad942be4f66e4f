/** A map that several owners fill. When it is full, who has most loses what it put there first: the others lose nothing. */

/** This part of what an owner has goes at once, so that owners are not counted for each value. */
const FORGET_SHARE = 16;

export class Shares<V> {
  readonly #max: number;
  /** What was put there first comes first. */
  readonly #entries = new Map<string, { owner: string; value: V }>();
  readonly #keys = new Map<string, Set<string>>();

  /** `max` values at most. */
  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Puts a value behind all others. */
  put(owner: string, key: string, value: V): void {
    this.#delete(key);
    this.#entries.set(key, { owner, value });
    const keys = this.#keys.get(owner) ?? new Set();
    this.#keys.set(owner, keys.add(key));
    if (this.#entries.size > this.#max) this.#shrink();
  }

  *values(): Iterable<V> {
    for (const { value } of this.#entries.values()) yield value;
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    const keys = this.#keys.get(entry.owner)!;
    keys.delete(key);
    if (keys.size === 0) this.#keys.delete(entry.owner);
  }

  #shrink(): void {
    const most = [...this.#keys.values()].reduce((one, other) => (other.size > one.size ? other : one));
    for (const key of [...most].slice(0, Math.ceil(most.size / FORGET_SHARE))) this.#delete(key);
  }
}
