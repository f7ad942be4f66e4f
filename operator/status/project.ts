/** A summary as a resource's status shows it: rounded, so that noise writes nothing, and bounded at any size. */
import { clip } from '../../crds/common/text.ts';
import type { NetflowCollectorStatus } from '../../crds/netflowcollector.ts';
import type { Summary } from '../ingestion/aggregate.ts';
import type { Fault } from '../ingestion/fault.ts';
import { rounded } from '../ingestion/rounded.ts';

/** Longest status, in bytes of JSON. */
export const MAX_STATUS_BYTES = 16_384;
const MAX_WORST = 20;
const MAX_REASONS = 32;
/** In characters; the rest of what is wrong is found with the pod. */
const MAX_MESSAGE = 200;

type Shown = Required<Pick<NetflowCollectorStatus, 'ingestion' | 'topExporters' | 'worstNodes'>>;

/** `window`: milliseconds that rates are stated over. */
export function project(summary: Summary, window: number): Shown {
  const { rates, lastPacketTime } = summary;
  return {
    ingestion: {
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
      totals: totalsOf(summary.totals),
      droppedByReason: Object.fromEntries(
        Object.entries(summary.droppedByReason)
          .filter(([, count]) => count > 0)
          .map(([reason, count]) => [reason, storable(count)] as const)
          .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
          .slice(0, MAX_REASONS),
      ),
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

/** Drops the least of what is listed until the whole is small enough. */
export function fit(status: NetflowCollectorStatus): NetflowCollectorStatus {
  const { topExporters = [], worstNodes = [] } = status;
  if (Buffer.byteLength(JSON.stringify(status)) <= MAX_STATUS_BYTES) return status;
  if (topExporters.length > 0) return fit({ ...status, topExporters: topExporters.slice(0, -1) });
  if (worstNodes.length > 0) return fit({ ...status, worstNodes: worstNodes.slice(0, -1) });
  return status;
}

function totalsOf({ packets, flows, exported, filtered, sampledOut, dropped, errors, lost }: Summary['totals']) {
  const totals = { packets, flows, exported, filtered, sampledOut, dropped, errors, lost };
  return Object.fromEntries(Object.entries(totals).map(([name, count]) => [name, storable(count)])) as typeof totals;
}

/** The API server refuses more: whatever a collector says must not keep the status from being written. */
function storable(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

function worstOf({ node, pod, reason, message, flowsPerSecond, lostPercent, lastReportTime }: Fault) {
  return {
    ...{ node, pod, reason, message: clip(message, MAX_MESSAGE) },
    ...(flowsPerSecond !== undefined && { flowsPerSecond: rounded(flowsPerSecond) }),
    ...(lostPercent !== undefined && { lostPercent: rounded(lostPercent) }),
    ...(lastReportTime !== undefined && { lastReportTime: timeOf(lastReportTime) }),
  };
}

function timeOf(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`;
}
