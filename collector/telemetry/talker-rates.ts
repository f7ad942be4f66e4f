/** Who has most of the bytes lately: what all workers tell of it, together. */
import { TALKERS, type TalkerCounts, type TalkerKind } from '../aggregate/top-talkers.ts';

/** One of them, by its attributes: scaled, and by how many bytes a second the rate may be too low. */
export type Talker = Record<string, string | number> & {
  bytesPerSecond: number;
  packetsPerSecond: number;
  error: number;
};
/**
 * The first of each list has most; both directions of a conversation are one. `seconds`: over how long. Services are
 * empty unless flows are drawn between services.
 */
export type TopTalkers = { seconds: number } & Record<TalkerKind, Talker[]>;

/** What came to something. */
export type Volume = { bytes: number; packets: number };

/** What a worker counted in so many seconds: it begins anew now and then. */
type Told = { seconds: number; counts: readonly TalkerCounts[] };
type Value = string | number | null;

/** More ports or services are not told apart between two readings of what came. */
const MAX_CAME = 1_000;

export class TalkerRates {
  /** By worker, what it told last. */
  readonly #told = new Map<number, Told>();
  #came = new Map<string, Volume>();

  /** Takes what a worker counted in the last seconds. */
  take(worker: number, told: Told): void {
    const before = this.#told.get(worker);
    this.#told.set(worker, told);
    this.#add(told, before && before.seconds < told.seconds ? before : undefined);
  }

  /** So many of each kind. */
  top(count: number): TopTalkers {
    const all = [...this.#told.values()];
    const lists = Object.keys(TALKERS).map((kind) => [kind, topOf(kind as TalkerKind, all, count)] as const);
    const seconds = Math.max(0, ...all.map(({ seconds }) => seconds));
    return { seconds: Math.round(seconds), ...(Object.fromEntries(lists) as Record<TalkerKind, Talker[]>) };
  }

  /** What came since the last time to the services with most bytes, else to the ports, by `https` or `443 tcp`. */
  takeServices(): Map<string, Volume> {
    const came = this.#came;
    this.#came = new Map();
    return came;
  }

  #add(told: Told, before: Told | undefined): void {
    const list = listOf(told, 'services') ?? listOf(told, 'ports');
    if (!list) return;
    const former = volumesOf(before && listOf(before, list.kind));
    for (const [text, { bytes, packets }] of volumesOf(list)) {
      const label = JSON.parse(text)
        .filter((value: Value) => value !== null)
        .join(' ');
      const known = this.#came.get(label) ?? { bytes: 0, packets: 0 };
      if (!this.#came.has(label) && this.#came.size >= MAX_CAME) continue;
      const was = former.get(text);
      known.bytes += Math.max(0, bytes - (was?.bytes ?? 0));
      known.packets += Math.max(0, packets - (was?.packets ?? 0));
      this.#came.set(label, known);
    }
  }
}

function listOf({ counts }: Told, kind: TalkerKind): TalkerCounts | undefined {
  return counts.find((one) => one.kind === kind);
}

function volumesOf(list: TalkerCounts | undefined): Map<string, Volume> {
  return new Map(
    list?.talkers.map((text, index) => [text, { bytes: list.bytes[index], packets: list.packets[index] }]),
  );
}

function topOf(kind: TalkerKind, all: readonly Told[], count: number): Talker[] {
  const rates = new Map<string, Volume>();
  let error = 0;
  for (const told of all) {
    const { seconds } = told;
    const list = listOf(told, kind);
    if (!list || seconds <= 0) continue;
    error += list.error / seconds;
    for (const [text, { bytes, packets }] of volumesOf(list)) {
      const key = kind === 'conversations' ? bothWays(text) : text;
      const known = rates.get(key) ?? { bytes: 0, packets: 0 };
      rates.set(key, { bytes: known.bytes + bytes / seconds, packets: known.packets + packets / seconds });
    }
  }
  const first = [...rates].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, count);
  return first.map(([key, { bytes, packets }]) => ({
    ...attributesOf(TALKERS[kind], JSON.parse(key)),
    bytesPerSecond: Math.round(bytes),
    packetsPerSecond: Math.round(packets * 10) / 10,
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
