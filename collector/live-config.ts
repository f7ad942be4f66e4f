/** The configuration in use, and what changes it while the collector runs: SIGHUP, and its file. */
import type { Resource } from '@opentelemetry/resources';
import type { CollectorConfig } from '../crds/collector-config.ts';
import type { RunnableConfig } from './config.ts';
import { createLook } from './file-state.ts';
import type { WorkerSettings } from './messages.ts';
import { createReloader } from './reload.ts';
import type { Logger } from './telemetry/log.ts';
import { createResource, type ResourceAttributes } from './telemetry/resource.ts';
import { assignRuleSlots, type RuleSlots } from './telemetry/rule-slots.ts';
import type { ReloadState } from './telemetry/state.ts';

const LOOK_INTERVAL_MS = 1_000;

export type LiveConfigOptions = {
  loaded: RunnableConfig;
  /** The resource as far as it does not depend on the configuration. */
  detected: ResourceAttributes;
  /** Whether workers can be configured; until then, nothing is read again. */
  ready(): boolean;
  /** Resolves when all workers run with the settings. */
  configure(settings: WorkerSettings): Promise<void>;
  log: Logger;
};

export type LiveConfig = {
  /** What all workers run with. */
  readonly settings: WorkerSettings;
  readonly resource: Resource;
  readonly state: ReloadState;
  /** Ends what `createLiveConfig` began. */
  stop(): void;
};

/** Begins to follow the configuration. */
export function createLiveConfig({ loaded, detected, ready, configure, log }: LiveConfigOptions): LiveConfig {
  let current = settingsOf(loaded.config, []);

  function settingsOf(config: CollectorConfig, slots: RuleSlots): { settings: WorkerSettings; resource: Resource } {
    const { resource, attributes } = createResource(detected, config);
    const ruleSlots = assignRuleSlots(slots, config.selection.rules);
    return { settings: { config, resource: attributes, ruleSlots }, resource };
  }

  const reloader = createReloader({
    config: loaded.config,
    read: loaded.read,
    async apply(config) {
      const next = settingsOf(config, current.settings.ruleSlots);
      log.setLevel(config.logLevel);
      await configure(next.settings);
      current = next;
    },
    log,
  });
  const onSignal = (): void => {
    if (ready()) void reloader.reload();
  };
  process.on('SIGHUP', onSignal);
  const changed = loaded.configFile === undefined ? () => false : createLook(loaded.configFile);
  const timer = setInterval(() => {
    if (ready() && changed()) void reloader.reload();
  }, LOOK_INTERVAL_MS).unref();

  return {
    get settings() {
      return current.settings;
    },
    get resource() {
      return current.resource;
    },
    get state() {
      return reloader.state;
    },
    stop() {
      clearInterval(timer);
      process.off('SIGHUP', onSignal);
    },
  };
}
