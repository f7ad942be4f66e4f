/**
 * What is in memory and not settled: batches that wait, and those that are being sent. Their end is entered in the
 * ledger here.
 */
import { COUNTER, type Counters, type FlowDrop } from '../ledger/ledger.ts';
import type { Batch } from '../otlp/batch.ts';
import type { Loaded, Spool, Taken } from '../spool/spool.ts';

/** Batches smaller than this would not become much smaller. */
const MIN_COMPRESSED = 4_096;

/** A batch on its way. */
export type Entry = Omit<Batch, 'body'> & {
  /** The request's bytes, compressed or not. */
  body: Uint8Array;
  compressed: boolean;
  /** Bytes of the request, not compressed. */
  rawLength: number;
  /** What it is on disk, if it is there too. */
  taken?: Taken;
  /** It came from there. */
  loaded: boolean;
  /** Of a part of a batch that is on disk: called when it is settled, or on disk itself. */
  onSafe?: () => void;
  /** How often it was sent. */
  attempts: number;
  /** When it was first sent; undefined before. */
  firstSent?: number;
  /** When it last failed; undefined before. */
  lastFailed?: number;
  /** Since when it has failed while others were taken; undefined while nothing is. */
  failedAloneSince?: number | undefined;
  /** Not to be sent again before this time; 0 when it was not sent yet. */
  retryTime: number;
};

export class Queue {
  /** All that is not settled, oldest first. */
  readonly #held = new Set<Entry>();
  /** Those of them that are neither being sent nor written; those that wait for another try come first. */
  readonly #waiting: Entry[] = [];
  /** The same, for those that came from the disk. */
  readonly #fromDisk: Entry[] = [];
  /** Those that are to be written to disk before they are sent. */
  readonly #incoming: Entry[] = [];
  readonly #counters: Counters;
  readonly #spool: Spool | undefined;
  #bytes = 0;
  #diskNext = true;

  constructor(counters: Counters, spool?: Spool) {
    this.#counters = counters;
    this.#spool = spool;
  }

  /** Bytes of all that is held. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#held.size;
  }

  /** How many that came from the disk wait to be sent. */
  get fromDisk(): number {
    return this.#fromDisk.length;
  }

