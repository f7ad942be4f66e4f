/**
 * What is in memory and not settled: batches that wait, and those that are being sent. Their end is entered in the ledger
 * here.
 */
import { COUNTER, type Counters, type FlowDrop } from '../ledger/ledger.ts';
import type { Batch } from '../otlp/batch.ts';

/** Batches smaller than this would not become much smaller. */
const MIN_COMPRESSED = 4_096;

/** A batch on its way. */
export type Entry = Omit<Batch, 'body'> & {
  /** The request's bytes, compressed or not. */
  body: Uint8Array;
  compressed: boolean;
  /** Bytes of the request, not compressed. */
  rawLength: number;
  /** When it was first sent; undefined before. */
  firstSent?: number;
  /** Not to be sent again before this time; 0 when it was not sent yet. */
  retryTime: number;
};

export class Queue {
  /** All that is not settled, oldest first. */
  readonly #held = new Set<Entry>();
  /** Those of them that are not being sent; those that wait for another try come first. */
  readonly #waiting: Entry[] = [];
  readonly #counters: Counters;
  #bytes = 0;
  /** Resolves when nothing is held. */
  #emptied: PromiseWithResolvers<void> | undefined;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /** Bytes of all that is held. */
  get bytes(): number {
    return this.#bytes;
  }

  add(batch: Batch): void {
    this.#waiting.push(this.#hold(batch));
  }

  /** Takes out the first that may be sent at `time`. */
  take(time: number): Entry | undefined {
    const index = this.#waiting.findIndex(({ retryTime }) => retryTime <= time);
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }

  /** Takes out the oldest that waits. */
  shift(): Entry | undefined {
    return this.#waiting.shift();
  }

  /** Lets one that was taken out wait again, before all others. */
  putBack(entry: Entry): void {
    this.#waiting.unshift(entry);
  }

  /** Puts parts in the place of one that was taken out. */
  replace(entry: Entry, parts: readonly Batch[]): void {
    const { firstSent } = entry;
    this.#waiting.unshift(...parts.map((part) => Object.assign(this.#hold(part), { firstSent })));
    this.#release(entry);
  }

  /** The oldest of those that wait and are not compressed, but for the first `skipped`, which are sent soon. */
  compressible(skipped: number): Entry | undefined {
    return this.#waiting.find(
      ({ compressed, rawLength }, index) => index >= skipped && !compressed && rawLength >= MIN_COMPRESSED,
    );
  }

  /** Keeps the body of one that waits compressed; if it is being sent, or settled, meanwhile, all stays as it is. */
  compress(entry: Entry, body: Uint8Array): void {
    if (!this.#waiting.includes(entry)) return;
    this.#bytes += body.byteLength - entry.body.byteLength;
    entry.release();
    Object.assign(entry, { body, compressed: true, release() {} });
  }

  /** When the first of those that wait may be sent; infinite when none waits. */
  get nextTime(): number {
    return this.#waiting.reduce((earliest, { retryTime }) => Math.min(earliest, retryTime), Number.POSITIVE_INFINITY);
  }

  /** Lets all that wait be sent at once. */
  hurry(): void {
    for (const entry of this.#waiting) entry.retryTime = 0;
  }

  drop(entry: Entry, reason: FlowDrop): void {
    this.#counters[COUNTER[`flowsDropped.${reason}`]] += entry.flows;
    this.#finish(entry);
  }

  /** The backend took it, but for `rejected` of its flows. */
  accept(entry: Entry, rejected: number): void {
    this.#counters[COUNTER.flowsExported] += entry.flows - rejected;
    this.#counters[COUNTER['flowsDropped.export_rejected']] += rejected;
    this.#counters[COUNTER.lastExportTime] = Date.now();
    this.#finish(entry);
  }

  updateGauges(): void {
    this.#counters[COUNTER.queueBytes] = this.#bytes;
    this.#counters[COUNTER.queueBatches] = this.#held.size;
    this.#counters[COUNTER.queueOldestTime] = this.#held.values().next().value?.sealedTime ?? 0;
  }

  whenEmpty(): Promise<void> {
    if (this.#held.size === 0) return Promise.resolve();
    this.#emptied ??= Promise.withResolvers();
    return this.#emptied.promise;
  }

  #hold(batch: Batch): Entry {
    const entry = { ...batch, compressed: false, rawLength: batch.body.byteLength, retryTime: 0 };
    this.#held.add(entry);
    this.#bytes += entry.rawLength;
    return entry;
  }

  #finish(entry: Entry): void {
    this.#counters[COUNTER.flowsInFlight] -= entry.flows;
    this.#release(entry);
    if (this.#held.size === 0) this.#emptied?.resolve();
  }

  #release(entry: Entry): void {
    this.#held.delete(entry);
    this.#bytes -= entry.body.byteLength;
    entry.release();
  }
}
