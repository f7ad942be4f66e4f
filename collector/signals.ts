import { isatty } from 'node:tty';

/** What the system's signals ask of the collector. */
export type SignalHandlers = {
  /** Read the configuration again. */
  reload(): void;
  /** Stop in order. */
  stop(signal: NodeJS.Signals): void;
  /** End at once: it was told to stop already. */
  end(): void;
};

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const STANDARD_STREAMS = [0, 1, 2];

/**
 * Listens to signals. SIGTERM and SIGINT (Ctrl-C) stop the collector, a second one ends it. SIGHUP has two meanings: it
 * is what administrators send for a reload, and what the system sends when the terminal is closed that a program was
 * started from. The latter stops it. Who starts it by nohup has taken the terminal from all of its streams.
 */
export function listenToSignals({ reload, stop, end }: SignalHandlers): void {
  const terminals = STANDARD_STREAMS.filter(isatty);
  let stopping = false;
  const onStop = (signal: NodeJS.Signals): void => {
    if (stopping) end();
    stopping = true;
    stop(signal);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onStop);
  process.on('SIGHUP', (signal) => {
    if (terminals.every(isatty)) reload();
    else if (!stopping) onStop(signal);
  });
}
