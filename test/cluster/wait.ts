import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/**
 * Resolves with what `probe` gives once that is truthy; a probe that throws is asked again. Rejects after `seconds`,
 * saying what was awaited and how the last probe failed.
 */
export async function waitFor<T>(what: string, seconds: number, probe: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    let failure: unknown = 'not so';
    try {
      const result = await probe();
      if (result) return result;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`, { cause: failure });
    await sleep(POLL_MS);
  }
}
