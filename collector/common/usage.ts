/** What users of commands are told when something goes wrong. */
import { CollectorError, formatError } from './errors.ts';
import { howToRun } from './how-to-run.ts';

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

/**
 * Runs a command; what goes wrong is said on standard error. `explain` has words for what is the command's own.
 * Resolves with the exit code.
 */
export async function explained(
  command: string,
  run: () => Promise<void>,
  explain: (error: NodeJS.ErrnoException) => string | undefined = () => undefined,
): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const text = isUsage
      ? `${command}: ${error.message}\nSee: ${howToRun([command, '--help'])}\n`
      : error instanceof CollectorError
        ? formatError(error)
        : `${command}: ${explain(error as Error) ?? inWords(error as Error)}\n`;
    process.stderr.write(text);
    return isUsage ? 2 : 1;
  }
}

const FILE_FAULTS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  EACCES: 'this user may not read it',
};

function inWords({ code = '', path, message }: NodeJS.ErrnoException): string {
  return path !== undefined && code in FILE_FAULTS ? `${FILE_FAULTS[code]}: ${path}` : message;
}
