/** Command line → settings. */
import { parseArgs } from 'node:util';
import { COMMANDS, isCommand } from './commands.ts';
import { ACTIONS, FLAGS } from './flag-table.ts';
import type { Mistake, Setting } from './setting.ts';
import { nearest } from './suggest.ts';

export type CommandLine = {
  settings: Setting[];
  mistakes: Mistake[];
  action: keyof typeof ACTIONS | 'run';
  configFile?: string;
};

const SETTING_FLAGS = new Map(
  Object.values(FLAGS)
    .flat()
    .map((flag) => [flag.name, flag]),
);
const ALL_NAMES = [...SETTING_FLAGS.keys(), 'config', ...Object.keys(ACTIONS)];

/** Reads the command line; all its mistakes are returned, none is thrown. */
export function readFlags(argv: readonly string[]): CommandLine {
  const line: CommandLine = { settings: [], mistakes: [], action: 'run' };
  const uses = new Map<string, number>();
  const actions = new Set<string>();
  let skip = -1;

  const withValue = [...SETTING_FLAGS.keys(), 'config'].map((name) => [name, { type: 'string' }] as const);
  const withoutValue = Object.keys(ACTIONS).map((name) => [name, { type: 'boolean' }] as const);
  const { tokens } = parseArgs({
    args: [...argv],
    options: { ...Object.fromEntries([...withValue, ...withoutValue]), help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  });

  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      if (token.index !== skip) mistake(token.value, misplaced(token.value));
      continue;
    }
    const { name, value, rawName } = token;
    if (!ALL_NAMES.includes(name) || (!rawName.startsWith('--') && rawName !== '-h')) {
      const isShort = !rawName.startsWith('--');
      // Each letter of a word behind one dash is a token.
      if (isShort && token.index === skip - 1) continue;
      const written = isShort ? argv[token.index].replace(/=.*/s, '') : rawName;
      const near = nearest(written.replace(/^-+/, ''), ALL_NAMES);
      mistake(written, `unknown flag${near ? `; did you mean --${near}?` : '; --help lists them'}`);
      skip = token.index + 1;
    } else if (name in ACTIONS) {
      if (value !== undefined) mistake(rawName, 'takes no value');
      actions.add(name);
    } else if (value === undefined || value === '' || (!token.inlineValue && value.startsWith('-'))) {
      mistake(rawName, `needs a value: ${rawName} ${SETTING_FLAGS.get(name)?.argument ?? 'FILE'}`);
    } else {
      use(name, value);
    }
  }
  line.action = (Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]).find((name) => actions.has(name)) ?? 'run';
  return line;

  function mistake(where: string, what: string): void {
    line.mistakes.push({ where, what });
  }

  function use(name: string, value: string): void {
    const flag = SETTING_FLAGS.get(name);
    const nth = uses.get(name) ?? 0;
    if (nth > 0 && !flag?.repeatable) {
      mistake(`--${name}`, 'is given twice');
      return;
    }
    if (flag) {
      const reading = flag.read(value, nth);
      if ('allowed' in reading) {
        mistake(`--${name}`, flag.secret ? reading.allowed : `${JSON.stringify(value)} ${reading.allowed}`);
        return;
      }
      const source = flag.secret ? `--${name}` : `--${name} ${value}`;
      line.settings.push(...reading.map((entry) => ({ ...entry, source })));
    } else {
      line.configFile = value;
    }
    uses.set(name, nth + 1);
  }
}

/** What is wrong with a word that is neither a flag nor the value of one. */
function misplaced(word: string): string {
  if (isCommand(word)) return 'a command comes first, and flags of its own after it';
  const near = nearest(word, Object.keys(COMMANDS));
  if (near) return `no such command; did you mean ${near}?`;
  return 'is neither a command nor a flag; values follow their flag, as in --listen :2055';
}
