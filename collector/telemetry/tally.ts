/** Entries in the ledger for what happens to packets and flows on their way to a batch. */
import { COUNTER, type Counters, countInBucket, FLOWS_PER_PACKET, PACKET_SIZE, type PacketError } from './ledger.ts';

export function tallyPacket(counters: Counters, size: number, receivedMs: number): void {
  counters[COUNTER.packets]++;
  counters[COUNTER.packetBytes] += size;
  counters[COUNTER.lastPacketTime] = receivedMs;
  countInBucket(counters, PACKET_SIZE, size);
}

export function tallyError(counters: Counters, reason: PacketError, count = 1): void {
  counters[COUNTER[`packetErrors.${reason}`]] += count;
}

/** Flows of one packet: those that were found, and of these the ones in a batch and the ones left out by selection. */
export function tallyFlows(counters: Counters, found: number, encoded: number, leftOut: number): void {
  counters[COUNTER.flows] += found;
  counters[COUNTER.flowsInFlight] += encoded;
  counters[COUNTER['flowsDropped.record_limit']] += found - encoded - leftOut;
  countInBucket(counters, FLOWS_PER_PACKET, found);
}
