/** Every collector of a resource as it is known now: the status has room only for the worst. Pure. */
import type { ReportCounters } from '../../crds/account.ts';
import type { TopExporter } from '../../crds/report.ts';
import type { Finding } from '../cluster/reasons.ts';
import type { Troubles } from './aggregate.ts';
import { faultOf, lostPercentOf } from './fault.ts';
import { dueTime, type Reporter, ratesOf } from './reporter.ts';
import { rounded } from './rounded.ts';

export type CollectorView = {
  node: string;
  pod: string;
  /** `silent`: it should have reported by now; `awaited`: it has just started. */
  state: 'reporting' | 'silent' | 'awaited';
  /** Absent when nothing is. */
  wrong?: Finding;
  /** What its last report said. Absent before the first. */
  report?: {
    secondsAgo: number;
    /** Of this run. */
    totals: ReportCounters;
    /** Runs before it that ended by a crash. */
    restarts: number;
    droppedByReason: Record<string, number>;
    /** Devices that have sent lately, and those that sent most. */
    exporters: number;
    topExporters: readonly TopExporter[];
  };
  /** Per second. Absent while not known, and for one that is silent. */
  rates?: { packets: number; flows: number; errors: number; exported: number; lostPercent: number };
};

/** The worst first, then by node. */
export function viewsOf(reporters: readonly Reporter[], troubles: Troubles, now: number): CollectorView[] {
  return reporters
    .map((reporter) => {
      const fault = faultOf(reporter, { trouble: troubles.get(reporter.pod.uid), late: now > dueTime(reporter) });
      return { view: viewOf(reporter, fault, now), severity: fault?.severity ?? 0 };
    })
    .sort((a, b) => b.severity - a.severity || (a.view.node < b.view.node ? -1 : 1))
    .map(({ view }) => view);
}

function viewOf(reporter: Reporter, fault: CollectorView['wrong'], now: number): CollectorView {
  const { pod, heard } = reporter;
  const late = now > dueTime(reporter);
  const rates = late ? undefined : ratesOf(reporter);
  return {
    node: pod.node,
    pod: pod.name,
    state: late ? 'silent' : heard ? 'reporting' : 'awaited',
    ...(fault && { wrong: { reason: fault.reason, message: fault.message } }),
    ...(heard && {
      report: {
        secondsAgo: Math.round((now - heard.at) / 1_000),
        totals: heard.report.counters,
        restarts: heard.report.earlier?.crashes ?? 0,
        droppedByReason: heard.report.droppedByReason,
        exporters: heard.report.exporters,
        topExporters: heard.report.topExporters,
      },
    }),
    ...(rates && {
      rates: {
        packets: rounded(rates.packets),
        flows: rounded(rates.flows),
        errors: rounded(rates.errors),
        exported: rounded(rates.exported),
        lostPercent: rounded(lostPercentOf(rates)),
      },
    }),
  };
}
