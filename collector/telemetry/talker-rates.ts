/** Who has most of the bytes lately: what all workers tell of it, together. */
import { TALKERS, type TalkerCounts, type TalkerKind } from '../aggregate/top-talkers.ts';

/** One of them, by its attributes: scaled, and by how much the rate may be too low. */
export type Talker = Record<string, string | number> & { bytesPerSecond: number; error: number };
/** The first of each list has most; both directions of a conversation are one. `seconds`: over how long. */
export type TopTalkers = { seconds: number } & Record<TalkerKind, Talker[]>;

type Told = { seconds: number; counts: readonly TalkerCounts[] };
type Value = string | number | null;

export class TalkerRates {
  /** By worker, what it told last. */
  readonly #told = new Map<number, Told>();

  /** Takes what a worker counted in the last seconds. */
  take(worker: number, told: Told): void {
    this.#told.set(worker, told);
  }

  /** So many of each kind. */
  top(count: number): TopTalkers {
    const all = [...this.#told.values()];
    const lists = Object.keys(TALKERS).map((kind) => [kind, topOf(kind as TalkerKind, all, count)] as const);
    const seconds = Math.max(0, ...all.map(({ seconds }) => seconds));
    return { seconds: Math.round(seconds), ...(Object.fromEntries(lists) as Record<TalkerKind, Talker[]>) };
  }
}

function topOf(kind: TalkerKind, all: readonly Told[], count: number): Talker[] {
  const rates = new Map<string, number>();
  let error = 0;
  for (const { seconds, counts } of all) {
    const told = counts.find((one) => one.kind === kind);
    if (!told || seconds <= 0) continue;
    error += told.error / seconds;
    for (const [index, text] of told.talkers.entries()) {
      const key = kind === 'conversations' ? bothWays(text) : text;
      rates.set(key, (rates.get(key) ?? 0) + told.bytes[index] / seconds);
    }
  }
  const first = [...rates].sort(([, a], [, b]) => b - a).slice(0, count);
  return first.map(([key, rate]) => ({
    ...attributesOf(TALKERS[kind], JSON.parse(key)),
    bytesPerSecond: Math.round(rate),
    error: Math.round(kind === 'conversations' ? 2 * error : error),
  }));
}

/** The same for both directions. */
function bothWays(text: string): string {
  const [a, b]: Value[] = JSON.parse(text);
  return JSON.stringify(String(a) < String(b) ? [a, b] : [b, a]);
}

function attributesOf(names: readonly string[], values: readonly Value[]): Record<string, string | number> {
  return Object.fromEntries(values.flatMap((value, index) => (value === null ? [] : [[names[index], value]])));
}
