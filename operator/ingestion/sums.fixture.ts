import type { KeptSums } from './kept-sums.ts';

/** For what is about something else. */
export const NO_SUMS: KeptSums = { take() {}, keep: async () => undefined, forget() {} };
