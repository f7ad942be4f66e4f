/** The ledger as it is told beyond the process: to the operator, and to the next run. Pure. */
import type { Account, ReportCounters } from '../../crds/report.ts';
import { FLOW_DROPS, type Ledger, PACKET_ERRORS } from '../ledger/ledger.ts';

export function accountOf(ledger: Ledger): Account {
  const { packets, flows, flowsExported, flowsFiltered, flowsSampledOut } = ledger;
  const { lostFlows, lostPackets, lostFlowsBetweenRuns, lostPacketsBetweenRuns } = ledger;
  const drops = FLOW_DROPS.map((reason) => [reason, ledger[`flowsDropped.${reason}`]] as const);
  return {
    counters: {
      packets,
      errors: PACKET_ERRORS.reduce((total, reason) => total + ledger[`packetErrors.${reason}`], 0),
      flows,
      exported: flowsExported,
      filtered: flowsFiltered,
      sampledOut: flowsSampledOut,
      dropped: drops.reduce((total, [, dropped]) => total + dropped, 0),
      ...{ lostFlows, lostPackets, lostFlowsBetweenRuns, lostPacketsBetweenRuns },
    },
    droppedByReason: Object.fromEntries(drops.filter(([, dropped]) => dropped > 0)),
  };
}

export const NOTHING: Account = {
  counters: {
    ...{ packets: 0, errors: 0, flows: 0, exported: 0, filtered: 0, sampledOut: 0, dropped: 0 },
    ...{ lostFlows: 0, lostPackets: 0, lostFlowsBetweenRuns: 0, lostPacketsBetweenRuns: 0 },
  },
  droppedByReason: {},
};

export function sumOf(one: Account, other: Account): Account {
  const counters = { ...one.counters };
  for (const name of Object.keys(counters) as (keyof ReportCounters)[]) counters[name] += other.counters[name];
  const droppedByReason = { ...one.droppedByReason };
  for (const [reason, flows] of Object.entries(other.droppedByReason)) {
    droppedByReason[reason] = (droppedByReason[reason] ?? 0) + flows;
  }
  return { counters, droppedByReason };
}

/** Flows that nothing has become of yet. */
export function unsettledOf({ counters: { flows, exported, filtered, sampledOut, dropped } }: Account): number {
  return flows - exported - filtered - sampledOut - dropped;
}
