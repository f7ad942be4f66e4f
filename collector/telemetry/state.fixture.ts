import { resourceFromAttributes } from '@opentelemetry/resources';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { COUNTER, type CounterName, type Counters, createCounters, sumCounters } from '../ledger/ledger.ts';
import type { Rejection } from '../ledger/rejections.ts';
import { assignRuleSlots } from '../ledger/rule-slots.ts';
import type { CollectorState, ExporterState, SocketState } from './state.ts';

/** A state over real counters, all of whose parts a test may change. */
export type StateFixture = Omit<CollectorState, 'sockets' | 'exporters'> & {
  counters: Counters;
  sockets(): SocketState[];
  exporters(): ExporterState[];
  /** Hands spans to whoever listens. */
  emit(spans: Uint8Array): void;
  /** What `requestTraces` was called with. */
  requested: number[];
};

/** The state of a collector that runs well on a port of the kernel's choice, with the parts of `changes`; who listens for traces
 * gets `traces` at once. */
export function stateFixture(
  config: CollectorConfigInput = {},
  changes: Partial<StateFixture> = {},
  counts: Partial<Record<CounterName, number>> = {},
  traces: readonly Uint8Array[] = [],
): StateFixture {
  const counters = createCounters();
  for (const [name, value] of Object.entries(counts)) counters[COUNTER[name as CounterName]] = value ?? 0;
  const listeners: ((spans: Uint8Array) => void)[] = [];
  const requested: number[] = [];
  const parsed = collectorConfig.parse({ ...config, http: { host: '127.0.0.1', port: 0, ...config.http } });
  return {
    config: parsed,
    resource: resourceFromAttributes({ 'service.name': 'netflow2traces' }),
    ruleSlots: assignRuleSlots([], parsed.selection.rules),
    reload: { successful: true, successTime: Date.now(), error: undefined, needRestart: [] },
    networks: undefined,
    elements: undefined,
    userElements: undefined,
    namesWithoutEffect: [],
    tracesOff: undefined,
    books: undefined,
    stateError: undefined,
    version: '1.2.3',
    startTime: Date.now() - 60_000,
    uptime: () => 60,
    live: () => true,
    ready: () => true,
    ledger: () => sumCounters([counters]),
    flowSets: () => [],
    deviceCounters: { series: () => [], taken: 0, dropped: 0 },
    topTalkers: () => undefined,
    takeServices: () => undefined,
    sockets: () => [socketFixture()],
    exporters: () => [],
    rejections: () => [],
    gateway: undefined,
    announced: () => [],
    exportError: () => undefined,
    requestTraces: (count) => requested.push(count),
    onTrace(listener) {
      listeners.push(listener);
      traces.forEach(listener);
    },
    counters,
    emit: (spans) => listeners.forEach((listener) => void listener(spans)),
    requested,
    ...changes,
  };
}

export function socketFixture(changes: Partial<SocketState> = {}): SocketState {
  return {
    listener: 'netflow',
    worker: 0,
    address: '::',
    port: 2055,
    requestedBuffer: 33_554_432,
    grantedBuffer: 33_554_432,
    queuedBytes: 0,
    droppedPackets: 0,
    ...changes,
  };
}

export function exporterFixture(changes: Partial<ExporterState> = {}): ExporterState {
  return {
    listener: 'netflow',
    address: '10.0.0.1',
    port: 50_101,
    versions: [9],
    domains: [{ version: 9, id: 0, clockOffsetSeconds: 0.4, heardTime: Date.now() - 1_000 }],
    domainCount: 1,
    packets: 100,
    bytes: 120_000,
    flows: 2_400,
    errors: 0,
    lostFlows: 0,
    lostPackets: 0,
    templates: 2,
    heldSets: 0,
    overBudget: [],
    flippingTemplates: false,
    rates: [],
    samplesUnrated: false,
    clockOffsetSeconds: 0.4,
    firstPacketTime: Date.now() - 50_000,
    lastPacketTime: Date.now() - 1_000,
    ...changes,
  };
}

export function rejectionFixture(changes: Partial<Rejection> = {}): Rejection {
  return {
    listener: 'netflow',
    address: '10.0.0.7',
    port: 50_101,
    reason: 'unknown_version',
    firstBytes: '00000005000000010a000001',
    count: 12,
    firstTime: Date.now() - 60_000,
    lastTime: Date.now(),
    ...changes,
  };
}
