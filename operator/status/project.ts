/** A summary as a resource's status shows it: rounded, so that noise writes nothing, and bounded at any size. */

import { unsettledOf } from '../../crds/account.ts';
import { clip } from '../../crds/common/text.ts';
import type { NetflowCollectorStatus } from '../../crds/netflowcollector.ts';
import type { Summary } from '../ingestion/aggregate.ts';
import type { Fault } from '../ingestion/fault.ts';
import { lostOf } from '../ingestion/fault.ts';
import { rounded } from '../ingestion/rounded.ts';
import type { Totals } from '../ingestion/sums.ts';

/** Longest status, in bytes of JSON. */
export const MAX_STATUS_BYTES = 16_384;
const MAX_WORST = 20;
const MAX_REASONS = 32;
/** In characters; the rest of what is wrong is found with the pod. */
const MAX_MESSAGE = 200;

type ShownTotals = NonNullable<NonNullable<NetflowCollectorStatus['ingestion']>['totals']>;
type Shown = Required<Pick<NetflowCollectorStatus, 'ingestion' | 'topExporters' | 'worstNodes'>>;

/**
 * `window`: milliseconds that rates are stated over; `totals`: what is kept of all collectors, undefined before it is;
 * `wallTime`: now, in Unix milliseconds.
 */
export function project(summary: Summary, window: number, totals: Totals | undefined, wallTime: number): Shown {
  const { rates, lastPacketTime } = summary;
  return {
    ingestion: {
      observedTime: timeOf(wallTime),
      ...(rates && {
        windowSeconds: Math.round(window / 1_000),
        packetsPerSecond: rounded(rates.packets),
        flowsPerSecond: rounded(rates.flows),
        errorsPerSecond: rounded(rates.errors),
        exportedPerSecond: rounded(rates.exported),
        lostPercent: rounded(rates.lostPercent),
      }),
      exporters: summary.exporters,
      ...(lastPacketTime !== undefined && { lastPacketTime: timeOf(lastPacketTime) }),
      ...(totals && {
        totals: totalsOf(totals),
        droppedByReason: Object.fromEntries(
          Object.entries(totals.account.droppedByReason)
            .filter(([, count]) => count > 0)
            .map(([reason, count]) => [reason, storable(count)] as const)
            .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
            .slice(0, MAX_REASONS),
        ),
      }),
    },
    topExporters: summary.topExporters.map(({ address, node, ...rates }) => ({
      address,
      node,
      packetsPerSecond: rounded(rates.packetsPerSecond),
      flowsPerSecond: rounded(rates.flowsPerSecond),
      lostPercent: rounded(rates.lostPercent),
    })),
    worstNodes: summary.faults.slice(0, MAX_WORST).map(worstOf),
  };
}

/**
 * Totals that are not less than those shown before: what is kept may be of a time before, when it was removed, or when
 * an operator led that does not keep it.
 */
export function neverLess(before: ShownTotals = {}, next: ShownTotals = {}): ShownTotals {
  const grown = Object.entries(next).map(([name, count]) => [
    name,
    name === 'pending' ? count : Math.max(before[name as keyof ShownTotals] ?? 0, count),
  ]);
  return { ...before, ...Object.fromEntries(grown) };
}

/** Drops the least of what is listed until the whole is small enough. */
export function fit(status: NetflowCollectorStatus): NetflowCollectorStatus {
  const { topExporters = [], worstNodes = [] } = status;
  if (Buffer.byteLength(JSON.stringify(status)) <= MAX_STATUS_BYTES) return status;
  if (topExporters.length > 0) return fit({ ...status, topExporters: topExporters.slice(0, -1) });
  if (worstNodes.length > 0) return fit({ ...status, worstNodes: worstNodes.slice(0, -1) });
  return status;
}

function totalsOf({ account, crashes }: Totals) {
  const { packets, flows, exported, filtered, sampledOut, dropped, errors, ...lost } = account.counters;
  const { lostFlows, lostPackets, lostFlowsBetweenRuns, lostPacketsBetweenRuns } = lost;
  const flowsLost = (lostFlows: number, lostPackets: number) =>
    Math.round(lostOf({ packets, flows, lostFlows, lostPackets }));
  const totals = {
    ...{ packets, flows, exported, filtered, sampledOut, dropped, errors, lostFlows, lostPackets },
    // More than has come was exported, where what was told of a pod that is gone is not all.
    pending: Math.max(0, unsettledOf(account)),
    lost: flowsLost(lostFlows, lostPackets),
    lostBetweenRuns: flowsLost(lostFlowsBetweenRuns, lostPacketsBetweenRuns),
    restarts: crashes,
  };
  return Object.fromEntries(Object.entries(totals).map(([name, count]) => [name, storable(count)])) as typeof totals;
}

/** The API server refuses more: whatever a collector says must not keep the status from being written. */
function storable(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

function worstOf({ severity, flowsPerSecond, lostPercent, lastReportTime, message, ...fault }: Fault) {
  return {
    ...fault,
    message: clip(message, MAX_MESSAGE),
    ...(flowsPerSecond !== undefined && { flowsPerSecond: rounded(flowsPerSecond) }),
    ...(lostPercent !== undefined && { lostPercent: rounded(lostPercent) }),
    ...(lastReportTime !== undefined && { lastReportTime: timeOf(lastReportTime) }),
  };
}

function timeOf(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`;
}
