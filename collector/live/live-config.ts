/**
 * The configuration in use, and what changes it while the collector runs: a request, its file, and the file of network
 * names.
 */
import type { Resource } from '@opentelemetry/resources';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Logger } from '../../crds/common/log.ts';
import { createTurns } from '../../crds/common/turns.ts';
import type { RunnableConfig } from '../config/config.ts';
import { dimensionsWithoutEffect } from '../config/metric-dimensions.ts';
import { namesWithoutEffect } from '../config/span-names.ts';
import { createLook } from '../files/file-state.ts';
import { assignRuleSlots, type RuleSlots } from '../ledger/rule-slots.ts';
import type { NetworksState } from '../networks/follow.ts';
import { createNetworksFollower } from '../networks/follow.ts';
import type { Networks } from '../networks/table.ts';
import { createResource, type ResourceAttributes } from '../telemetry/resource.ts';
import type { ReloadState } from '../telemetry/state.ts';
import type { WorkerSettings } from '../workers/messages.ts';
import { createReloader } from './reload.ts';

const LOOK_INTERVAL_MS = 1_000;

export type LiveConfigOptions = {
  loaded: RunnableConfig;
  /** The part of the resource that does not depend on the configuration. */
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
  readonly networks: NetworksState | undefined;
  readonly namesWithoutEffect: readonly string[];
  /** Reads the configuration again, once workers can be configured. */
  reload(): void;
  /** Ends what `createLiveConfig` began. */
  stop(): void;
};

/** What runs, and what is shown of it. */
type Settings = { settings: WorkerSettings } & Pick<LiveConfig, 'resource' | 'networks' | 'namesWithoutEffect'>;

function withoutEffectIn(config: CollectorConfig, networks: Networks | undefined): readonly string[] {
  return [...namesWithoutEffect(config.spans), ...dimensionsWithoutEffect(config, networks)];
}

/** Begins to follow the configuration. */
export function createLiveConfig({ loaded, detected, ready, configure, log }: LiveConfigOptions): LiveConfig {
  const networks = createNetworksFollower(log);
  let current = settingsOf(loaded.config, []);
  /** Workers are configured one time after another. */
  const inTurn = createTurns();

  function settingsOf(config: CollectorConfig, slots: RuleSlots): Settings {
    const { resource, attributes } = createResource(detected, config);
    const ruleSlots = assignRuleSlots(slots, config.selection.rules);
    // Names are no reason to stop: where an operator runs the collector, it reports what is wrong with them.
    const strict = config.reports.dir === undefined;
    const names = networks.take(config.spans, strict);
    const withoutEffect = withoutEffectIn(config, names);
    for (const what of withoutEffect) log.warn(what);
    const settings = { config, resource: attributes, ruleSlots, networks: names };
    return { settings, resource, networks: networks.state, namesWithoutEffect: withoutEffect };
  }

  async function lookAtNetworks(): Promise<void> {
    const found = networks.look();
    const settings = found ? { ...current.settings, networks: found } : current.settings;
    if (found) await configure(settings);
    const withoutEffect = found ? withoutEffectIn(settings.config, found) : current.namesWithoutEffect;
    current = { ...current, settings, networks: networks.state, namesWithoutEffect: withoutEffect };
  }

  const reloader = createReloader({
    config: loaded.config,
    read: loaded.read,
    apply: (config) =>
      inTurn(async () => {
        const next = settingsOf(config, current.settings.ruleSlots);
        log.setLevel(config.logLevel);
        await configure(next.settings);
        current = next;
      }),
    log,
  });
  const changed = loaded.configFile === undefined ? () => false : createLook(loaded.configFile);
  const timer = setInterval(() => {
    if (!ready()) return;
    if (changed() || networks.mended()) void reloader.reload();
    void inTurn(lookAtNetworks);
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
    get networks() {
      return current.networks;
    },
    get namesWithoutEffect() {
      return current.namesWithoutEffect;
    },
    reload() {
      if (ready()) void reloader.reload();
    },
    stop: () => clearInterval(timer),
  };
}
