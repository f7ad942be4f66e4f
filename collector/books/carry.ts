/** What earlier runs have left → what the next one begins with. Pure. */
import { type Account, NOTHING, sumOf, unsettledOf } from '../../crds/account.ts';
import type { EarlierRuns } from '../../crds/report.ts';
import type { KeptDomain } from '../templates/kept-sequences.ts';
import type { RunRecord } from './record.ts';

export type Carried = {
  earlier: EarlierRuns;
  sequences: KeptDomain[];
  /** Flows that were in memory when their run was killed. */
  crashed: number;
  /** Flows on disk that were in no books: sequences will count them as lost, though they came. */
  unbooked: number;
  merged: string[];
};

/** Sequences of exporters that were not heard of for longer say nothing. */
const MAX_AGE_MS = 86_400_000;

/**
 * `left`: flows in each folder of the spool whose run is gone; `id`: of the books when there are none to go on with.
 *
 * A run that was killed has written its books within the second before. What had come until then and was neither
 * settled nor is on disk was in memory. What came later is lost by the sequences in the same books.
 */
export function carry(records: readonly RunRecord[], left: ReadonlyMap<string, number>, id: string): Carried {
  const merged = new Set(records.flatMap((record) => record.merged));
  const runs = records.filter(({ run }) => !merged.has(run)).sort((a, b) => a.time - b.time);
  let account: Account = NOTHING;
  let [crashes, crashed, onDisk, unbooked] = [0, 0, 0, 0];
  const sequences = new Map<string, KeptDomain>();
  for (const record of runs) {
    account = sumOf(sumOf(account, record.earlier.account), record.account);
    crashes += record.earlier.crashes;
    unbooked += record.unbooked;
    for (const one of record.sequences) {
      const known = sequences.get(one.key);
      if ((known?.at ?? 0) <= one.at && record.time - one.at < MAX_AGE_MS) sequences.set(one.key, one);
    }
    if (record.closed) continue;
    crashes++;
    const missing = unsettledOf(record.account) + Math.max(record.adopted, record.found) - leftOf(record, left);
    if (missing >= 0) crashed += missing;
    else onDisk -= missing;
  }
  const { counters } = account;
  return {
    earlier: {
      books: runs.at(-1)?.earlier.books ?? id,
      account: { ...account, counters: { ...counters, flows: counters.flows + onDisk } },
      crashes,
    },
    sequences: [...sequences.values()],
    crashed,
    unbooked: unbooked + onDisk,
    merged: runs.map(({ run }) => run),
  };
}

/** Where the folder of a run that was killed is gone, another collector has taken over what was there. */
function leftOf({ spools: [own, ...found], spooled }: RunRecord, left: ReadonlyMap<string, number>): number {
  const ofOwn = own === undefined ? 0 : (left.get(own) ?? spooled);
  return found.reduce((total, run) => total + (left.get(run) ?? 0), ofOwn);
}
