/** Lines of the log for people: time of day, level, message, fields. */
import { isatty, WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import type { LogFields, LogFormat, LogLevel } from './log.ts';
import { printable } from './text.ts';

type Style = Parameters<typeof styleText>[0];

const STYLES: Record<LogLevel, Style> = { debug: 'dim', info: 'green', warn: 'yellow', error: 'red' };
/** So that fields begin in one column behind most messages. */
const MESSAGE_WIDTH = 28;
const STANDARD_ERROR = 2;

/** How lines are written to standard error: undefined for JSON. Colours are by NO_COLOR, FORCE_COLOR and TERM. */
export function formatFor(setting: 'auto' | 'json', terminal = isatty(STANDARD_ERROR)): LogFormat | undefined {
  if (setting === 'json' || !terminal) return undefined;
  return createTextFormat(WriteStream.prototype.getColorDepth(process.env) > 1);
}

/** A line for people, in the time zone of this machine. A message may have several lines. */
export function createTextFormat(colours: boolean): LogFormat {
  const styled = (style: Style, text: string) => (colours ? styleText(style, text, { validateStream: false }) : text);
  const written = ([name, value]: [string, string]): string => `${styled('dim', `${name}=`)}${value}`;

  return ({ time, level, message, fields }) => {
    const [head, ...rest] = message.split('\n');
    const shown = fieldsOf(fields);
    const text = printable(head);
    const words = [
      styled('dim', timeOfDay(time)),
      styled(STYLES[level], level.toUpperCase().padEnd(5)),
      shown.length > 0 ? text.padEnd(MESSAGE_WIDTH) : text,
      ...shown.map(written),
    ];
    return [words.join(' '), ...rest.map(printable), ''].join('\n');
  };
}

/** With fractions, as in `16:24:07.123`. */
function timeOfDay(ms: number): string {
  const date = new Date(ms);
  const two = (number: number) => String(number).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function fieldsOf(fields: LogFields): [name: string, value: string][] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? quoted(value) : String(value)]],
  );
}

/** As it is when it is a single word, else between quotation marks. */
function quoted(text: string): string {
  return printable(/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text));
}
