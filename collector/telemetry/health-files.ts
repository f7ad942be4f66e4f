import { rmSync, writeFileSync } from 'node:fs';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import type { CollectorState } from './state.ts';

const TICK_MS = 1_000;

/**
 * Health for probes that look at a file: on a host's network a pod and its successor share the HTTP port, so a request
 * may be answered by the other one. A file is written every second while the collector is live, or ready, and removed
 * when it is not; one older than a few seconds means that the process hangs. Returns a function that removes them for
 * good.
 */
export function keepHealthFiles(
  { liveFile, readyFile }: CollectorConfig['health'],
  state: Pick<CollectorState, 'live' | 'ready'>,
  log: Log,
): () => void {
  function set(path: string | undefined, well: boolean): void {
    if (path === undefined) return;
    try {
      if (well) writeFileSync(path, '');
      else rmSync(path, { force: true });
    } catch (error) {
      log.error('a health file cannot be kept', { path, error: (error as Error).message });
    }
  }

  function tick(): void {
    set(liveFile, state.live());
    set(readyFile, state.live() && state.ready());
  }

  tick();
  const timer = setInterval(tick, TICK_MS).unref();
  return () => {
    clearInterval(timer);
    set(liveFile, false);
    set(readyFile, false);
  };
}
