/** The books of one run as they are in its file: JSON, written anew each second. */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { account } from '../../crds/account.ts';
import { earlierRuns } from '../../crds/report.ts';
import type { KeptDomain } from '../templates/kept-sequences.ts';

const count = z.int().min(0);
const units = count.nullable();
const sequenceNumber = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

const keptDomain = z.object({
  key: z.string().max(512),
  at: z.number(),
  sequence: z.object({
    last: sequenceNumber,
    sysUptime: count,
    exportTime: z.number(),
    carried: z.object({ flows: units, options: units, templates: units }),
    account: z
      .object({
        learner: z.object({
          unit: z.enum(['packets', 'flows', 'data records', 'records']),
          inclusive: z.boolean(),
          misses: z.array(count).nullable(),
        }),
        gap: z.object({ start: sequenceNumber, units: count, missing: count }),
        cameLate: count,
        doubtful: z.object({ units: count, doubters: count }),
        asExpected: count,
      })
      .nullable(),
  }),
}) satisfies z.ZodType<KeptDomain>;

const runId = z.string().regex(/^[0-9a-f]{16}$/);

export const runRecord = z.object({
  run: runId,
  /** When it was written, in Unix milliseconds. */
  time: z.number(),
  /** Whether the run has ended in order: then nothing was in memory, and it has received nothing since. */
  closed: z.boolean(),
  earlier: earlierRuns,
  account,
  /** Flows in the spool that it took over, and that it had there. */
  adopted: count,
  spooled: count,
  /** Its folder of the spool, then those of earlier runs that it found; and the flows that it found there. */
  spools: z.array(runId),
  found: count,
  /** Flows that came by the evidence of the disk alone, and that sequences have not told to be lost so far. */
  unbooked: count,
  /** Runs whose books are in `earlier`: those of their files that are still there must not be counted again. */
  merged: z.array(runId),
  /** Each by itself: one that can't be read costs no other. */
  sequences: z.array(z.unknown()).transform((all) =>
    all.flatMap((one): KeptDomain[] => {
      const parsed = keptDomain.safeParse(one);
      return parsed.success ? [parsed.data] : [];
    }),
  ),
});

export type RunRecord = z.output<typeof runRecord>;

/** An id of a run: 16 hexadecimal digits that no other has. */
export function drawId(): string {
  return randomBytes(8).toString('hex');
}
