/**
 * How many requests may be under way, and when the next may start. While they fail retryably, one at a time probes the
 * backend, after a delay that grows; the first success lets all go on. Once an outage costs flows, a probe starts each
 * second, also beside one that hangs, unless the backend has asked for a longer wait.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { retryDelay } from './retry.ts';

/** Longest time between two probes while flows are being lost. */
const PROBE_MS = 1_000;

/** In this time a backend that takes batches takes more than are under way at once. */
const ROUND_MS = 100;

export type PaceOptions = {
  retry: CollectorConfig['otlp']['retry'];
  concurrency: number;
  random: () => number;
};

export class Pace {
  /** Retryable failures in a row. */
  failures = 0;
  /** When a request last succeeded. */
  lastSuccess = Number.NEGATIVE_INFINITY;
  readonly #options: PaceOptions;
  /** While failing, nothing is sent before this time. */
  #blockedUntil = 0;
  /** The backend asked for nothing before this time. */
  #wishedUntil = 0;
  #losing = false;
  /** When the last requests succeeded, one more than are under way at once; the oldest first. */
  readonly #successes: number[] = [];

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** How many more requests may start at `time`, beside those that are under way. */
  room(time: number, underWay: number): number {
    const { concurrency } = this.#options;
    if (this.failures === 0) return concurrency - underWay;
    if (time < this.#blockedUntil) return 0;
    return this.#losing ? Math.min(1, concurrency - underWay) : 1 - underWay;
  }

  /** Whether the backend takes batches at `time`, be they fewer than come. */
  takes(time: number): boolean {
    return this.#successes.length > this.#options.concurrency && time - this.#successes[0] < ROUND_MS;
  }

  /** When there may be room again; a time that has passed when that depends on those under way. */
  get nextTime(): number {
    return this.failures === 0 ? 0 : this.#blockedUntil;
  }

  started(time: number): void {
    if (this.failures > 0 && this.#losing) this.#blockedUntil = Math.max(this.#blockedUntil, time + PROBE_MS);
  }

  /**
   * A request failed retryably at `time`; returns how long it must wait for another try. `before`: what `failures` was
   * when it started: requests that were under way together fail together, and count as one failure. `wish`: the wait
   * that the backend asked for.
   */
  failed(before: number, time: number, wish = 0): number {
    this.failures = Math.max(this.failures, before + 1);
    const { retry, random } = this.#options;
    const hurried = { initialInterval: Math.min(retry.initialInterval, PROBE_MS), maxInterval: PROBE_MS };
    const delay = retryDelay(this.failures, this.#losing ? { ...retry, ...hurried } : retry, random, wish);
    this.#blockedUntil = time + delay;
    if (wish > 0) this.#wishedUntil = time + Math.min(wish, delay);
    return delay;
  }

  succeeded(time: number): void {
    this.lastSuccess = time;
    this.#successes.push(time);
    if (this.#successes.length > this.#options.concurrency + 1) this.#successes.shift();
    this.failures = 0;
    this.#losing = false;
    this.#wishedUntil = 0;
  }

  /** Flows are lost, or go where there is less room for them, while the backend is away. */
  lose(time: number): void {
    this.#losing = true;
    this.#blockedUntil = Math.max(this.#wishedUntil, Math.min(this.#blockedUntil, time + PROBE_MS));
  }

  /** Lets the next request start at once, whatever the backend asked for. */
  hurry(): void {
    this.failures = Math.min(this.failures, 1);
    this.#blockedUntil = this.#wishedUntil = 0;
  }
}
