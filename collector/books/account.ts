/** The ledger as it is told beyond the process: to the operator, and to the next run. Pure. */
import type { Account } from '../../crds/account.ts';
import { FLOW_DROPS, type Ledger, PACKET_ERRORS } from '../ledger/ledger.ts';

/** What a ledger comes to in the books. */
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