  /** `durable`: it goes to disk before it is sent. */
  add(batch: Batch, durable = false): void {
    (durable ? this.#incoming : this.#waiting).push(this.#hold(batch));
    this.#counters[COUNTER.sealedBytes] += batch.body.byteLength;
  }

  /** Adds what was taken out of the spool. */
  addLoaded(batch: Loaded): void {
    const entry = { ...batch, loaded: true, compressed: true, attempts: 0, retryTime: 0, release() {} };
    this.#held.add(entry);
    this.#bytes += batch.body.byteLength;
    this.#fromDisk.push(entry);
  }

  /** Takes out the first that may be sent at `time`: in turn one that came from the disk, and one that did not. */
  take(time: number): Entry | undefined {
    const lists = this.#diskNext ? [this.#fromDisk, this.#waiting] : [this.#waiting, this.#fromDisk];
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
    return this.#waiting.shift() ?? this.#incoming.shift();
  }

  /** Takes out one that costs nothing to let go, as it is on disk too; else the oldest that waits. */
  spare(): Entry | undefined {
    const safe = this.#waiting.findIndex(({ taken }) => taken && !taken.gone);
    return this.#fromDisk.pop() ?? (safe < 0 ? this.shift() : this.#waiting.splice(safe, 1)[0]);
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
    const list = entry.loaded ? this.#fromDisk : this.#waiting;
    list.splice(Math.max(0, entry.attempts - 1), 0, entry);
  }

  /** Puts parts in the place of one that was taken out; if it is on disk, it stays there until they are safe. */
  replace(entry: Entry, parts: readonly Batch[]): void {
    const { firstSent, taken } = entry;
    const onDisk = taken !== undefined || entry.onSafe !== undefined;
    let left = parts.length;
    const onSafe = () => {
      if (--left > 0) return;
      if (taken) void this.#spool!.done(taken);
      entry.onSafe?.();
    };
    const entries = parts.map((part) => Object.assign(this.#hold(part), { firstSent, ...(onDisk && { onSafe }) }));
    if (taken) {
      this.#counters[COUNTER.flowsInFlight] += taken.flows;
      this.#counters[COUNTER.flowsSpooled] -= taken.flows;
      taken.flows = 0;
    }
    if (onDisk) this.#incoming.push(...entries);
    else this.#waiting.unshift(...entries);
    this.#forget(entry);
    entry.release();
  }

  /** The oldest of those that wait and are not compressed, but for the first `skipped`, which are sent soon. */
  compressible(skipped: number): Entry | undefined {
    return this.#waiting.find(
      ({ compressed, rawLength, taken }, index) =>
        index >= skipped && !compressed && !taken && rawLength >= MIN_COMPRESSED,
    );
  }

  /** Whether it waits, and did not come from the disk. */
  waits(entry: Entry): boolean {
    return this.#waiting.includes(entry);
  }

  /** Keeps the body of one that is not being sent compressed. */
  compress(entry: Entry, body: Uint8Array): void {
    this.#bytes += body.byteLength - entry.body.byteLength;
    this.#counters[COUNTER.uncompressedBytes] += entry.body.byteLength;
    this.#counters[COUNTER.compressedBytes] += body.byteLength;
    entry.release();
    Object.assign(entry, { body, compressed: true, release: () => {} });
  }

  /** When the first of those that wait may be sent; infinite when none waits. */
  get nextTime(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const list of [this.#waiting, this.#fromDisk]) {
      for (const { retryTime } of list) earliest = Math.min(earliest, retryTime);
    }
    return earliest;
  }

  /** Lets all that wait be sent at once. */
  hurry(): void {
    for (const entry of [...this.#waiting, ...this.#fromDisk]) entry.retryTime = 0;
  }

  drop(entry: Entry, reason: FlowDrop): void {
    this.#counters[COUNTER[`flowsDropped.${reason}`]] += entry.flows;
    this.#finish(entry);
  }

  /** It goes for want of room, or time: what is on disk stays there. Returns whether it is dropped. */
  shed(entry: Entry, reason: FlowDrop): boolean {
    if (entry.taken && !entry.taken.gone) this.leave(entry);
    else this.drop(entry, reason);
    return !entry.taken || entry.taken.gone;
  }

  /** The backend took it, but for `rejected` of its flows. */
  accept(entry: Entry, rejected: number): void {
    this.#counters[COUNTER.flowsExported] += entry.flows - rejected;
    this.#counters[COUNTER['flowsDropped.export_rejected']] += rejected;
    this.#counters[COUNTER.lastExportTime] = Date.now();
    this.#finish(entry);
  }

  /** It is on disk, and no longer here. */
  leave(entry: Entry): void {
    this.#spool!.back(entry.taken!);
    this.#forget(entry);
    entry.release();
    entry.onSafe?.();
  }

  /** Lets all go that came from the disk and are still there. */
  leaveLoaded(): void {
    for (const entry of this.#fromDisk.splice(0)) {
      if (entry.taken!.gone) this.#waiting.push(Object.assign(entry, { loaded: false }));
      else this.leave(entry);
    }
  }

  updateGauges(): void {
    this.#counters[COUNTER.queueBytes] = this.#bytes;
    this.#counters[COUNTER.queueBatches] = this.#held.size;
    this.#counters[COUNTER.queueOldestTime] = this.#held.values().next().value?.sealedTime ?? 0;
  }

  #hold(batch: Batch): Entry {
    const entry = {
      ...batch,
      compressed: false,
      loaded: false,
      rawLength: batch.body.byteLength,
      attempts: 0,
      retryTime: 0,
    };
    this.#held.add(entry);
    this.#bytes += entry.rawLength;
    return entry;
  }

  #finish(entry: Entry): void {
    const { taken } = entry;
    if (taken) {
      this.#counters[taken.gone ? COUNTER.flowsInFlight : COUNTER.flowsSpooled] -= taken.flows;
      taken.flows = 0;
      void this.#spool!.done(taken);
    } else this.#counters[COUNTER.flowsInFlight] -= entry.flows;
    this.#forget(entry);
    entry.release();
    entry.onSafe?.();
  }

  #forget(entry: Entry): void {
    this.#held.delete(entry);
    this.#bytes -= entry.body.byteLength;
  }
}
