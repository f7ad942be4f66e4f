/**
 * The sender: sends what the encoder has sealed. In come batches, each a complete OTLP request; out go requests over gRPC
 * or HTTP, and every flow of every batch ends in the ledger, as exported or as dropped for a reason.
 */
import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { COUNTER, type Counters, countInBucket, EXPORT_DURATION, type FlowDrop } from '../ledger/ledger.ts';
import type { Batch } from '../otlp/batch.ts';
import { MAX_TIMER_MS } from './request.ts';
import { retryDelay } from './retry.ts';

export type Sender = {
  /** Takes a batch over. It is released when it has been sent or given up. */
  push(batch: Batch): void;
  /** Sends what is queued for at most `graceMs`, then closes. */
  drain(graceMs: number): Promise<void>;
  /** Ends requests under way and drops what is left. */
  close(): Promise<void>;
};

export type SenderOptions = {
  transport: IExporterTransport;
  config: Pick<CollectorConfig['otlp'], 'timeout' | 'retry' | 'queue' | 'concurrency'>;
  counters: Counters;
  log: Log;
  /** Called with what the backend, or the network, says when a request fails. */
  onFailure?: (error: string) => void;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
  random?: () => number;
  /** Calls back after some milliseconds; returns a function that cancels that. */
  setTimer?: (callback: () => void, delayMs: number) => () => void;
};

/** A batch on its way. */
type Entry = {
  batch: Batch;
  /** When it was first sent; undefined before. */
  firstSent?: number;
  /** Not to be sent again before this time; 0 when it was not sent yet. */
  retryTime: number;
};

/**
 * A queue bounded in bytes, from which `concurrency` requests are under way at once. While they fail retryably, one at a
 * time probes the backend, after a delay that grows; the first success lets all go on.
 */
