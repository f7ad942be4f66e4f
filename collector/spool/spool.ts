/**
 * The spool: batches that wait on disk. In come compressed batches, each acknowledged once it is written; out they go
 * again, the oldest first, and are marked when the backend has taken them. A worker has one, and is the only writer of
 * its files; what an earlier run left is adopted. It is bounded in bytes: when it is full its oldest file goes.
 */
import { open, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../crds/common/log.ts';
import { createTurns } from '../../crds/common/turns.ts';
import { COUNTER, type Counters } from '../ledger/ledger.ts';
import { RECORD_HEADER, SEGMENT_HEADER } from './format.ts';
import { type Found, type Place, Segment, type Stored, UnknownSegmentError } from './segment.ts';
import { type Taken, TakenBatches } from './taken.ts';

/** Largest file, so that a full spool loses little at once; and how many make up a spool at least. */
const MAX_SEGMENT = 16 * 2 ** 20;
const MIN_SEGMENTS = 8;
/** After a failure to write, the disk is left alone for this long. */
const REST_MS = 5_000;

export type SpoolOptions = {
  folder: string;
  /** The place of this worker among all: names of files begin with it. */
  worker: number;
  /** Most bytes on disk. */
  limit: number;
  /** What is acknowledged is on the disk itself, not only in the system's cache: it survives the machine's end. */
  sync: boolean;
  counters: Counters;
  log: Log;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
};

/** What was taken out of the spool. */
export type Loaded = Stored & { taken: Taken };

export class Spool {
  readonly #options: SpoolOptions;
  readonly #inTurn = createTurns();
  /** Oldest first; the last is the one that is written to, if there is one. */
  readonly #segments: Segment[] = [];
  readonly #taken = new TakenBatches();
  #active: Segment | undefined;
  #files = 0;
  /** Batches that are done, but not yet marked so. */
  #settled = 0;
  #restUntil = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** Whether there may be something to take. */
  get ready(): boolean {
    return this.#taken.returned || this.#segments.some(({ read }) => !read);
  }

  /** Batches that are not done, those taken out included. */
  get records(): number {
    return Math.max(
      0,
      this.#segments.reduce((total, { records }) => total + records, -this.#settled),
    );
  }

  get #bytes(): number {
    return this.#segments.reduce((total, { size }) => total + size, 0);
  }

  /**
   * Writes a batch, which stays in memory as one that was taken; resolves with undefined when it is not acknowledged.
   * Its flows then count as spooled and no longer as in flight.
   */
  append(batch: Stored): Promise<Taken | undefined> {
    const { counters, limit, sync, now = () => performance.now() } = this.#options;
    return this.#inTurn(async () => {
      const length = RECORD_HEADER + batch.body.byteLength;
      if (SEGMENT_HEADER + length > limit || now() < this.#restUntil) return undefined;
      let place: Place;
      try {
        await this.#makeRoom(length);
        place = await (await this.#writable(length)).append(batch, sync);
      } catch (error) {
        this.#restUntil = now() + REST_MS;
        this.#fail('the spool can’t be written to', this.#options.folder, error);
        return undefined;
      }
      counters[COUNTER.flowsInFlight] -= batch.flows;
      counters[COUNTER.flowsSpooled] += batch.flows;
      this.#updateGauges();
      return this.#taken.add(place);
    });
  }

  /** The oldest batch that is not taken; undefined when there is none. */
  take(): Promise<Loaded | undefined> {
    return this.#inTurn(async () => {
      for (;;) {
        const found = await this.#nextFound();
        if (found === undefined) return undefined;
        const { body, flows, spans, rawLength, sealedTime } = found;
        if (body) return { body, flows, spans, rawLength, sealedTime, taken: this.#taken.add(found) };
        await this.#lose(found);
      }
    });
  }

  /** It need not be kept: the backend has taken it, or it was given up. */
  done(taken: Taken): Promise<void> {
    this.#settled++;
    // Not in turn: a run that is killed before this is written sends the batch twice.
    const marked = taken.gone ? undefined : this.#mark(taken.place);
    return this.#inTurn(async () => {
      await marked;
      this.#settled--;
      this.#taken.delete(taken);
      if (!taken.gone) await this.#finish(taken.place);
    });
  }

  /** It is no longer in memory, and is to be taken again. */
  back(taken: Taken): void {
    this.#taken.back(taken);
  }

  /** Takes over a file of an earlier run. One that can't be read is left alone. */
  adopt(path: string): Promise<void> {
    const { counters, log } = this.#options;
    return this.#inTurn(async () => {
      try {
        const segment = await Segment.adopt(path);
        if (segment.torn) counters[COUNTER.spoolTorn]++;
        counters[COUNTER.flowsAdopted] += segment.flows;
        counters[COUNTER.flowsSpooled] += segment.flows;
        const later = this.#segments.findIndex(
          (other) => other === this.#active || other.oldestTime > segment.oldestTime,
        );
        this.#segments.splice(later < 0 ? this.#segments.length : later, 0, segment);
        log.info('flows of an earlier run wait on disk', { path, flows: segment.flows, torn: segment.torn });
        await this.#tidy(segment);
        await this.#makeRoom(0);
      } catch (error) {
        if (!(error instanceof UnknownSegmentError)) counters[COUNTER.spoolFailures]++;
        log.error('a file in the spool can’t be read: it is left where it is', { path, error: String(error) });
      }
      this.#updateGauges();
    });
  }

  /** To be called when nothing is taken any more. What is not done stays for the next run. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#active = undefined;
      for (const segment of [...this.#segments]) {
        if (segment.records === 0) await this.#remove(segment);
        else await segment.close().catch((error) => this.#fail('the spool can’t be written to', segment.path, error));
      }
      await rmdir(this.#options.folder).catch(() => {});
    });
  }

  async #nextFound(): Promise<Found | undefined> {
    for (let place = this.#taken.shift(); place; place = this.#taken.shift()) {
      const { segment, offset } = place;
      const found = await this.#read(segment, () => segment.at(offset));
      if (found) return found;
    }
    for (const segment of [...this.#segments]) {
      const found = await this.#read(segment, () => segment.next((offset) => this.#taken.has(segment, offset)));
      if (found) return found;
      if (this.#segments.includes(segment)) await this.#tidy(segment);
    }
    return undefined;
  }

  /** What can't be read is given up, with the whole file. */
  async #read(segment: Segment, read: () => Promise<Found | undefined>): Promise<Found | undefined> {
    try {
      return await read();
    } catch (error) {
      this.#fail('a file in the spool can’t be read: what is left in it is dropped', segment.path, error);
      await this.#giveUp(segment, 'spool_damaged');
      return undefined;
    }
  }

  async #lose(found: Found): Promise<void> {
    const { counters, log } = this.#options;
    counters[COUNTER['flowsDropped.spool_damaged']] += found.flows;
    counters[COUNTER.flowsSpooled] -= found.flows;
    log.error('a batch on disk is damaged: its flows are dropped', { path: found.segment.path, flows: found.flows });
    await this.#mark(found);
    await this.#finish(found);
  }

  async #mark(place: Place): Promise<void> {
    try {
      await place.segment.mark(place);
    } catch (error) {
      this.#fail('the spool can’t be written to', place.segment.path, error);
    }
  }

  async #finish(place: Place): Promise<void> {
    place.segment.settle(place);
    await this.#tidy(place.segment);
    this.#updateGauges();
  }

  /** Removes a file that holds nothing any more and gets nothing more. */
  async #tidy(segment: Segment): Promise<void> {
    if (segment.records === 0 && segment !== this.#active) await this.#remove(segment);
  }

  async #remove(segment: Segment): Promise<void> {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    if (segment === this.#active) this.#active = undefined;
    try {
      await segment.remove();
    } catch (error) {
      this.#fail('a file of the spool can’t be deleted', segment.path, error);
    }
  }

  /** Lets the oldest files go until `length` more bytes fit. */
  async #makeRoom(length: number): Promise<void> {
    const { limit, log } = this.#options;
    while (this.#segments.length > 0 && this.#bytes + SEGMENT_HEADER + length > limit) {
      const flows = await this.#giveUp(this.#segments[0], 'spool_full');
      if (flows > 0) log.warn('the spool is full: the oldest flows are dropped', { flows, limit });
    }
  }

  /** Lets a file go; what is in memory too stays there. Resolves with the flows that are dropped. */
  async #giveUp(segment: Segment, reason: 'spool_full' | 'spool_damaged'): Promise<number> {
    const { counters } = this.#options;
    let lost = segment.flows;
    for (const taken of this.#taken.lose(segment)) {
      lost -= taken.place.flows;
      counters[COUNTER.flowsSpooled] -= taken.flows;
      counters[COUNTER.flowsInFlight] += taken.flows;
    }
    await this.#remove(segment);
    counters[COUNTER.flowsSpooled] -= lost;
    counters[COUNTER[`flowsDropped.${reason}`]] += lost;
    this.#updateGauges();
    return lost;
  }

  async #writable(length: number): Promise<Segment> {
    const { folder, worker, limit, sync } = this.#options;
    const most = Math.min(MAX_SEGMENT, limit / MIN_SEGMENTS);
    if (this.#active && this.#active.size + length > most) {
      const full = this.#active;
      this.#active = undefined;
      await this.#tidy(full);
    }
    if (this.#active === undefined) {
      this.#active = await Segment.create(join(folder, `${worker}-${++this.#files}.spool`));
      this.#segments.push(this.#active);
      if (sync) await syncFolder(folder);
    }
    return this.#active;
  }

  #fail(message: string, path: string, error: unknown): void {
    this.#options.counters[COUNTER.spoolFailures]++;
    this.#options.log.error(message, { path, error: String(error) });
  }

  #updateGauges(): void {
    const { counters } = this.#options;
    counters[COUNTER.spoolBytes] = this.#bytes;
    counters[COUNTER.spoolBatches] = this.records;
    counters[COUNTER.spoolOldestTime] = this.#segments.find(({ records }) => records > 0)?.oldestTime ?? 0;
  }
}

/** Until then a new file may be missing after the machine's end, whatever was synced in it (fsync(2)). */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
