/** Time as a parameter, so that tests can run hours of backoff and lease renewal in milliseconds. */

export type Clock = {
  /** Monotonic milliseconds since an arbitrary start: how long something takes. */
  now(): number;
  /** Unix milliseconds: when something happened. May jump. */
  wallTime(): number;
  /** Calls `callback` once, after `ms` milliseconds. The function returned calls it off. */
  after(ms: number, callback: () => void): () => void;
};

/** Longest delay a Node timer takes; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms` milliseconds. Rejects with the signal's reason when `signal` aborts first. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Bounds a piece of work in time: `signal` aborts with `parent`, or when the time since the last restart is up. */
export type Deadline = {
  signal: AbortSignal;
  /** Whether the time ran out. False when it was `parent` that aborted. */
  expired(): boolean;
  /** The time starts anew. */
  restart(): void;
  /** Ends it: nothing is left behind, no timer and no listener on `parent`. `signal` does not abort any more. */
  cancel(): void;
};

/** Starts a deadline of `ms` milliseconds within `parent`. It must be cancelled when the work is over. */
export function startDeadline(clock: Clock, ms: number, parent: AbortSignal): Deadline {
  const controller = new AbortController();
  const onParentAbort = () => {
    stopTimer();
    controller.abort(parent.reason);
  };
  let expired = false;
  let stopTimer = () => {};
  const start = () => {
    stopTimer();
    stopTimer = clock.after(ms, () => {
      expired = true;
      parent.removeEventListener('abort', onParentAbort);
      controller.abort(new DOMException(`nothing came within ${ms} ms`, 'TimeoutError'));
    });
  };
  if (parent.aborted) controller.abort(parent.reason);
  else {
    parent.addEventListener('abort', onParentAbort, { once: true });
    start();
  }
  return {
    signal: controller.signal,
    expired: () => expired,
    restart: () => {
      if (!controller.signal.aborted) start();
    },
    cancel: () => {
      stopTimer();
      parent.removeEventListener('abort', onParentAbort);
    },
  };
}
