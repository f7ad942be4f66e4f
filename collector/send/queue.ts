/**
 * What is in memory and not settled: batches that wait, and those that are being sent. Their end is entered in the
 * ledger here.
 */
import { COUNTER, type Counters, type FlowDrop } from '../ledger/ledger.ts';
import type { Batch } from '../otlp/batch.ts';
import type { Loaded, Spool } from '../spool/spool.ts';
import type { Entry } from './entry.ts';
import { Waiting } from './waiting.ts';

export class Queue {
  /** All that is not settled, oldest first. */
  readonly #held = new Set<Entry>();
  /** Those of them that are neither being sent nor written. */
  readonly waiting = new Waiting();
  readonly #counters: Counters;
  readonly #spool: Spool | undefined;
  #bytes = 0;

  constructor(counters: Counters, spool?: Spool) {
    this.#counters = counters;
    this.#spool = spool;
  }

  /** Bytes of all that is held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many are held. */
  get size(): number {
    return this.#held.size;
  }

  /** `durable`: it goes to disk before it is sent. */
  add(batch: Batch, durable = false): void {
    this.waiting.add(this.#hold(batch), durable);
    this.#counters[COUNTER.sealedBytes] += batch.body.byteLength;
  }

  /** Adds what was taken out of the spool. */
  addLoaded(batch: Loaded): void {
    const entry = { ...batch, loaded: true, compressed: true, attempts: 0, retryTime: 0, release() {} };
    this.#held.add(entry);
    this.#bytes += batch.body.byteLength;
    this.waiting.add(entry);
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
    this.waiting.addFirst(entries, onDisk);
    this.#forget(entry);
    entry.release();
  }

  /** Keeps the body of one that is not being sent compressed. */
  compress(entry: Entry, body: Uint8Array): void {
    this.#bytes += body.byteLength - entry.body.byteLength;
    this.#counters[COUNTER.uncompressedBytes] += entry.body.byteLength;
    this.#counters[COUNTER.compressedBytes] += body.byteLength;
    entry.release();
    Object.assign(entry, { body, compressed: true, release: () => {} });
  }

  /** It is given up. */
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
    for (const entry of this.waiting.takeFromDisk()) {
      if (entry.taken!.gone) this.waiting.add(Object.assign(entry, { loaded: false }));
      else this.leave(entry);
    }
  }

  /** Tells the ledger how much is held. */
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
