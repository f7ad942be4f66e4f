/** Mistakes in the command lines of commands. */

/** A mistake in the command line; its message says what to write. */
export class UsageError extends Error {}

/** What `parse` returns; what it throws is the user's mistake. */
export function orUsageError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
