/** Batches that wait to be sent, or to be written to disk before that, and in which order they go. */
import type { Entry } from './entry.ts';

/** Batches smaller than this would not become much smaller. */
const MIN_COMPRESSED = 4_096;

export class Waiting {
  /** Those that wait for another try come first. */
  readonly #fromMemory: Entry[] = [];
  /** The same, for those that came from the disk. */
  readonly #fromDisk: Entry[] = [];
  /** Those that are to be written to disk before they are sent. */
  readonly #incoming: Entry[] = [];
  #diskNext = true;

  /** How many that came from the disk wait to be sent. */
  get fromDisk(): number {
    return this.#fromDisk.length;
  }

  /** Adds the newest. `durable`: it goes to disk before it is sent. */
  add(entry: Entry, durable = false): void {
    (durable ? this.#incoming : entry.loaded ? this.#fromDisk : this.#fromMemory).push(entry);
  }

  /** Adds parts of one that was taken out, before all others. `durable`: they go to disk before that, as they come. */
  addFirst(entries: readonly Entry[], durable: boolean): void {
    if (durable) this.#incoming.push(...entries);
    else this.#fromMemory.unshift(...entries);
  }

  /** Takes out all that came from the disk. */
  takeFromDisk(): Entry[] {
    return this.#fromDisk.splice(0);
  }

  /** Takes out the first that may be sent at `time`: in turn one that came from the disk, and one that did not. */
  take(time: number): Entry | undefined {
    const lists = this.#diskNext ? [this.#fromDisk, this.#fromMemory] : [this.#fromMemory, this.#fromDisk];
    for (const list of lists) {
      const index = list.findIndex(({ retryTime }) => retryTime <= time);
      if (index < 0) continue;
      this.#diskNext = list !== this.#fromDisk;
      return list.splice(index, 1)[0];
    }
    return undefined;
  }

  /** Takes out the oldest that waits and did not come from the disk. */
  shift(): Entry | undefined {
    return this.#fromMemory.shift() ?? this.#incoming.shift();
  }

  /** Takes out one that costs nothing to let go, as it is on disk too; else the oldest that waits. */
  spare(): Entry | undefined {
    const safe = this.#fromMemory.findIndex(({ taken }) => taken && !taken.gone);
    return this.#fromDisk.pop() ?? (safe < 0 ? this.shift() : this.#fromMemory.splice(safe, 1)[0]);
  }

  /** Takes out the oldest that is to be written before it is sent. */
  takeIncoming(): Entry | undefined {
    return this.#incoming.shift();
  }

  /**
   * Lets one that was taken out wait to be sent, before all others; each time that it has failed again, behind one
   * more: one alone that the backend does not take must not always be the one that is tried.
   */
  putBack(entry: Entry): void {
    const list = entry.loaded ? this.#fromDisk : this.#fromMemory;
    list.splice(Math.max(0, entry.attempts - 1), 0, entry);
  }

  /** The oldest of those that wait and are not compressed, but for the first `skipped`, which are sent soon. */
  compressible(skipped: number): Entry | undefined {
    return this.#fromMemory.find(
      ({ compressed, rawLength, taken }, index) =>
        index >= skipped && !compressed && !taken && rawLength >= MIN_COMPRESSED,
    );
  }

  /** Whether it waits, and did not come from the disk. */
  has(entry: Entry): boolean {
    return this.#fromMemory.includes(entry);
  }

  /** When the first of those that wait may be sent; infinite when none waits. */
  get nextTime(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const list of [this.#fromMemory, this.#fromDisk]) {
      for (const { retryTime } of list) earliest = Math.min(earliest, retryTime);
    }
    return earliest;
  }

  /** Lets all that wait be sent at once. */
  hurry(): void {
    for (const entry of [...this.#fromMemory, ...this.#fromDisk]) entry.retryTime = 0;
  }
}
