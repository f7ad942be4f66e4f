/**
 * A controller: in come changes of stores, out goes the world as the objects in them want it.
 *
 * It is level-triggered. A change only says *which* object to look at; `reconcile` gets its key, reads the stores, and
 * makes everything so from whatever state it finds. So changes may be merged, repeated or arrive late, and a restart,
 * which looks at every object once, mends what was missed.
 */
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { Log } from '../../crds/common/log.ts';
import { type Clock, systemClock } from './clock.ts';
import { ApiError } from './errors.ts';
import type { Metrics } from './metrics.ts';
import { Queue } from './queue.ts';
import type { Key, KubeObject } from './resource.ts';
import type { StoreReader } from './store.ts';

/** Where keys come from. */
export type Source = {
  /** Resolves when everything is known that was there before. */
  whenSynced(): Promise<void>;
  /** Hands over the keys of what is there, and then of what changes. The function returned ends it. */
  start(enqueue: (key: Key) => void): () => void;
};

/**
 * The keys to look at when an object of `store` changes: those `map` gives for what it was and for what it is. Thus an
 * owned object leads to its owner, also when it has just lost it.
 */
export function from<T extends KubeObject>(store: StoreReader<T>, map: (object: T) => readonly Key[]): Source {
  return {
    whenSynced: () => store.whenSynced(),
    start(enqueue) {
      const stop = store.subscribe((change) => {
        for (const object of [change.old, change.new]) if (object) map(object).forEach(enqueue);
      });
      for (const object of store.list()) map(object).forEach(enqueue);
      return stop;
    },
  };
}

/** A source of keys that the program itself has cause to look at; those told while nobody listens are lost. */
export type Trigger = { source: Source; fire(key: Key): void };

/** Makes one that nobody listens to so far. */
export function createTrigger(): Trigger {
  let enqueue: ((key: Key) => void) | undefined;
  return {
    source: {
      whenSynced: async () => {},
      start(add) {
        enqueue = add;
        return () => {
          enqueue = undefined;
        };
      },
    },
    fire: (key) => enqueue?.(key),
  };
}

/** How a reconcile ended, if it did not throw. `requeueAfter`: milliseconds after which to look again. */
export type Outcome = 'done' | { requeueAfter: number };

export type ControllerOptions = {
  /** Label of its metrics, name of its spans. */
  name: string;
  sources: readonly Source[];
  /**
   * Makes the world so for one object. Throwing means: try again, ever less often; any exception is contained. It must
   * stop soon after `signal` aborts. Never runs twice at once for one key.
   */
  reconcile: (key: Key, signal: AbortSignal) => Promise<Outcome>;
  /** Reconciles at once, of different keys. Raise it when they wait for the API server and the queue grows. */
  concurrency?: number;
  metrics: Metrics;
  log: Log;
  clock?: Clock;
};

const CONCURRENCY = 4;
/**
 * Milliseconds for which a key rests after a reconcile, so that a burst of changes costs one: rolling a thousand pods
 * brings thousands, and a reconcile that needs more than the stores hold would ask the API server for each.
 */
const REST_MS = 500;
const RESULTS = ['success', 'requeue_after', 'error'] as const;

/** Runs until `signal` aborts and the reconciles under way have ended; never rejects. */
export async function runController(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const { name, sources, reconcile, concurrency = CONCURRENCY, metrics, log, clock = systemClock } = options;
  const labels = { controller: name };
  const tracer = trace.getTracer('controller-runtime');
  metrics.maxConcurrentReconciles.record(concurrency, labels);
  metrics.reconcileErrors.add(0, labels);
  for (const result of RESULTS) metrics.reconciles.add(0, { ...labels, result });

  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([stopped, Promise.all(sources.map((source) => source.whenSynced()))]);
  if (signal.aborted) return;

  const queue = new Queue(name, clock, metrics);
  const stops = sources.map((source) => source.start((key) => queue.add(key)));
  const workers = Array.from({ length: concurrency }, work);
  await stopped;
  for (const stop of stops) stop();
  await queue.shutDown();
  await Promise.all(workers);

  async function work(): Promise<void> {
    for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
      metrics.activeWorkers.add(1, labels);
      const start = clock.now();
      const result = await reconcileOnce(key);
      metrics.reconcileTime.record((clock.now() - start) / 1_000, labels);
      metrics.reconciles.add(1, { ...labels, result });
      metrics.activeWorkers.add(-1, labels);
      // One that failed has its own wait.
      queue.done(key, result === 'error' ? 0 : REST_MS);
    }
  }

  function reconcileOnce(key: Key): Promise<(typeof RESULTS)[number]> {
    return tracer.startActiveSpan(`reconcile ${name}`, { attributes: { 'k8s.object.key': key } }, async (span) => {
      try {
        const outcome = await reconcile(key, signal);
        queue.forget(key);
        if (outcome === 'done') return 'success';
        queue.addAfter(key, outcome.requeueAfter);
        return 'requeue_after';
      } catch (error) {
        if (signal.aborted) return 'success'; // stopped, not failed
        metrics.reconcileErrors.add(1, labels);
        const wait = queue.addRateLimited(key, error instanceof ApiError ? error.retryAfter : 0);
        log.warn('a reconcile failed', { subject: key, controller: name, error: describe(error), retryIn: wait });
        span.recordException(error instanceof Error ? error : String(error));
        span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
        return 'error';
      } finally {
        span.end();
      }
    });
  }
}

/** An API server's answer tells enough; a mistake in the program needs its stack. */
function describe(error: unknown): string {
  return error instanceof Error && !(error instanceof ApiError) ? (error.stack ?? error.message) : String(error);
}
