/** What becomes of a batch once its request has ended. */
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import type { Batch } from '../otlp/batch.ts';
import { splitRequest } from '../otlp/split.ts';
import type { Entry } from './entry.ts';
import type { Outcome } from './outcome.ts';
import type { Pace } from './pace.ts';
import type { Queue } from './queue.ts';

export type SettleOptions = {
  queue: Queue;
  pace: Pace;
  retry: CollectorConfig['otlp']['retry'];
  /** There is a spool: only the time in which the backend takes others counts for `retry.maxElapsed`. */
  keeps: boolean;
  log: Log;
  now: () => number;
};

/** `body`: the request; `before`: how many failures in a row there were when it started. */
export function settle(entry: Entry, body: Uint8Array, outcome: Outcome, before: number, options: SettleOptions): void {
  const { queue, pace, retry, keeps, log, now } = options;
  if (outcome.status === 'success') {
    if (pace.failures > 0) log.info('export works again', { subject: 'traces' });
    pace.succeeded(now());
    queue.accept(entry, Math.min(readRejected(outcome.data, log), entry.flows));
    return;
  }
  const error = outcome.error.message;
  if (outcome.status === 'failure') {
    if (outcome.tooLarge) split(entry, body, error, options);
    else {
      queue.drop(entry, 'export_refused');
      log.error('the backend refuses flows: they are dropped', { error });
    }
    return;
  }
  const time = now();
  const delay = pace.failed(before, time, outcome.retryInMillis);
  entry.retryTime = time + delay;
  if (entry.lastFailed === undefined || pace.lastSuccess < entry.lastFailed) entry.failedAloneSince = undefined;
  else entry.failedAloneSince ??= time;
  entry.lastFailed = time;
  const since = keeps ? entry.failedAloneSince : entry.firstSent;
  if (since !== undefined && entry.retryTime - since > retry.maxElapsed) {
    queue.drop(entry, 'retry_exhausted');
    log.error('the backend did not take flows in otlp.retry.maxElapsed: they are dropped', { error });
  } else {
    queue.waiting.putBack(entry);
    log.warn('export failed: it will be tried again', { error, delayMs: Math.round(delay) });
  }
}

function split(entry: Entry, body: Uint8Array, error: string, { queue, log }: SettleOptions): void {
  const parts = splitRequest({ body });
  if (parts === undefined) {
    queue.drop(entry, 'too_large');
    log.error('the spans of one packet are larger than the backend takes: they are dropped', { error });
    return;
  }
  log.warn('the backend takes no requests of this size: it gets them in halves. Lower otlp.batch.maxSize', {
    error,
    bytes: body.byteLength,
  });
  const { sealedTime } = entry;
  queue.replace(
    entry,
    parts.map((part): Batch => ({ ...part, sealedTime, release() {} })),
  );
}

/** Spans that an ExportTraceServiceResponse says were rejected; among them may be spans that are not flows. */
function readRejected(answer: Uint8Array | undefined, log: Log): number {
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
