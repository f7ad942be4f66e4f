/**
 * All collectors of a resource taken together. In come the reporters and the time, out goes one summary. A node that is
 * silent is named and takes part in no rate: what it does is not known, which is not nothing.
 */
import { COUNTER_NAMES, NOTHING, type ReportCounters } from '../../crds/account.ts';
import type { TopExporter } from '../../crds/report.ts';
import type { Trouble } from '../cluster/pods.ts';
import { type Fault, faultOf, faultOfLost, type LostNode, lostPercentOf } from './fault.ts';
import { dueTime, type Reporter, ratesOf } from './reporter.ts';

/** Exporters in a summary. */
const MAX_TOP = 10;

export type Summary = {
  /** Nodes that have a pod; those that have reported in time; those whose first report is awaited. */
  nodes: { expected: number; reporting: number; awaited: number };
  /** Names of those that should have reported by now. */
  silent: string[];
  /** Nodes that have no pod any more though exporters were sending to them. */
  lost: readonly LostNode[];
  /** Whether the rates of every collector that reports are known. */
  complete: boolean;
  /** Per second, over the nodes that report; undefined when no node's rates are known. */
  rates: (ReportCounters & { lostPercent: number }) | undefined;
  exporters: number;
  /** Unix milliseconds; undefined before the first packet. */
  lastPacketTime: number | undefined;
  exporting: { working: number; failing: { node: string; error: string }[] };
  /** Where a file of names can't be used, and why. */
  misnamed: { node: string; error: string }[];
  topExporters: (TopExporter & { node: string })[];
  /** Nodes where something is wrong, the worst first. */
  faults: Fault[];
};

/** What keeps a pod from collecting, or did lately, by the pod's uid. */
export type Troubles = ReadonlyMap<string, Trouble>;

/**
 * What the reports of a resource’s collectors come to at `now`, in milliseconds; `lost` are nodes that have no
 * collector any more.
 */
export function summarize(
  reporters: readonly Reporter[],
  troubles: Troubles,
  now: number,
  lost: readonly LostNode[] = [],
): Summary {
  const nodes = Map.groupBy(reporters, ({ pod }) => pod.node);
  const heard = reporters.flatMap(({ heard }) => (heard ? [heard] : []));
  const fresh = reporters.filter((reporter) => isFresh(reporter, now));
  const rates = fresh.flatMap((reporter) => ratesOf(reporter) ?? []);
  const rate = rates.length > 0 ? sumOf(rates) : undefined;
  const reporting = new Set(fresh.map(({ pod }) => pod.node));
  const absent = [...nodes].filter(([node]) => !reporting.has(node));
  const [awaited, silent] = [true, false].map((wanted) =>
    absent.filter(([, pods]) => pods.some((pod) => isAwaited(pod, now)) === wanted).map(([node]) => node),
  );
  const lastPackets = heard.flatMap(({ wallTime, report: { sinceLastPacket } }) =>
    sinceLastPacket === undefined ? [] : [wallTime - sinceLastPacket],
  );

  return {
    nodes: { expected: nodes.size, reporting: reporting.size, awaited: awaited.length },
    silent,
    lost,
    complete: rates.length === fresh.length,
    rates: rate && { ...rate, lostPercent: lostPercentOf(rate) },
    exporters: fresh.reduce((total, { heard }) => total + heard!.report.exporters, 0),
    lastPacketTime: lastPackets.length > 0 ? lastPackets.reduce((a, b) => Math.max(a, b)) : undefined,
    exporting: {
      working: fresh.filter(({ heard }) => heard!.report.export.state === 'working').length,
      failing: fresh.flatMap(({ pod: { node }, heard }) => {
        const { state, error = '' } = heard!.report.export;
        return state === 'failing' ? [{ node, error }] : [];
      }),
    },
    misnamed: fresh.flatMap(({ pod: { node }, heard }) => {
      const { namesError: error } = heard!.report;
      return error === undefined ? [] : [{ node, error }];
    }),
    topExporters: fresh
      .flatMap(({ pod: { node }, heard }) => heard!.report.topExporters.map((exporter) => ({ ...exporter, node })))
      .sort((a, b) => b.flowsPerSecond - a.flowsPerSecond || b.packetsPerSecond - a.packetsPerSecond)
      .slice(0, MAX_TOP),
    faults: [
      ...lost.map(faultOfLost),
      ...[...nodes.values()].flatMap((pods) => faultOfNode(pods, troubles, now) ?? []),
    ].sort((a, b) => b.severity - a.severity || (a.node < b.node ? -1 : 1)),
  };
}

/** It has reported, and is not late. */
export function isFresh(reporter: Reporter, now: number): boolean {
  return reporter.heard !== undefined && now <= dueTime(reporter);
}

function isAwaited(reporter: Reporter, now: number): boolean {
  return reporter.heard === undefined && now <= dueTime(reporter);
}

/** Of several pods on a node, one replaces the other: as long as one is in order, so is the node. */
function faultOfNode(pods: readonly Reporter[], troubles: Troubles, now: number): Fault | undefined {
  const judged = pods.map((reporter) => {
    const late = now > dueTime(reporter);
    return faultOf(reporter, { trouble: troubles.get(reporter.pod.uid), late });
  });
  return judged.reduce((a, b) => ((a?.severity ?? 0) <= (b?.severity ?? 0) ? a : b));
}

function sumOf(all: readonly ReportCounters[]): ReportCounters {
  const sum = { ...NOTHING.counters };
  for (const counters of all) for (const name of COUNTER_NAMES) sum[name] += counters[name];
  return sum;
}
