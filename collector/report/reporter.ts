/**
 * Reports to the operator: in come the ledger and the exporters, out go reports as often as the operator asks for them.
 * Nothing waits for it: a collector without an operator, or with one that is away, works as usual.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffDelay } from '../../crds/common/backoff.ts';
import type { Log } from '../../crds/common/log.ts';
import { REPORT_PATH, type Reply, reply } from '../../crds/report.ts';
import { type OperatorClient, RefusedError } from './client.ts';
import { createReports, type ReportedState } from './report.ts';

/** Milliseconds between reports until the operator has said how many. */
const FIRST_INTERVAL_MS = 5_000;
/** Wait before the first new attempt, in milliseconds; it doubles with each, up to the interval. */
const FIRST_RETRY_MS = 200;

/** Milliseconds for the last report, while the process ends. */
const LAST_REPORT_MS = 3_000;

export type ReporterOptions = {
  /** Called with each answer; the next report waits until it is done. */
  afterReport?: (reply: Reply) => Promise<void>;
  random?: () => number;
  /** Calls back after some milliseconds; returns a function that cancels that. */
  setTimer?: (callback: () => void, delayMs: number) => () => void;
};

/**
 * Reports until the function returned is called; that sends a last one, and resolves when it has come or it is too
 * late.
 */
export function startReporting(
  client: OperatorClient,
  state: ReportedState,
  log: Log,
  {
    afterReport = async () => {},
    random = Math.random,
    setTimer = (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs).unref();
      return () => clearTimeout(timer);
    },
  }: ReporterOptions = {},
): () => Promise<void> {
  const nextReport = createReports(state);
  let interval = FIRST_INTERVAL_MS;
  let failures = 0;
  let stopped = false;

  async function report(): Promise<void> {
    try {
      const answer = reply.parse(await client.post(REPORT_PATH, nextReport(Date.now(), performance.now())));
      interval = answer.interval;
      await afterReport(answer);
      if (failures > 0) log.info('the operator takes reports again');
      failures = 0;
      // Spread, so that collectors that were started together do not report together.
      schedule(interval * (0.9 + 0.2 * random()));
    } catch (error) {
      if (stopped) return;
      failures++;
      const initial = error instanceof RefusedError ? interval : FIRST_RETRY_MS;
      if (failures > 5)
        log.warn('no report reaches the operator: it goes on without', { error: String(error), failures });
      schedule(backoffDelay(failures, { initial, max: interval }, random));
    }
  }

  let cancel = () => {};
  function schedule(delayMs: number): void {
    if (!stopped) cancel = setTimer(() => void report(), delayMs);
  }
  schedule(random() * 1_000);

  /** What it tells nobody tells later: it is sent until it has come, or it is too late. */
  async function reportLast(): Promise<void> {
    for (const end = performance.now() + LAST_REPORT_MS; performance.now() < end; await sleep(FIRST_RETRY_MS)) {
      try {
        await client.post(REPORT_PATH, nextReport(Date.now(), performance.now(), true));
        return;
      } catch (error) {
        log.debug('the last report did not come', { error: String(error) });
        if (error instanceof RefusedError) return;
      }
    }
  }

  return async () => {
    stopped = true;
    cancel();
    await Promise.race([reportLast(), sleep(LAST_REPORT_MS, undefined, { ref: false })]);
  };
}
