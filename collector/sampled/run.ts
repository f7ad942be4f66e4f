/** Records that are made here, one behind the other, for as long as they are of one template. */
import type { Template } from '../decode/template.ts';
import { MAX_ADDED } from './expansion.ts';

/** The largest record that a packet can hold, and what is added to it; and another one. */
const CAPACITY = 2 * 65_536 + MAX_ADDED;

export class Run {
  /** The first record begins at 0. They are used again for the next run. */
  readonly bytes = new Uint8Array(CAPACITY);
  readonly view = new DataView(this.bytes.buffer);
  /** Where the record ends that was begun last. */
  end = 0;
  readonly #take: (template: Template, count: number) => void;
  #template: Template | undefined;
  #count = 0;

  /** `take` gets each run before the next one begins. */
  constructor(take: (template: Template, count: number) => void) {
    this.#take = take;
  }

  /** Begins a record of at most `size` bytes, in a new run where need be; returns where. */
  begin(template: Template, size: number): number {
    if (template !== this.#template || this.end + size > CAPACITY) {
      this.finish();
      this.#template = template;
    }
    this.#count++;
    return this.end;
  }

  /** Hands on what is there. */
  finish(): void {
    const template = this.#template;
    const count = this.#count;
    this.#template = undefined;
    this.#count = 0;
    this.end = 0;
    if (template) this.#take(template, count);
  }
}
