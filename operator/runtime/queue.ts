import type { BatchObservableResult } from '@opentelemetry/api';
import { type BackoffOptions, exponentialDelay } from '../../crds/common/backoff.ts';
import type { Clock } from './clock.ts';
import type { Metrics } from './metrics.ts';
import type { Key } from './resource.ts';

/**
 * As controller-runtime's; what was fixed elsewhere without an event is noticed after the longest wait at the latest.
 */
const RETRY: BackoffOptions = { initial: 5, max: 300_000 };

/**
 * A deduplicating work queue of keys. A key is either waiting once, or worked on by one worker, or both: a key added
 * while it is worked on waits until that is done. So reconciles of one object never overlap and none is lost.
 */
export class Queue {
  /** Keys to work on, in the order of their arrival, with that time. */
  readonly #waiting = new Map<Key, number>();
  /** Keys that were handed out, with that time. */
  readonly #working = new Map<Key, number>();
  /** Keys that are done and not to be handed out for a while, and how to end that. */
  readonly #resting = new Map<Key, () => void>();
  /** Keys that were added while they were worked on, or rested. */
  readonly #again = new Set<Key>();
  /** Keys that are added later: when, and how to call it off. */
  readonly #later = new Map<Key, { due: number; cancel(): void }>();
  readonly #failures = new Map<Key, number>();
  readonly #getters: ((key: Key | undefined) => void)[] = [];
  #closed: PromiseWithResolvers<void> | undefined;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #labels: { name: string; controller: string };

  constructor(name: string, clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#labels = { name, controller: name };
    metrics.queueAdds.add(0, this.#labels);
    metrics.queueRetries.add(0, this.#labels);
    metrics.queueDepth.record(0, this.#labels);
    metrics.meter.addBatchObservableCallback(this.#observe, [metrics.queueUnfinished, metrics.queueLongestRunning]);
  }

  /** Adds a key, unless it waits already. */
  add(key: Key): void {
    if (this.#closed || this.#waiting.has(key) || this.#again.has(key)) return;
    this.#metrics.queueAdds.add(1, this.#labels);
    if (this.#working.has(key) || this.#resting.has(key)) this.#again.add(key);
    else this.#enqueue(key);
  }

  /** Adds a key after `ms` milliseconds, or when it was to be added anyway if that is sooner. */
  addAfter(key: Key, ms: number): void {
    if (this.#closed) return;
    this.#metrics.queueRetries.add(1, this.#labels);
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const due = this.#clock.now() + ms;
    const planned = this.#later.get(key);
    if (planned && planned.due <= due) return;
    planned?.cancel();
    const cancel = this.#clock.after(ms, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { due, cancel });
  }

  /**
   * Adds a key that failed, after its backoff and not before `atLeast` milliseconds. Returns the wait in milliseconds.
   * There is no jitter: keys of one process are worked on one after the other anyway.
   */
  addRateLimited(key: Key, atLeast = 0): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const wait = Math.max(exponentialDelay(failures + 1, RETRY), atLeast);
    this.addAfter(key, wait);
    return wait;
  }

  /** The key's next failure counts as its first. To be called when it succeeded. */
  forget(key: Key): void {
    this.#failures.delete(key);
  }

  /** The next key to work on, when there is one; undefined after the end. `done` must follow. */
  async get(): Promise<Key | undefined> {
    if (this.#closed) return undefined;
    const [next] = this.#waiting;
    if (next) return this.#handOut(...next);
    return new Promise((resolve) => this.#getters.push(resolve));
  }

  /** The work on a key is over. It is not handed out for `rest` milliseconds: what comes meanwhile counts as one. */
  done(key: Key, rest = 0): void {
    const since = this.#working.get(key);
    if (since === undefined) return;
    this.#working.delete(key);
    this.#metrics.queueWork.record((this.#clock.now() - since) / 1_000, this.#labels);
    if (this.#closed) {
      if (this.#working.size === 0) this.#closed.resolve();
      return;
    }
    const wake = () => {
      this.#resting.delete(key);
      if (this.#again.delete(key)) this.#enqueue(key);
    };
    if (rest > 0) this.#resting.set(key, this.#clock.after(rest, wake));
    else wake();
  }

  /**
   * Hands out no more keys; what waits is dropped, since the next start looks at everything. Resolves when the keys
   * that are worked on are done.
   */
  shutDown(): Promise<void> {
    if (this.#closed) return this.#closed.promise;
    this.#closed = Promise.withResolvers();
    for (const { cancel } of this.#later.values()) cancel();
    this.#later.clear();
    for (const cancel of this.#resting.values()) cancel();
    this.#resting.clear();
    this.#waiting.clear();
    this.#again.clear();
    for (const resolve of this.#getters.splice(0)) resolve(undefined);
    const { meter, queueDepth, queueUnfinished, queueLongestRunning } = this.#metrics;
    queueDepth.record(0, this.#labels);
    meter.removeBatchObservableCallback(this.#observe, [queueUnfinished, queueLongestRunning]);
    if (this.#working.size === 0) this.#closed.resolve();
    return this.#closed.promise;
  }

  #enqueue(key: Key): void {
    const getter = this.#getters.shift();
    if (getter) {
      getter(this.#handOut(key, this.#clock.now()));
      return;
    }
    this.#waiting.set(key, this.#clock.now());
    this.#metrics.queueDepth.record(this.#waiting.size, this.#labels);
  }

  #handOut(key: Key, since: number): Key {
    const now = this.#clock.now();
    this.#waiting.delete(key);
    this.#working.set(key, now);
    this.#metrics.queueDepth.record(this.#waiting.size, this.#labels);
    this.#metrics.queueWait.record((now - since) / 1_000, this.#labels);
    return key;
  }

  readonly #observe = (result: BatchObservableResult): void => {
    const now = this.#clock.now();
    const times = [...this.#working.values()].map((since) => (now - since) / 1_000);
    const sum = times.reduce((total, time) => total + time, 0);
    result.observe(this.#metrics.queueUnfinished, sum, this.#labels);
    result.observe(this.#metrics.queueLongestRunning, Math.max(0, ...times), this.#labels);
  };
}
