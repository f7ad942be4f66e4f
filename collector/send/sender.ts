/**
 * The sender: sends what the encoder has sealed. In come batches, each a complete OTLP request; out go requests over
 * gRPC or HTTP, and every flow of every batch ends in the ledger, as exported or as dropped for a reason.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { COUNTER, type Counters, countInBucket, EXPORT_DURATION } from '../ledger/ledger.ts';
import type { Batch } from '../otlp/batch.ts';
import type { Spool } from '../spool/spool.ts';
import { decompress } from './compress.ts';
import type { Entry } from './entry.ts';
import { Keeper } from './keeper.ts';
import type { Transport } from './outcome.ts';
import { Pace } from './pace.ts';
import { Queue } from './queue.ts';
import { MAX_TIMER_MS } from './request.ts';
import { settle } from './settle.ts';

export type Sender = {
  /** Takes a batch over. It is released when it has been sent, written to disk or given up. */
  push(batch: Batch): void;
  /** Takes over a file of the spool of an earlier run. */
  adopt(path: string): void;
  /** Sends what is queued for at most `graceMs`; what is left then goes to the spool, or without one is dropped. */
  drain(graceMs: number): Promise<void>;
};

/** Of the time for draining, what is kept for writing to disk. */
const STORING_SHARE = 1 / 4;

export type SenderOptions = {
  transport: Transport;
  config: Pick<CollectorConfig['otlp'], 'timeout' | 'retry' | 'queue' | 'concurrency'>;
  counters: Counters;
  log: Log;
  /** Where batches go that find no room in memory. */
  spool?: Spool | undefined;
  /** Called with what the backend, or the network, says when a request fails. */
  onFailure?: (error: string) => void;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
  random?: () => number;
  /** Calls back after some milliseconds; returns a function that cancels that. */
  setTimer?: (callback: () => void, delayMs: number) => () => void;
};

/**
 * A queue bounded in bytes, from which `concurrency` requests are under way at once. What a failure does to those that
 * follow is the pace's to say, what it does to the batch is settled by itself.
 */
export function createSender({
  transport,
  config,
  counters,
  log,
  spool,
  onFailure = () => {},
  now = () => performance.now(),
  random = Math.random,
  setTimer = (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
}: SenderOptions): Sender {
  const { retry, concurrency } = config;
  const { memory, durable } = config.queue;
  const queue = new Queue(counters, spool);
  const pace = new Pace({ retry, concurrency, random });
  const takes = () => pace.takes(now());
  const keeper = new Keeper({ queue, memory, ready: concurrency, spool, takes, onStored, onLoaded: pump });
  let underWay = 0;
  let cancelTimer = () => {};
  let closed = false;
  /** Resolves when there is nothing left to wait for. */
  let drained: PromiseWithResolvers<void> | undefined;
  /** Resolves when no request is under way. */
  let idle: PromiseWithResolvers<void> | undefined;

  function push(batch: Batch): void {
    queue.add(batch, durable);
    if (closed) dropWaiting();
    pump();
    while (queue.bytes > memory) {
      const spare = queue.waiting.spare();
      if (spare === undefined) break;
      pace.lose(now());
      if (queue.shed(spare, 'queue_full')) {
        log.warn('the export queue is full: the oldest flows are dropped', { limit: memory });
      }
    }
    pump();
    keeper.tend();
    queue.updateGauges();
  }

  /** While the backend is away, the spool fills. */
  function onStored(): void {
    if (pace.failures > 0) pace.lose(now());
    pump();
  }

  /** Starts what may be sent now, and sets the timer for what may be sent later. */
  function pump(): void {
    cancelTimer();
    cancelTimer = () => {};
    if (closed) return;
    const time = now();
    while (pace.room(time, underWay) > 0) {
      const entry = queue.waiting.take(time);
      if (entry === undefined) break;
      void send(entry, time);
    }
    keeper.load();
    const wakeTime = Math.max(queue.waiting.nextTime, pace.nextTime);
    if (wakeTime > time && wakeTime < Number.POSITIVE_INFINITY) {
      cancelTimer = setTimer(pump, Math.min(Math.ceil(wakeTime - time), MAX_TIMER_MS));
    }
    const nothingLeft = queue.size === 0 && !spool?.records;
    // What the backend does not take now is kept on disk.
    const safe = spool !== undefined && pace.failures > 0;
    if (drained && underWay === 0 && (nothingLeft || safe)) drained.resolve();
  }

  async function send(entry: Entry, time: number): Promise<void> {
    const before = pace.failures;
    pace.started(time);
    underWay++;
    const body = entry.compressed ? await decompress(entry.body, entry.rawLength) : entry.body;
    const sentAt = now();
    counters[COUNTER.exportRequests]++;
    counters[COUNTER.exportBytes] += body.byteLength;
    if (entry.firstSent !== undefined) counters[COUNTER.exportRetries]++;
    entry.attempts++;
    entry.firstSent ??= time;
    const outcome = await transport.send(body, config.timeout);
    underWay--;
    const seconds = (now() - sentAt) / 1_000;
    counters[COUNTER.exportSeconds] += seconds;
    countInBucket(counters, EXPORT_DURATION, seconds);
    if (outcome.status !== 'success') {
      counters[COUNTER.exportFailures]++;
      onFailure(outcome.error.message);
    }
    settle(entry, body, outcome, before, { queue, pace, retry, keeps: spool !== undefined, log, now });
    pump();
    keeper.tend();
    queue.updateGauges();
    if (underWay === 0) idle?.resolve();
  }

  function dropWaiting(): void {
    for (let entry = queue.waiting.shift(); entry !== undefined; entry = queue.waiting.shift())
      queue.shed(entry, 'shutdown');
  }

  async function drain(graceMs: number): Promise<void> {
    // No time to lose: what waits for another try is tried now.
    pace.hurry();
    queue.waiting.hurry();
    drained = Promise.withResolvers();
    pump();
    const { promise: graceEnd, resolve } = Promise.withResolvers<void>();
    const cancelGrace = setTimer(resolve, Math.min(spool ? graceMs * (1 - STORING_SHARE) : graceMs, MAX_TIMER_MS));
    await Promise.race([drained.promise, graceEnd]);
    cancelGrace();
    await close();
  }

  async function close(): Promise<void> {
    closed = true;
    cancelTimer();
    transport.shutdown();
    if (underWay > 0) {
      idle = Promise.withResolvers();
      await idle.promise;
    }
    await keeper.close();
    dropWaiting();
    queue.updateGauges();
  }

  return { push, adopt: (path) => void spool?.adopt(path).then(pump), drain };
}
