/** Batches on disk that are in memory too, and those that were, and wait to be taken again. */
import type { Place, Segment } from './segment.ts';

/** A batch that is in memory too, to be told of with `done` or `back`. */
export type Taken = {
  place: Place;
  /** Its flows, while they count as spooled. */
  flows: number;
  /** Its file had to go meanwhile: it is in memory only. */
  gone: boolean;
};

export class TakenBatches {
  readonly #taken = new Set<Taken>();
  /** Places of batches that came back. */
  readonly #returned: Place[] = [];

  /** Whether there are some that came back. */
  get returned(): boolean {
    return this.#returned.length > 0;
  }

  /** Takes note of one that is in memory too. */
  add(place: Place): Taken {
    const taken = { place, flows: place.flows, gone: false };
    this.#taken.add(taken);
    return taken;
  }

  /** Whether the batch there is in memory too. */
  has(segment: Segment, offset: number): boolean {
    for (const { place } of this.#taken) if (place.segment === segment && place.offset === offset) return true;
    return false;
  }

  /** It is done. */
  delete(taken: Taken): void {
    this.#taken.delete(taken);
  }

  /** It is no longer in memory. What its file has passed is remembered: it would not be read again. */
  back(taken: Taken): void {
    const { segment, offset } = taken.place;
    this.#taken.delete(taken);
    if (!taken.gone && segment.hasPassed(offset)) this.#returned.push(taken.place);
  }

  /** Takes out the place of the first that came back. */
  shift(): Place | undefined {
    return this.#returned.shift();
  }

  /** Their file goes: from now on they are in memory only. Returns those that are. */
  lose(segment: Segment): Taken[] {
    const lost = [...this.#taken].filter(({ place }) => place.segment === segment);
    for (const taken of lost) taken.gone = true;
    for (let at = this.#returned.length - 1; at >= 0; at--) {
      if (this.#returned[at].segment === segment) this.#returned.splice(at, 1);
    }
    return lost;
  }
}
