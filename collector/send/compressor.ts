/**
 * Makes room: once batches pile up, those that are not sent soon are compressed, one after another, so that the same
 * memory holds an outage that is eight times as long.
 */
import { compress } from './compress.ts';
import type { Queue } from './queue.ts';

/** Share of the memory from which on batches count as piled up. While the backend keeps up, none is compressed. */
const PILED_UP = 1 / 4;

export class Compressor {
  readonly #queue: Queue;
  readonly #memory: number;
  readonly #soon: number;
  #busy = false;

  /** `memory`: the queue's bound in bytes; `soon`: how many of the first are sent soon. */
  constructor(queue: Queue, memory: number, soon: number) {
    this.#queue = queue;
    this.#memory = memory;
    this.#soon = soon;
  }

  /** Starts what there is to do; to be called when the queue has grown. */
  async tend(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#queue.bytes > this.#memory * PILED_UP) {
      const entry = this.#queue.compressible(this.#soon);
      if (entry === undefined) break;
      this.#queue.compress(entry, await compress(entry.body));
      this.#queue.updateGauges();
    }
    this.#busy = false;
  }
}
