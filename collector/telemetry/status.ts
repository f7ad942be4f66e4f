/** What `/status` says: everything the collector knows about itself, without secrets. */

import type { Account } from '../../crds/account.ts';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { redact } from '../config/redact.ts';
import { BUDGETS, FLOW_DROPS, imbalance, type Ledger, PACKET_ERRORS } from '../ledger/ledger.ts';
import type { Rejection } from '../ledger/rejections.ts';
import type { UserElementsState } from '../naming/follow.ts';
import type { NetworksState } from '../networks/follow.ts';
import { advise } from './advice/advice.ts';
import { problemsOf } from './advice/exporter.ts';
import type { Advice } from './advice/rule.ts';
import { byImportance, mergeExporters } from './exporters.ts';
import { type OutageHeld, outageHeld } from './outage.ts';
import { type Rates, type Recent, ratesOf } from './sampler.ts';
import { type SelectionPart, selectionOf } from './selection.ts';
import type { CollectorState, ExporterState, ReloadState, SocketState } from './state.ts';
import type { TopTalkers } from './talker-rates.ts';
import { type TrafficRow, trafficOf } from './traffic.ts';

/** Exporters listed: those over a budget, and the busiest. */
const MAX_EXPORTERS = 1_000;

export type Status = {
  version: string;
  startTime: string;
  uptimeSeconds: number;
  live: boolean;
  ready: boolean;
  rates: Rates;
  /** The counters, those with a reason nested by it, and `imbalance`, which is 0 when every flow is accounted for. */
  ledger: Record<string, number | Record<string, number>>;
  /** The books over all runs, and how many were killed; left out without `templates.stateDir`. */
  books?: Account & { crashes: number };
  /** How long the backend may be away at the present rate; left out while nothing comes. */
  outageHeld?: OutageHeld;
  /** The variable by which no flows are sent; left out when they are, or would be. */
  tracesOff?: string;
  /** The last export that failed; left out when none has. */
  exportError?: { error: string; time: string };
  /** By filter, rule and default; empty when everything is kept. */
  selection: SelectionPart[];
  /** Who has most of the bytes lately; left out where `flowMetrics.topTalkers` is 0. */
  topTalkers?: TopTalkers;
  /** What flows came to by exporter and transport, since these began; left out without such a set of `flowMetrics`. */
  traffic?: TrafficRow[];
  sockets: SocketState[];
  /** The busiest, and in words what is wrong with each. */
  exporters: (ExporterState & { problems: string[] })[];
  /** The last senders of whom something was refused, for ten minutes, with the reason. */
  rejections: Rejection[];
  advice: Advice[];
  /** The file of network names; left out when the configuration names none. */
  networks?: Omit<NetworksState, 'readTime'> & { readTime?: string };
  /** The user's file of elements, likewise. */
  elements?: Omit<UserElementsState, 'readTime'> & { readTime?: string };
  /** What came of the last reading of the configuration. */
  reload: Omit<ReloadState, 'successTime'> & { successTime: string };
  /** The one in use. */
  config: CollectorConfig;
};

/** The status at `now` (Unix milliseconds), by what happened in the last seconds and in the last minutes. */
export function statusOf(state: CollectorState, recent: Recent, lately: Recent, now: number): Status {
  const ledger = state.ledger();
  const exporters = mergeExporters(state.exporters(), (row) => `${row.listener} ${row.address} ${row.port}`)
    .sort(byImportance)
    .slice(0, MAX_EXPORTERS);
  const [sockets, rejections] = [state.sockets(), state.rejections()];
  const { config, version, startTime, reload, networks, elements, namesWithoutEffect, tracesOff, books, stateError } =
    state;
  const [live, ready] = [state.live(), state.ready()];
  const workers = new Set(sockets.map(({ worker }) => worker)).size;
  const topTalkers = state.topTalkers();
  const traffic = trafficOf(state.flowSets());
  const held = outageHeld(config, ledger, recent, workers);
  const failed = state.exportError();
  return {
    version,
    startTime: new Date(startTime).toISOString(),
    uptimeSeconds: Math.round(state.uptime()),
    live,
    ready,
    rates: ratesOf(recent),
    ledger: nested(ledger),
    ...(books && { books: { ...books.total(ledger), crashes: books.earlier.crashes } }),
    ...(held && { outageHeld: held }),
    ...(tracesOff !== undefined && { tracesOff }),
    ...(failed && { exportError: { ...failed, time: new Date(failed.time).toISOString() } }),
    selection: selectionOf(config, ledger, state.ruleSlots),
    ...(topTalkers && { topTalkers }),
    ...(traffic && { traffic }),
    sockets,
    exporters: exporters.map((exporter) => ({ ...exporter, problems: problemsOf(exporter, config, now) })),
    rejections,
    advice: advise(
      {
        config,
        reload,
        networks,
        elements,
        namesWithoutEffect,
        tracesOff,
        stateError,
        startTime,
        live,
        ready,
        ledger,
        recent,
        lately,
        sockets,
        exporters,
        rejections,
        gateway: state.gateway,
      },
      now,
    ),
    ...(networks && { networks: { ...networks, readTime: isoTime(networks.readTime) } }),
    ...(elements && { elements: { ...elements, readTime: isoTime(elements.readTime) } }),
    reload: { ...reload, successTime: new Date(reload.successTime).toISOString() },
    config: redact(config),
  };
}

function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function nested(ledger: Ledger): Status['ledger'] {
  return {
    ...Object.fromEntries(Object.entries(ledger).filter(([name]) => !name.includes('.'))),
    flowsDropped: Object.fromEntries(FLOW_DROPS.map((reason) => [reason, ledger[`flowsDropped.${reason}`]])),
    packetErrors: Object.fromEntries(PACKET_ERRORS.map((reason) => [reason, ledger[`packetErrors.${reason}`]])),
    budgetExceeded: Object.fromEntries(BUDGETS.map((budget) => [budget, ledger[`budgetExceeded.${budget}`]])),
    imbalance: imbalance(ledger),
  };
}
