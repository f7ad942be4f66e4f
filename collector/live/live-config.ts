/**
 * The configuration in use, and what changes it while the collector runs: a request, its file, and the files of names
 * of networks and of elements.
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
import { createUserElementsFollower, type UserElementsState } from '../naming/follow.ts';
import { createNetworksFollower, type NetworksState } from '../networks/follow.ts';
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
  readonly elements: UserElementsState | undefined;
  readonly namesWithoutEffect: readonly string[];
  /** Reads the configuration again, once workers can be configured. */
  reload(): void;
  /** Ends what `createLiveConfig` began. */
  stop(): void;
};

/** What runs, and what is shown of it. */
type Settings = { settings: WorkerSettings } & Pick<
  LiveConfig,
  'resource' | 'networks' | 'elements' | 'namesWithoutEffect'
>;

function withoutEffectIn({ config, networks, elements }: WorkerSettings): readonly string[] {
  return [...namesWithoutEffect(config.spans, elements), ...dimensionsWithoutEffect(config, networks)];
}

/** Begins to follow the configuration. */
export function createLiveConfig({ loaded, detected, ready, configure, log }: LiveConfigOptions): LiveConfig {
  const networks = createNetworksFollower(log);
  const elements = createUserElementsFollower(log);
  let current = settingsOf(loaded.config, []);
  /** Workers are configured one time after another. */
  const inTurn = createTurns();

  function settingsOf(config: CollectorConfig, slots: RuleSlots, before?: CollectorConfig): Settings {
    const { resource, attributes } = createResource(detected, config);
    const ruleSlots = assignRuleSlots(slots, config.selection.rules);
    // Names are no reason to stop: where an operator runs the collector, it reports what is wrong with them.
    const strict = config.reports.dir === undefined;
    const settings = { config, resource: attributes, ruleSlots, ...takeFiles(config, strict, before) };
    const withoutEffect = withoutEffectIn(settings);
    for (const what of withoutEffect) log.warn(what);
    return { settings, resource, ...filesNow(), namesWithoutEffect: withoutEffect };
  }

  /** What files say for a configuration; when one is refused, both say what they did for the one `before`. */
  function takeFiles(
    config: CollectorConfig,
    strict: boolean,
    before: CollectorConfig | undefined,
  ): Pick<WorkerSettings, 'networks' | 'elements'> {
    const ofUser = elements.take(config.elements, strict);
    try {
      return { networks: networks.take(config.spans, strict), elements: ofUser };
    } catch (error) {
      if (before) elements.take(before.elements, false);
      throw error;
    }
  }

  function filesNow(): Pick<LiveConfig, 'networks' | 'elements'> {
    return { networks: networks.state, elements: elements.state };
  }

  async function lookAtFiles(): Promise<void> {
    const found = { networks: networks.look(), elements: elements.look() };
    const isNew = found.networks !== undefined || found.elements !== undefined;
    const { settings: last } = current;
    const settings = {
      ...last,
      networks: found.networks ?? last.networks,
      elements: found.elements ?? last.elements,
    };
    if (isNew) await configure(settings);
    current = {
      ...current,
      ...filesNow(),
      ...(isNew && { settings, namesWithoutEffect: withoutEffectIn(settings) }),
    };
  }

  const reloader = createReloader({
    config: loaded.config,
    read: loaded.read,
    apply: (config) =>
      inTurn(async () => {
        const next = settingsOf(config, current.settings.ruleSlots, current.settings.config);
        log.setLevel(config.logLevel);
        await configure(next.settings);
        current = next;
      }),
    log,
  });
  const changed = loaded.configFile === undefined ? () => false : createLook(loaded.configFile);
  const timer = setInterval(() => {
    if (!ready()) return;
    if (changed() || networks.mended() || elements.mended()) void reloader.reload();
    void inTurn(lookAtFiles);
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
    get elements() {
      return current.elements;
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
