/** The command lines of `netflow2traces tap` and `netflow2traces top`. */
import { parseArgs } from 'node:util';
import { table } from '../../crds/common/help.ts';
import { readToken } from '../../crds/common/http-access.ts';
import { orUsageError, UsageError } from '../common/usage.ts';

/** Where a collector on its own has its page. */
const DEFAULT_URL = 'http://localhost:9464/';
const TOKEN_VARIABLE = 'NETFLOW2TRACES_TOKEN';

const COMMON_ROWS = [
  ['URL', `of the collector's page (default ${DEFAULT_URL})`],
  ['--token-file FILE', `its token, where one is wanted (http.tokenFile); or by the variable ${TOKEN_VARIABLE}`],
] as const;

export const TAP_HELP = `Shows flows of a running collector as they come, until Ctrl-C. They are those of a sample: of the
last packets, some ten a second, that the collector keeps for its page; nothing of what it exports
changes.

Usage: netflow2traces tap [OPTIONS] [URL]

${table([
  ...COMMON_ROWS,
  ['--filter CEL', 'only flows of which it is true; as in docs/selection.md'],
  ['--count N', 'end after so many'],
  ['--json', 'a JSON object a line, with all attributes'],
  ['-h, --help', 'show this'],
])}
Examples:
  netflow2traces tap --filter 'cidr("10.0.0.0/8").containsIP(source.address)'
  kubectl --namespace netflow port-forward pod/edge-abcde 9464 &
  netflow2traces tap --count 20 --json
`;

export const TOP_HELP = `Shows what a running collector has to do, again and again: rates, loss, who has most of the bytes,
ports, exporters.

Usage: netflow2traces top [OPTIONS] [URL]

${table([
  ...COMMON_ROWS,
  ['--once', 'show it once, and end; so it does where it does not write to a terminal'],
  ['-h, --help', 'show this'],
])}`;

/** A collector's page, and what opens it. `url` ends with a slash. */
export type Target = { url: URL; token: string | undefined };
export type TapOptions = Target & { filter: string; count: number; json: boolean };
export type TopOptions = Target & { once: boolean };

const TARGET_OPTIONS = {
  'token-file': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Undefined when help is asked for. Throws UsageError. */
export function parseTapOptions(args: string[], env: NodeJS.ProcessEnv): TapOptions | undefined {
  const { values, positionals } = orUsageError(() =>
    parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...TARGET_OPTIONS,
        filter: { type: 'string', default: '' },
        count: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    }),
  );
  if (values.help) return undefined;
  const { filter, count = 'Infinity', json } = values;
  if (count !== 'Infinity' && !/^[1-9]\d*$/.test(count)) throw new UsageError(`--count ${count}: write a whole number`);
  return { ...targetOf(positionals, values['token-file'], env), filter, count: Number(count), json };
}

/** Undefined when help is asked for. Throws UsageError. */
export function parseTopOptions(args: string[], env: NodeJS.ProcessEnv): TopOptions | undefined {
  const { values, positionals } = orUsageError(() =>
    parseArgs({
      args,
      allowPositionals: true,
      options: { ...TARGET_OPTIONS, once: { type: 'boolean', default: false } },
    }),
  );
  if (values.help) return undefined;
  return { ...targetOf(positionals, values['token-file'], env), once: values.once };
}

function targetOf(positionals: readonly string[], tokenFile: string | undefined, env: NodeJS.ProcessEnv): Target {
  const [text = DEFAULT_URL, ...others] = positionals;
  if (others.length > 0) throw new UsageError(`one URL, not also ${others.join(', ')}`);
  const url = URL.parse(text.endsWith('/') ? text : `${text}/`);
  if (!url || !/^https?:$/.test(url.protocol)) throw new UsageError(`${text}: write a URL, such as ${DEFAULT_URL}`);
  const token = tokenFile === undefined ? env[TOKEN_VARIABLE] : orUsageError(() => readToken(tokenFile));
  return { url, token: token || undefined };
}
