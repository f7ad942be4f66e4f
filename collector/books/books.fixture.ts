import { type Account, NOTHING } from '../../crds/account.ts';
import type { RunRecord } from './record.ts';

export const RUN = 'a'.repeat(16);
export const BOOKS = 'b'.repeat(16);

export function accountWith(
  counters: Partial<Account['counters']> = {},
  droppedByReason: Record<string, number> = {},
): Account {
  return { counters: { ...NOTHING.counters, ...counters }, droppedByReason };
}

/** The books of a run that was killed. */
export function recordWith(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    ...{ run: RUN, time: 1_000_000, closed: false, earlier: { books: BOOKS, account: NOTHING, crashes: 0 } },
    ...{ account: NOTHING, adopted: 0, spooled: 0, spools: [], found: 0, unbooked: 0, merged: [], sequences: [] },
    ...changes,
  };
}
