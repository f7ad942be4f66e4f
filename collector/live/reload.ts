/**
 * Changes of the configuration while the collector runs: it is read again on request, its live parts are handed on, and
 * the rest, like all of a configuration with mistakes, stays as it was.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { createTurns } from '../../crds/common/turns.ts';
import { CollectorError } from '../common/errors.ts';
import type { ReloadState } from '../telemetry/state.ts';
import { compareConfigs } from './changes.ts';

export type ReloaderOptions = {
  /** What runs. */
  config: CollectorConfig;
  /** Reads the configuration as it is now. */
  read(): CollectorConfig | CollectorError;
  /** Makes the program run with another one, which differs only in live parts. */
  apply(config: CollectorConfig): Promise<void>;
  log: Log;
  /** Unix milliseconds. */
  now?: () => number;
};

export type Reloader = {
  readonly state: ReloadState;
  /** Resolves when the configuration was read and has taken effect. Calls are answered one after another. */
  reload(): Promise<void>;
};

/** Makes what reads the configuration again and lets what is live of it take effect. */
export function createReloader({ config, read, apply, log, now = Date.now }: ReloaderOptions): Reloader {
  let current = config;
  let state: ReloadState = { successful: true, successTime: now(), error: undefined, needRestart: [] };
  const inTurn = createTurns();

  async function take(next: CollectorConfig): Promise<void> {
    const { config, taken, needRestart } = compareConfigs(current, next);
    if (needRestart.length > 0) log.warn('changes that need a restart', { fields: needRestart.join(', ') });
    if (taken.length > 0) {
      await apply(config);
      current = config;
      log.info('the configuration has changed', { fields: taken.join(', ') });
    }
    state = { successful: true, successTime: now(), error: undefined, needRestart };
  }

  async function reload(): Promise<void> {
    try {
      const next = read();
      if (next instanceof CollectorError) throw next;
      await take(next);
    } catch (error) {
      const { message } = error as Error;
      state = { ...state, successful: false, error: message };
      // In the message, by which the log suppresses repetitions: each mistake is logged, the same one not again.
      log.error(`the last good configuration stays in use: ${message}`);
    }
  }

  return {
    get state() {
      return state;
    },
    reload: () => inTurn(reload),
  };
}
