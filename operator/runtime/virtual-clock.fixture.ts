/** A clock that stands still until it is told to go on, so that a schedule is the same each time and takes no time. */
import type { Clock } from './clock.ts';

type Timer = { due: number; order: number; callback: () => void };

export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  now = (): number => this.#now;
  wallTime = (): number => Date.UTC(2030, 0, 1) + this.#now;

  after = (ms: number, callback: () => void): (() => void) => {
    const timer = { due: this.#now + Math.max(0, ms), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` milliseconds pass. Between timers everything that can go on without time does. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#next();
      if (!next || next.due > end) break;
      this.#now = next.due;
      this.#timers.delete(next);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  /** Lets time pass until `condition` holds; returns how much. Throws after `limit` milliseconds. */
  async until(condition: () => boolean, limit: number): Promise<number> {
    const start = this.#now;
    await settle();
    while (!condition()) {
      const next = this.#next();
      if (!next || next.due - start > limit) throw new Error(`not so after ${limit} ms`);
      await this.advance(next.due - this.#now);
    }
    return this.#now - start;
  }

  /** The process was stopped: time passes, and no timer fires before somebody lets it. */
  freeze(ms: number): void {
    this.#now += ms;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Lets all promises that can settle do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
