/** Structured logs: a JSON object a line, on standard error. */
import { writeSync } from 'node:fs';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** How often one message may be repeated; what comes more often is counted in the next line's `suppressed`. */
const REPEAT_INTERVAL_MS = 10_000;
/** Messages whose repetition is tracked; beyond it the tracking starts anew. */
const MAX_TRACKED = 256;

export type LogFields = Record<string, string | number | boolean | null | undefined>;
export type Log = Record<LogLevel, (message: string, fields?: LogFields) => void>;
/** A log whose level can be changed. */
export type Logger = Log & { setLevel(level: LogLevel): void };

/**
 * A logger that drops lines below `level` and bounds the rate of each warning and error. The message is the key of
 * that bound, so it must be constant: what varies goes into the fields.
 */
export function createLog(
  level: LogLevel,
  write: (line: string) => void = (line) => writeSync(2, line),
  now: () => number = Date.now,
): Logger {
  let lowest = LEVELS.indexOf(level);
  const last = new Map<string, { time: number; suppressed: number }>();

  function log(lineLevel: LogLevel, message: string, fields: LogFields = {}): void {
    if (LEVELS.indexOf(lineLevel) < lowest) return;
    const time = now();
    let suppressed: number | undefined;
    if (lineLevel === 'warn' || lineLevel === 'error') {
      const seen = last.get(message);
      if (seen && time - seen.time < REPEAT_INTERVAL_MS) {
        seen.suppressed++;
        return;
      }
      suppressed = seen?.suppressed || undefined;
      if (last.size >= MAX_TRACKED) last.clear();
      last.set(message, { time, suppressed: 0 });
    }
    write(
      `${JSON.stringify({ time: new Date(time).toISOString(), level: lineLevel, message, ...fields, suppressed })}\n`,
    );
  }

  return {
    setLevel: (level) => {
      lowest = LEVELS.indexOf(level);
    },
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
  };
}
