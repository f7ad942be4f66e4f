/** Texts as numbers, for the keys of series. Bounded: what comes from the network must not fill the memory. */
import { clip } from '../../crds/common/text.ts';

/** Texts of one worker; then its series begin anew. */
const MAX_TEXTS = 65_536;
/** Longest text, in characters. */
const MAX_TEXT = 256;

/** What there is instead of a number: no text, or no room for one more. */
export const NO_NAME = -2;
export const NO_ROOM = -1;

export class Texts {
  readonly #all: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of a text; `NO_ROOM` when there are too many. */
  numberOf(whole: string): number {
    const text = clip(whole, MAX_TEXT);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    if (this.isFull) return NO_ROOM;
    const number = this.#all.push(text) - 1;
    this.#numbers.set(text, number);
    return number;
  }

  textOf(number: number): string {
    return this.#all[number];
  }

  get isFull(): boolean {
    return this.#all.length >= MAX_TEXTS;
  }
}
