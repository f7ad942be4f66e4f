/**
 * Makes room for what waits, off the receive path. Once batches pile up and the backend takes none, those that are not
 * sent soon are compressed, so that the same memory holds an outage that is eight times as long. With a spool they go
 * to disk when memory is half full, and in durable mode at once.
 */
import type { Spool } from '../spool/spool.ts';
import { compress } from './compress.ts';
import type { Entry } from './entry.ts';
import type { Queue } from './queue.ts';

/** Share of the memory from which on batches count as piled up. While the backend keeps up, none is compressed. */
const PILED_UP = 1 / 4;
/** Share from which on they go to disk: what comes meanwhile is not compressed, and takes eight times the room. */
const HALF_FULL = 1 / 2;
/** Share up to which there is room for those that come from the disk. */
const ROOM_FOR_LOADED = 7 / 8;
/** One is written while the next ones are compressed. */
const STORED_TOGETHER = 3;

export type KeeperOptions = {
  queue: Queue;
  /** The queue's bound in bytes. */
  memory: number;
  /** How many batches are sent soon: those in memory are not compressed, as many from the disk are kept at hand. */
  ready: number;
  spool: Spool | undefined;
  /** Whether the backend takes batches, be they fewer than come: then none waits for long. */
  takes: () => boolean;
  /** Called when a batch has left memory for the disk, or could not. */
  onStored: () => void;
  /** Called when a batch has come from the disk. */
  onLoaded: () => void;
};

export class Keeper {
  readonly #options: KeeperOptions;
  #tending: Promise<void> | undefined;
  #loading: Promise<void> | undefined;
  #tends = false;
  #loads = false;
  #closed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Starts what there is to do; to be called when the queue has grown. */
  tend(): void {
    if (!this.#tends) this.#tending = this.#makeRoom();
  }

  /** Brings the oldest batches from the disk, unless there are enough of them in memory. */
  load(): void {
    if (!this.#loads) this.#loading = this.#load();
  }

  /** Stores all that waits. What can't be stored waits on. */
  async close(): Promise<void> {
    const { queue, spool } = this.#options;
    this.#closed = true;
    await Promise.all([this.#tending, this.#loading]);
    if (spool === undefined) return;
    queue.leaveLoaded();
    for (let entry = queue.waiting.shift(); entry !== undefined; entry = queue.waiting.shift()) {
      if (!(await this.#store(entry))) break;
    }
    await spool.close();
  }

  async #makeRoom(): Promise<void> {
    const { queue, memory, ready, spool, takes } = this.#options;
    const storing = new Set<Promise<void>>();
    let stores = spool !== undefined;
    this.#tends = true;
    while (!this.#closed) {
      const full = stores && queue.bytes > memory * HALF_FULL;
      const stored = spool && (queue.waiting.takeIncoming() ?? (full ? queue.waiting.shift() : undefined));
      const piledUp = queue.bytes > memory * PILED_UP && !takes();
      const next = stored ?? (piledUp ? queue.waiting.compressible(ready) : undefined);
      if (stored) {
        const done = this.#store(stored).then((success) => {
          stores &&= success;
          storing.delete(done);
        });
        storing.add(done);
        if (storing.size >= STORED_TOGETHER) await Promise.race(storing);
      } else if (next) {
        const body = await compress(next.body);
        // It may have been sent, or be on its way.
        if (queue.waiting.has(next)) queue.compress(next, body);
      } else if (storing.size > 0) await Promise.race(storing);
      else break;
      queue.updateGauges();
    }
    // At once when nothing is being stored: who comes in between would not be heard.
    if (storing.size > 0) await Promise.all(storing);
    this.#tends = false;
  }

  async #load(): Promise<void> {
    const { queue, memory, ready, spool, onLoaded } = this.#options;
    const hasRoom = () => queue.waiting.fromDisk < ready && queue.bytes < memory * ROOM_FOR_LOADED;
    this.#loads = true;
    while (spool?.ready && !this.#closed && hasRoom()) {
      const batch = await spool.take();
      if (batch === undefined) break;
      queue.addLoaded(batch);
      onLoaded();
    }
    this.#loads = false;
  }

  /**
   * Writes one that was taken out of the queue; if that fails, it waits on, in memory. Resolves with whether it is on
   * disk. While there is room, it stays in memory as well, to be sent from there.
   */
  async #store(entry: Entry): Promise<boolean> {
    const { queue, memory, spool, onStored } = this.#options;
    // Its file may have gone since: then it is written again.
    if (!entry.taken || entry.taken.gone) {
      const { flows, spans, rawLength, sealedTime } = entry;
      const body = entry.compressed ? entry.body : await compress(entry.body);
      entry.taken = await spool!.append({ body, flows, spans, rawLength, sealedTime });
      // Where it failed it will wait for longer.
      if (!entry.taken && !entry.compressed) queue.compress(entry, body);
    }
    const { taken } = entry;
    if (taken && !taken.gone && (this.#closed || queue.bytes > memory * PILED_UP)) queue.leave(entry);
    else queue.waiting.putBack(entry);
    onStored();
    return taken !== undefined;
  }
}
