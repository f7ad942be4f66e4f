import type { Clock } from './clock.ts';

/** One time of leading. */
export type Term = {
  /** Aborts when the term ends, whatever ends it. All work must stop. */
  signal: AbortSignal;
  /** Looks at the clock: false as soon as the term is over, even when the process slept through it. See `fenced`. */
  valid(): boolean;
  /**
   * The same, but also while the work of a term that was told to end is brought to a close: the lease is still ours.
   */
  held(): boolean;
};

/** A term that ends when it was not renewed for `deadline` milliseconds, or when it is told to. */
export class RenewableTerm implements Term {
  readonly #clock: Clock;
  readonly #deadline: number;
  readonly #controller = new AbortController();
  #renewed = 0;
  #disarm = () => {};

  constructor(clock: Clock, deadline: number, since: number) {
    this.#clock = clock;
    this.#deadline = deadline;
    this.renew(since);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly valid = (): boolean => !this.signal.aborted && this.held();

  readonly held = (): boolean => this.#clock.now() < this.#renewed + this.#deadline;

  /** The lease is known to have been ours at `time`, by the clock's `now`. */
  renew(time: number): void {
    this.#renewed = time;
    this.#disarm();
    const left = Math.max(0, time + this.#deadline - this.#clock.now());
    this.#disarm = this.#clock.after(left, () => this.end('the lease could not be renewed in time'));
  }

  /** The lease is somebody else's. */
  lose(): void {
    this.#renewed = Number.NEGATIVE_INFINITY;
    this.end('another process holds the lease');
  }

  end(reason: string): void {
    this.#disarm();
    this.#controller.abort(new DOMException(reason, 'AbortError'));
  }
}
