import { randomBytes } from 'node:crypto';
import type { Report } from '../../crds/report.ts';
import { FLOW_DROPS, PACKET_ERRORS } from '../ledger/ledger.ts';
import type { CollectorState } from '../telemetry/state.ts';
import { createExportWatch } from './exporting.ts';
import { createExporterWatch } from './top-exporters.ts';

/** What a report is made of. */
export type ReportedState = Pick<CollectorState, 'ledger' | 'exporters' | 'exportError'>;

/** Makes a report each time it is called; `now` is Unix milliseconds, `uptime` those since the counters began. */
export function createReports(state: ReportedState): (now: number, uptime: number) => Report {
  const boot = randomBytes(16).toString('hex');
  const watchExport = createExportWatch(state.exportError);
  const watchExporters = createExporterWatch();

  return (now, uptime) => {
    const ledger = state.ledger();
    const { count, top } = watchExporters(state.exporters(), now, uptime);
    const { packets, flows, flowsExported, flowsFiltered, flowsSampledOut, lostFlows, lostPackets } = ledger;
    const drops = FLOW_DROPS.map((reason) => [reason, ledger[`flowsDropped.${reason}`]] as const);
    return {
      boot,
      uptime,
      counters: {
        packets,
        errors: PACKET_ERRORS.reduce((total, reason) => total + ledger[`packetErrors.${reason}`], 0),
        flows,
        exported: flowsExported,
        filtered: flowsFiltered,
        sampledOut: flowsSampledOut,
        dropped: drops.reduce((total, [, dropped]) => total + dropped, 0),
        lostFlows,
        lostPackets,
      },
      droppedByReason: Object.fromEntries(drops.filter(([, dropped]) => dropped > 0)),
      export: watchExport(ledger),
      exporters: count,
      ...(ledger.lastPacketTime > 0 && { sinceLastPacket: Math.max(0, Math.round(now - ledger.lastPacketTime)) }),
      topExporters: top,
    };
  };
}
