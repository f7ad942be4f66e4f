/** What is wrong on a node, told so that a person can act on it. Pure. */
import type { ReportCounters } from '../../crds/account.ts';
import { listed } from '../../crds/common/text.ts';
import type { Trouble } from '../cluster/pods.ts';
import type { Reason } from '../cluster/reasons.ts';
import { type Reporter, ratesOf } from './reporter.ts';

export type Fault = {
  node: string;
  pod: string;
  reason: Reason;
  message: string;
  /** Absent while not known. */
  flowsPerSecond?: number;
  lostPercent?: number;
  /** For a silent one, in Unix milliseconds. */
  lastReportTime?: number;
  /** For a lost one: devices that were sending to it, and addresses of those that sent most. */
  exporters?: number;
  addresses?: string[];
  /** The higher, the worse. */
  severity: number;
};

/** A node that has no collector any more though exporters were sending to it. */
export type LostNode = {
  node: string;
  pod: string;
  /** When its collector last reported, in Unix milliseconds. */
  lastReportTime: number;
  exporters: number;
  /** Addresses of those that sent most, as many as a status holds. */
  addresses: string[];
};

/** Exporters that a message names. */
const MAX_EXPORTERS = 3;
/** Less than this, in percent, is normal for a network. */
const LOST_PERCENT = 1;
const ERRORS_PERCENT = 1;

/** The worst there is to say about a collector; `late`: it should have reported by now. */
export function faultOf(
  reporter: Reporter,
  { trouble, late }: { trouble: Trouble | undefined; late: boolean },
): Fault | undefined {
  const { pod, heard } = reporter;
  const who = { node: pod.node, pod: pod.name };
  if (trouble && !trouble.past) return { ...who, ...trouble, severity: 5 };
  if (late) {
    const lastReportTime = heard?.wallTime;
    const since =
      lastReportTime === undefined ? 'yet' : `since ${new Date(lastReportTime).toISOString().slice(0, 19)}Z`;
    const message = `no report ${since}; see whether node and pod run, and whether they reach the operator’s Service`;
    return { ...who, reason: 'Silent', message, severity: 4, ...(lastReportTime !== undefined && { lastReportTime }) };
  }

  const rates = ratesOf(reporter);
  const lostPercent = rates && lostPercentOf(rates);
  const known = { ...who, ...(rates && { flowsPerSecond: rates.flows, lostPercent }) };
  if (heard?.report.export.state === 'failing') {
    const message = `the backend does not take flows (${heard.report.export.error ?? 'no reason is known'})`;
    return { ...known, reason: 'ExportFailing', message, severity: 3 };
  }
  if (trouble) return { ...known, reason: trouble.reason, message: trouble.message, severity: 2 };
  if (!rates || lostPercent === undefined) return undefined;
  if (lostPercent >= LOST_PERCENT) {
    const message = `${rates.dropped > lostOf(rates) ? 'flows are dropped: the pod’s page says why' : 'flows never came: raise net.core.rmem_max, or check the network'}`;
    return { ...known, reason: 'FlowsLost', message, severity: 1 + lostPercent / 101 };
  }
  const errorsPercent = rates.packets > 0 ? Math.min(100, (rates.errors / rates.packets) * 100) : 0;
  if (errorsPercent < ERRORS_PERCENT) return undefined;
  const message = 'packets can’t be decoded: the pod’s page says which devices send them, and why';
  return { ...known, reason: 'PacketErrors', message, severity: errorsPercent / 101 };
}

/** What is wrong with a node that exporters sent to when its collector went. */
export function faultOfLost(lost: LostNode): Fault {
  const { exporters, addresses } = lost;
  const message = `it has no collector any more, and ${exporters} exporters were sending to it (${listed(addresses, MAX_EXPORTERS)}); let them send to another node, or check its taints and spec.pod.tolerations, its labels and spec.pod.nodeSelector`;
  return { ...lost, reason: 'NodeLost', message, severity: 5 };
}

/** Flows that never came. Where packets are counted, each is assumed to be as large as those that came. */
export function lostOf({
  packets,
  flows,
  lostFlows,
  lostPackets,
}: Pick<ReportCounters, 'packets' | 'flows' | 'lostFlows' | 'lostPackets'>): number {
  return lostFlows + (packets > 0 ? (lostPackets * flows) / packets : lostPackets);
}

/** Of all flows that exporters sent, those that never came or were dropped. */
export function lostPercentOf(rates: ReportCounters): number {
  const lost = lostOf(rates);
  const sent = rates.flows + lost;
  return sent > 0 ? Math.min(100, ((lost + rates.dropped) / sent) * 100) : 0;
}
