/** What the running collector shows of itself, from the parts that know it. */
import type { Books } from './books/books.ts';
import { VERSION } from './common/version.ts';
import { containerGateway } from './listen/gateway.ts';
import type { LiveConfig } from './live/live-config.ts';
import type { CounterSums } from './telemetry/counter-sums.ts';
import type { FlowSums } from './telemetry/flow-sums.ts';
import type { CollectorState } from './telemetry/state.ts';
import type { TalkerRates } from './telemetry/talker-rates.ts';
import type { KnownTemplates } from './templates/known.ts';
import type { StateFile } from './templates/state-file.ts';
import type { WorkerPool } from './workers/pool.ts';

export type StateParts = Pick<CollectorState, 'tracesOff' | 'startTime' | 'uptime' | 'onTrace'> & {
  live: LiveConfig;
  pool: WorkerPool;
  templates: KnownTemplates;
  /** Undefined without a state folder. */
  books: Books | undefined;
  stateFile: StateFile | undefined;
  flowSums: FlowSums;
  counterSums: CounterSums;
  talkerRates: TalkerRates;
};

/** The state as it is whenever something of it is asked for: nothing that changes is copied. */
export function collectorState(parts: StateParts): CollectorState {
  const { live, pool, templates, books, stateFile, flowSums, counterSums, talkerRates } = parts;
  const { tracesOff, startTime, uptime, onTrace } = parts;
  return {
    ...{ tracesOff, startTime, uptime, onTrace, books },
    get config() {
      return live.settings.config;
    },
    get resource() {
      return live.resource;
    },
    get ruleSlots() {
      return live.settings.ruleSlots;
    },
    get reload() {
      return live.state;
    },
    get networks() {
      return live.networks;
    },
    get elements() {
      return live.elements;
    },
    get userElements() {
      return live.settings.elements;
    },
    get namesWithoutEffect() {
      return live.namesWithoutEffect;
    },
    version: VERSION,
    ready: () => pool.ready,
    live: () => pool.live,
    ledger: () => pool.ledger(),
    flowSets: () => flowSums.sets(),
    deviceCounters: counterSums,
    topTalkers: () => {
      const { topTalkers } = live.settings.config.flowMetrics;
      return topTalkers > 0 ? talkerRates.top(topTalkers) : undefined;
    },
    takeServices: () => {
      const services = talkerRates.takeServices();
      return live.settings.config.flowMetrics.topTalkers > 0 ? services : undefined;
    },
    sockets: () => pool.sockets(),
    exporters: () => pool.exporters(),
    rejections: () => pool.rejections(),
    gateway: containerGateway(),
    announced: () => templates.list(),
    exportError: () => pool.exportError(),
    get stateError() {
      return books?.error ?? stateFile?.error;
    },
    requestTraces: (count) => pool.requestTraces(count),
  };
}
