import type { ReportCounters } from '../../crds/account.ts';
import type { Report } from '../../crds/report.ts';
import type { PodIdentity } from '../reports/reviewer.ts';
import type { Reporter } from './reporter.ts';

export const BOOT = 'a'.repeat(32);

export function countersOf(changes: Partial<ReportCounters> = {}): ReportCounters {
  const none = { packets: 0, errors: 0, flows: 0, exported: 0, filtered: 0, sampledOut: 0, dropped: 0 };
  const lost = { lostFlows: 0, lostPackets: 0, lostFlowsBetweenRuns: 0, lostPacketsBetweenRuns: 0 };
  return { ...none, ...lost, ...changes };
}

export function reportOf(
  uptime: number,
  counters: Partial<ReportCounters> = {},
  changes: Partial<Omit<Report, 'uptime' | 'counters'>> = {},
): Report {
  return {
    boot: BOOT,
    uptime,
    counters: countersOf(counters),
    droppedByReason: {},
    inFlight: 0,
    spooled: 0,
    last: false,
    export: { state: 'working' },
    exporters: 0,
    topExporters: [],
    ...changes,
  };
}

export function podOf(node: string): PodIdentity {
  return { uid: `uid-${node}`, name: `edge-collector-${node}`, node };
}

export function reporterOf(node: string, since = 0): Reporter {
  return { pod: podOf(node), since };
}
