/** What became of packets and flows, in sums that only grow: of a run of a collector, or of many. */
import * as z from 'zod';

const count = z.int().min(0);

const reportCounters = z.object({
  packets: count,
  /** Packets, or parts of them, that could not be decoded. */
  errors: count,
  flows: count,
  exported: count,
  filtered: count,
  sampledOut: count,
  dropped: count,
  /** What sequence numbers say never came: flows where they count flows, packets where they count packets. */
  lostFlows: count,
  lostPackets: count,
  /** Of these, what came between two runs: versions that keep no books don't tell. */
  lostFlowsBetweenRuns: count.default(0),
  lostPacketsBetweenRuns: count.default(0),
});

export type ReportCounters = z.output<typeof reportCounters>;

const MAX_REASONS = 32;

/** Flows that were dropped, by reason. */
const droppedByReason = z
  .record(
    z
      .string()
      .max(32)
      .regex(/^[a-z]+(_[a-z]+)*$/),
    count,
  )
  .refine((reasons) => Object.keys(reasons).length <= MAX_REASONS, `must have at most ${MAX_REASONS} reasons`);

export const account = z.object({ counters: reportCounters, droppedByReason });

export type Account = z.output<typeof account>;

export const NOTHING: Account = {
  counters: {
    ...{ packets: 0, errors: 0, flows: 0, exported: 0, filtered: 0, sampledOut: 0, dropped: 0 },
    ...{ lostFlows: 0, lostPackets: 0, lostFlowsBetweenRuns: 0, lostPacketsBetweenRuns: 0 },
  },
  droppedByReason: {},
};

export const COUNTER_NAMES = Object.keys(NOTHING.counters) as (keyof ReportCounters)[];

/** The sum of each count. */
export function sumOf(one: Account, other: Account): Account {
  return combine(one, other, (a, b) => a + b);
}

/** Of each count the greater one. */
export function greaterOf(one: Account, other: Account): Account {
  return combine(one, other, Math.max);
}

function combine(one: Account, other: Account, count: (a: number, b: number) => number): Account {
  const counters = { ...one.counters };
  for (const name of COUNTER_NAMES) counters[name] = count(counters[name], other.counters[name]);
  const droppedByReason = { ...one.droppedByReason };
  for (const [reason, flows] of Object.entries(other.droppedByReason)) {
    droppedByReason[reason] = count(droppedByReason[reason] ?? 0, flows);
  }
  return { counters, droppedByReason };
}

/** Flows that nothing has become of yet. */
export function unsettledOf({ counters: { flows, exported, filtered, sampledOut, dropped } }: Account): number {
  return flows - exported - filtered - sampledOut - dropped;
}
