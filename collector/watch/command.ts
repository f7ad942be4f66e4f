/** The commands `tap` and `top`: what a running collector tells → a terminal. */
import { explained } from '../common/usage.ts';
import { WatchError } from './client.ts';
import { parseTapOptions, parseTopOptions, TAP_HELP, TOP_HELP } from './options.ts';
import { tap } from './tap.ts';
import { top } from './top.ts';

/** Shows flows. Resolves with the exit code. */
export function tapFlows(args: string[]): Promise<number> {
  return run('tap', async (signal) => {
    const options = parseTapOptions(args, process.env);
    const note = (text: string): void => void process.stderr.write(`tap: ${text}\n`);
    if (options) await tap(options, { write, note }, signal);
    else write(TAP_HELP);
  });
}

/** Shows rates. Resolves with the exit code. */
export function showTop(args: string[]): Promise<number> {
  return run('top', async (signal) => {
    const options = parseTopOptions(args, process.env);
    const { stdout } = process;
    const size = () => (stdout.isTTY ? { columns: stdout.columns, rows: stdout.rows } : undefined);
    if (options) await top(options, { write, size }, signal);
    else write(TOP_HELP);
  });
}

function write(text: string): void {
  process.stdout.write(text);
}

function run(command: string, action: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  // Whoever reads only the beginning has seen enough.
  process.stdout.on('error', () => process.exit(0));
  return explained(
    command,
    () => action(stop.signal),
    (error) => (error instanceof WatchError ? error.message : error.stack),
  );
}
