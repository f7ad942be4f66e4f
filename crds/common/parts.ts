/**
 * Values that may have to go, by whose they are. In: values, each with a weight. Out: those that go for so much weight:
 * the oldest of who has most, until those who have most have the same; or all of one after the other.
 */

/** Sums of parts are as exact as this. */
export const EXACT = 1e-7;

/** What is of one owner. */
type Part<V> = { values: V[]; weight: number; usedAt: number };

export class Parts<K, V> {
  readonly #parts = new Map<K, Part<V>>();
  readonly #weightOf: (value: V) => number;
  readonly #usedAt: (value: V) => number;
  readonly #orderOf: ((key: K) => number) | undefined;

  /** Of parts that are alike the first in the order of `orderOf` goes first, else the one not used for longest. */
  constructor(
    weightOf: (value: V) => number,
    usedAt: (value: V) => number,
    orderOf?: ((key: K) => number) | undefined,
  ) {
    this.#weightOf = weightOf;
    this.#usedAt = usedAt;
    this.#orderOf = orderOf;
  }

  add(key: K, value: V): void {
    const part = this.#parts.get(key) ?? { values: [], weight: 0, usedAt: Number.NEGATIVE_INFINITY };
    this.#parts.set(key, part);
    part.values.push(value);
    part.weight += this.#weightOf(value);
    part.usedAt = Math.max(part.usedAt, this.#usedAt(value));
  }

  /** Takes values of so much weight from the largest parts, until they are alike, or small: then it may be less. */
  takeLargest(weight: number, small: number): V[] {
    const level = Math.max(levelBelow([...this.#parts.values()], weight), small);
    const largest = this.#inOrder().sort((one, other) => other.weight - one.weight);
    return this.#take(largest, weight, level);
  }

  /** Takes values of so much weight, or all, from one part after the other. */
  takeRest(weight: number): V[] {
    return this.#take(this.#inOrder(), weight, 0);
  }

  #inOrder(): Part<V>[] {
    const order = this.#orderOf;
    const parts = [...this.#parts].sort(([a, one], [b, other]) =>
      order ? order(a) - order(b) : one.usedAt - other.usedAt,
    );
    return parts.map(([, part]) => part);
  }

  #take(parts: readonly Part<V>[], weight: number, level: number): V[] {
    const taken: V[] = [];
    let missing = weight;
    for (const part of parts) {
      if (missing <= EXACT) break;
      const before = part.weight;
      taken.push(...this.#oldest(part, Math.min(missing, before - level)));
      missing -= before - part.weight;
    }
    return taken;
  }

  /** Takes from a part what was used longest ago, of so much weight. */
  #oldest(part: Part<V>, weight: number): V[] {
    if (weight <= EXACT) return [];
    part.values.sort((a, b) => this.#usedAt(a) - this.#usedAt(b));
    let taken = 0;
    let count = 0;
    while (taken < weight - EXACT && count < part.values.length) taken += this.#weightOf(part.values[count++]);
    part.weight -= taken;
    return part.values.splice(0, count);
  }
}

/** The level to which those above it must come down, so that they lose so much in all; 0 when that is not enough. */
function levelBelow(parts: readonly { weight: number }[], excess: number): number {
  const weights = parts.map(({ weight }) => weight).sort((a, b) => b - a);
  let sum = 0;
  for (const [index, weight] of weights.entries()) {
    sum += weight;
    const level = (sum - excess) / (index + 1);
    if (level >= (weights[index + 1] ?? 0)) return Math.max(0, level);
  }
  return 0;
}
