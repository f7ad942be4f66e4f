/** What is done with sFlow beside its flows: the same in the collector's configuration and in the resource. */
import * as z from 'zod';
import { duration } from './quantity.ts';
import { withRules } from './rule.ts';

/** Counter records that become metrics, by what they are about. */
export const COUNTER_KINDS = ['interfaces', 'ethernet', 'vlans', 'processors', 'hosts'] as const;
export type CounterKind = (typeof COUNTER_KINDS)[number];

const MAX_SOURCES = 100_000;
/** Shorter than this, and sources would come and go between two of their samples. */
const MIN_EXPIRY_MS = 60_000;

const counters = z.strictObject({
  records: withRules(z.array(z.enum(COUNTER_KINDS)).max(COUNTER_KINDS.length), {
    check: (all) => new Set(all).size === all.length,
    cel: 'self.all(a, self.exists_one(b, a == b))',
    message: 'must be different ones',
  })
    .default([])
    .describe(
      'Which counters that devices send become metrics: of interfaces, of Ethernet below them, of VLANs, of processors and of hosts. None by default.',
    ),
  maxSources: z
    .int()
    .min(1)
    .max(MAX_SOURCES)
    .default(2_000)
    .describe(
      'Interfaces and the like that have series, of all devices. One device gets no more of them than are left for others.',
    ),
  expiry: withRules(duration, {
    check: (milliseconds) => milliseconds >= MIN_EXPIRY_MS,
    cel: "duration(self) >= duration('1m')",
    message: 'must be at least 1m',
  })
    .prefault('10m')
    .describe('Series of an interface or the like without samples for this long are forgotten.'),
});

export const sflow = z.strictObject({
  counters: counters.prefault({}).describe('Metrics of what devices count themselves.'),
});
