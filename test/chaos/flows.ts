/** Flows with numbers, as packets; and what becomes of them by a collector's own books. */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Collector, Status } from '../e2e/collector.ts';
import { buildTraffic } from '../generator/traffic.ts';
import { numbered } from './tally.ts';

const RECORDS = 30;
const RING = 100;

export type Flows = {
  perPacket: number;
  /** The number of the next one; the first is 1. */
  next: number;
  /** As many packets, whose flows are numbered on. */
  make(packets: number): Buffer[];
};

/** Flows of version 5. */
export function createFlows(): Flows {
  const ring = buildTraffic({ version: 5, exporters: 1, packets: RING, records: RECORDS, now: Date.now() });
  return {
    perPacket: RECORDS,
    next: 1,
    make(packets) {
      return Array.from({ length: packets }, () => {
        const packet = numbered(ring[Math.floor(this.next / RECORDS) % RING].bytes, this.next);
        this.next += RECORDS;
        return packet;
      });
    },
  };
}

export function droppedOf({ ledger }: Status): number {
  return Object.values(ledger.flowsDropped).reduce((sum, flows) => sum + flows, 0);
}

/** Resolves when a collector has nothing left, nor other runs in the folder of the spool. */
export async function emptied(collector: Collector, spool: string): Promise<Status> {
  for (;;) {
    const status = await collector.status();
    const { flowsInFlight, flowsSpooled, imbalance } = status.ledger;
    if (flowsInFlight + flowsSpooled === 0 && imbalance === 0 && readdirSync(spool).length === 1) return status;
    await sleep(50);
  }
}
