/** Structured logs on standard error: a JSON object a line, or what `log-text.ts` makes of it for a terminal. */
import { writeSync } from 'node:fs';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** How often, in milliseconds, one warning or error may be repeated for one `subject`; the rest is counted. */
const REPEAT_INTERVAL_MS = 10_000;
/** Messages whose repetition is tracked; beyond this, tracking starts over. */
const MAX_TRACKED = 1_024;

export type LogFields = Record<string, string | number | boolean | null | undefined>;
export type Log = Record<LogLevel, (message: string, fields?: LogFields) => void>;
/** A log whose level can be changed. */
export type Logger = Log & { setLevel(level: LogLevel): void };

/** A line before it is written. `time` is Unix milliseconds. */
export type LogEntry = { time: number; level: LogLevel; message: string; fields: LogFields };
/** Makes the text of a line, with its end. */
export type LogFormat = (entry: LogEntry) => string;

export type LogOptions = {
  /** JSON unless told. */
  format?: LogFormat;
  /** Unix milliseconds. */
  now?: () => number;
  /** Fields that each line ends with, such as the ids of a trace. */
  context?: () => LogFields;
};

/**
 * A logger that drops lines below `level` and bounds the rate of each warning and error, and of news that have a
 * `subject` (a field). What is bounded is a message about one subject, so messages must be constant: what varies goes
 * into the fields. What is left out is counted in the next line's `suppressed`.
 */
export function createLog(
  level: LogLevel,
  write: (line: string) => void = writeToStandardError,
  { format = formatJson, now = Date.now, context = () => ({}) }: LogOptions = {},
): Logger {
  let lowest = LEVELS.indexOf(level);
  const last = new Map<string, { time: number; suppressed: number }>();

  function log(lineLevel: LogLevel, message: string, fields: LogFields = {}): void {
    if (LEVELS.indexOf(lineLevel) < lowest) return;
    const time = now();
    let suppressed: number | undefined;
    const isBounded = lineLevel === 'info' ? fields.subject !== undefined : lineLevel !== 'debug';
    if (isBounded) {
      const id = `${message}\n${fields.subject ?? ''}`;
      const seen = last.get(id);
      if (seen && time - seen.time < REPEAT_INTERVAL_MS) {
        seen.suppressed++;
        return;
      }
      suppressed = seen?.suppressed || undefined;
      if (last.size >= MAX_TRACKED) last.clear();
      last.set(id, { time, suppressed: 0 });
    }
    write(format({ time, level: lineLevel, message, fields: { ...fields, suppressed, ...context() } }));
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

function formatJson({ time, level, message, fields }: LogEntry): string {
  return `${JSON.stringify({ time: new Date(time).toISOString(), level, message, ...fields })}\n`;
}

/** What can't be written, as to a terminal that was closed, nobody can read: that is no reason to stop working. */
function writeToStandardError(line: string): void {
  try {
    writeSync(2, line);
  } catch {}
}
