/** Entries in the ledger for what happens to packets and flows on their way to a batch. */
import type { Lateness } from './lateness.ts';
import { COUNTER, type Counters, countInBucket, FLOWS_PER_PACKET, PACKET_SIZE, type PacketError } from './ledger.ts';

/** Enters a packet of `size` bytes, received at `receivedMs`, in Unix milliseconds. */
export function tallyPacket(counters: Counters, size: number, receivedMs: number): void {
  counters[COUNTER.packets]++;
  counters[COUNTER.packetBytes] += size;
  counters[COUNTER.lastPacketTime] = receivedMs;
  countInBucket(counters, PACKET_SIZE, size);
}

/** Enters what could not be read of packets. */
export function tallyError(counters: Counters, reason: PacketError, count = 1): void {
  counters[COUNTER[`packetErrors.${reason}`]] += count;
}

/**
 * Flows of one packet: those that were found, and of these the ones in a batch, left out by selection, or unplanned.
 */
export type FlowTally = { flows: number; exportedFlows: number; leftOutFlows: number; unplannedFlows: number };

/**
 * Enters the flows of a packet: those in a batch are in flight, and those that are in no other count are beyond the
 * limit.
 */
export function tallyFlows(counters: Counters, tally: FlowTally): void {
  const { flows, exportedFlows, leftOutFlows, unplannedFlows } = tally;
  counters[COUNTER.flows] += flows;
  counters[COUNTER.flowsInFlight] += exportedFlows;
  counters[COUNTER['flowsDropped.record_limit']] += flows - exportedFlows - leftOutFlows - unplannedFlows;
  counters[COUNTER['flowsDropped.plan_limit']] += unplannedFlows;
  countInBucket(counters, FLOWS_PER_PACKET, flows);
}

/** Enters flows by how late they came. */
export function tallyLateness(counters: Counters, { counts, seconds, first, last }: Lateness): void {
  const ofFirst = COUNTER['lateness.0'];
  for (let bucket = first; bucket <= last; bucket++) counters[ofFirst + bucket] += counts[bucket];
  counters[COUNTER.latenessSeconds] += seconds;
}