export function createSender({
  transport,
  config,
  counters,
  log,
  onFailure = () => {},
  now = () => performance.now(),
  random = Math.random,
  setTimer = (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
}: SenderOptions): Sender {
  /** All that is not settled, oldest first. */
  const held = new Set<Entry>();
  /** Those of them that are not being sent; those that wait for another try come first. */
  const waiting: Entry[] = [];
  let heldBytes = 0;
  let sending = 0;
  /** Retryable failures in a row. */
  let failures = 0;
  /** While failing, nothing is sent before this time. */
  let blockedUntil = 0;
  let cancelTimer = () => {};
  let closed = false;
  /** Resolves when nothing is held. */
  let emptied: PromiseWithResolvers<void> | undefined;

  function push(batch: Batch): void {
    const entry: Entry = { batch, retryTime: 0 };
    held.add(entry);
    heldBytes += batch.body.byteLength;
    if (closed) {
      drop(entry, 'shutdown');
      return;
    }
    waiting.push(entry);
    pump();
    while (heldBytes > config.queue.memory && waiting.length > 0) {
      drop(waiting.shift()!, 'queue_full');
      log.warn('the export queue is full: the oldest flows are dropped', { limit: config.queue.memory });
    }
    updateGauges();
  }

  /** Starts what may be sent now, and sets the timer for what may be sent later. */
  function pump(): void {
    cancelTimer();
    cancelTimer = () => {};
    if (closed) return;
    const time = now();
    const blocked = failures > 0 && time < blockedUntil;
    const allowed = failures === 0 ? config.concurrency : blocked ? 0 : 1;
    let wakeTime = blocked ? blockedUntil : Number.POSITIVE_INFINITY;
    for (let i = 0; i < waiting.length && sending < allowed; ) {
      if (waiting[i].retryTime > time) wakeTime = Math.min(wakeTime, waiting[i++].retryTime);
      else void send(waiting.splice(i, 1)[0], time);
    }
    if (waiting.length > 0 && wakeTime < Number.POSITIVE_INFINITY) {
      cancelTimer = setTimer(pump, Math.min(Math.ceil(wakeTime - time), MAX_TIMER_MS));
    }
  }

  async function send(entry: Entry, time: number): Promise<void> {
    const { body } = entry.batch;
    const failuresBefore = failures;
    sending++;
    counters[COUNTER.exportRequests]++;
    counters[COUNTER.exportBytes] += body.byteLength;
    if (entry.firstSent !== undefined) counters[COUNTER.exportRetries]++;
    entry.firstSent ??= time;
    const response = await transport.send(body, config.timeout);
    sending--;
    const seconds = (now() - time) / 1_000;
    counters[COUNTER.exportSeconds] += seconds;
    countInBucket(counters, EXPORT_DURATION, seconds);
    settle(entry, response, failuresBefore);
    pump();
    updateGauges();
  }

  function settle(entry: Entry, response: ExportResponse, failuresBefore: number): void {
    if (response.status === 'success') {
      accept(entry, response.data);
      return;
    }
    counters[COUNTER.exportFailures]++;
    const error = response.error?.message;
    onFailure(error ?? 'no reason is given');
    if (response.status === 'failure') {
      drop(entry, 'export_refused');
      log.error('the backend refuses flows: they are dropped', { error });
    } else if (closed) {
      drop(entry, 'shutdown');
    } else {
      // Requests that were under way together fail together: they count as one failure.
      failures = Math.max(failures, failuresBefore + 1);
      const time = now();
      entry.retryTime = time + retryDelay(failures, config.retry, random, response.retryInMillis);
      blockedUntil = entry.retryTime;
      if (entry.retryTime - entry.firstSent! > config.retry.maxElapsed) {
        drop(entry, 'retry_exhausted');
        log.error('the backend did not take flows in otlp.retry.maxElapsed: they are dropped', { error });
      } else {
        waiting.unshift(entry);
        log.warn('export failed: it will be tried again', { error, delayMs: Math.round(entry.retryTime - time) });
      }
    }
  }

  function accept(entry: Entry, answer: Uint8Array | undefined): void {
    if (failures > 0) log.info('export works again');
    failures = 0;
    const { flows } = entry.batch;
    const rejected = Math.min(readRejected(answer), flows);
    counters[COUNTER.flowsExported] += flows - rejected;
    counters[COUNTER['flowsDropped.export_rejected']] += rejected;
    counters[COUNTER.lastExportTime] = Date.now();
    finish(entry);
  }

  /** Spans that an ExportTraceServiceResponse says were rejected; among them may be spans that are not flows. */
  function readRejected(answer: Uint8Array | undefined): number {
    if (answer === undefined || answer.length === 0) return 0;
    try {
      const { rejectedSpans = 0, errorMessage } =
        ProtobufTraceSerializer.deserializeResponse(answer).partialSuccess ?? {};
      if (rejectedSpans > 0) log.warn('the backend rejected spans', { rejectedSpans, error: errorMessage });
      else if (errorMessage) log.warn('the backend warns', { error: errorMessage });
      return rejectedSpans;
    } catch {
      log.debug('the backend took a batch, but its answer can’t be read');
      return 0;
    }
  }

  function drop(entry: Entry, reason: FlowDrop): void {
    counters[COUNTER[`flowsDropped.${reason}`]] += entry.batch.flows;
    finish(entry);
  }

  function finish(entry: Entry): void {
    held.delete(entry);
    heldBytes -= entry.batch.body.byteLength;
    counters[COUNTER.flowsInFlight] -= entry.batch.flows;
    entry.batch.release();
    if (held.size === 0) emptied?.resolve();
  }

  function updateGauges(): void {
    counters[COUNTER.queueBytes] = heldBytes;
    counters[COUNTER.queueBatches] = held.size;
    counters[COUNTER.queueOldestTime] = held.values().next().value?.batch.sealedTime ?? 0;
  }

  function whenEmpty(): Promise<void> {
    if (held.size === 0) return Promise.resolve();
    emptied ??= Promise.withResolvers();
    return emptied.promise;
  }

  async function drain(graceMs: number): Promise<void> {
    // No time to lose: what waits for another try is tried now.
    if (failures > 0) {
      failures = 1;
      blockedUntil = 0;
    }
    for (const entry of waiting) entry.retryTime = 0;
    pump();
    const { promise: graceEnd, resolve } = Promise.withResolvers<void>();
    const cancelGrace = setTimer(resolve, Math.min(graceMs, MAX_TIMER_MS));
    await Promise.race([whenEmpty(), graceEnd]);
    cancelGrace();
    await close();
  }

  async function close(): Promise<void> {
    closed = true;
    cancelTimer();
    for (const entry of waiting.splice(0)) drop(entry, 'shutdown');
    transport.shutdown();
    await whenEmpty();
    updateGauges();
  }

  return { push, drain, close };
}
