/**
 * Configuration: command line, environment and file come in; a checked configuration goes out, or everything that is
 * wrong with it, in one go. Flags win over the environment, the environment over the file, the file over the schema's
 * defaults. What turns the sending of flows off wins over all.
 */
import { stringify } from 'yaml';
import * as z from 'zod';
import { type CollectorConfig, collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { CollectorError, formatError } from '../common/errors.ts';
import { VERSION } from '../common/version.ts';
import { createTextReader } from '../files/file-state.ts';
import { createUserElementsFollower } from '../naming/follow.ts';
import { createNetworksFollower } from '../networks/follow.ts';
import { endpointMistakes } from './endpoints.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { type ConfigFile, parseConfigFile } from './file.ts';
import { type CommandLine, readFlags } from './flags.ts';
import { helpText } from './help.ts';
import { dimensionsWithoutEffect } from './metric-dimensions.ts';
import { describeIssues, phrase } from './mistakes.ts';
import { redact } from './redact.ts';
import { assign, formatPath, type Mistake, type Path } from './setting.ts';
import { namesWithoutEffect } from './span-names.ts';
import { variablesWithoutEffect } from './variables-without-effect.ts';

/**
 * Run with a configuration; print a text and end; or ask the collector that has this configuration how it is.
 * `exitCode` 2: the text is about mistakes.
 */
export type LoadedConfig =
  | RunnableConfig
  | { kind: 'print'; text: string; exitCode: 0 | 2 }
  | { kind: 'ask'; http: CollectorConfig['http'] };

/** `read` reads it again, from the file as it then is, and tells what is wrong with it. */
export type RunnableConfig = {
  kind: 'run';
  config: CollectorConfig;
  configFile: string | undefined;
  /** The variable that keeps flows from being sent, if one does. */
  tracesOff: string | undefined;
  /** What of the environment has no effect, a sentence each. */
  variablesWithoutEffect: readonly string[];
  read(): CollectorConfig | CollectorError;
};

/** `argv` is without the program's name. Nothing is thrown for a user's mistake. */
export function loadConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  readFile: (path: string) => string = createTextReader(),
): LoadedConfig {
  const flags = readFlags(argv);
  if (flags.action === 'help') return { kind: 'print', text: helpText(), exitCode: 0 };
  if (flags.action === 'version') return { kind: 'print', text: `netflow2traces ${VERSION}\n`, exitCode: 0 };

  const environment = readEnvironment(env);
  const read = () => readConfig(flags, environment, readFile);
  const config = read();
  if (config instanceof CollectorError) return { kind: 'print', text: formatError(config), exitCode: 2 };
  if (flags.action === 'healthcheck') return { kind: 'ask', http: config.http };
  const { tracesOff } = environment;
  const variables = variablesWithoutEffect(env, config.metrics.otlp.endpoint !== undefined);
  if (flags.action === 'check') return check(config, tracesOff, variables);
  return { kind: 'run', config, configFile: flags.configFile, tracesOff, variablesWithoutEffect: variables, read };
}

/** Also checks what the configuration refers to and can't do without; what has no effect in it is shown as comments. */
function check(config: CollectorConfig, tracesOff: string | undefined, variables: readonly string[]): LoadedConfig {
  try {
    const log = createLog('error', () => {});
    const networks = createNetworksFollower(log).take(config.spans, true);
    const elements = createUserElementsFollower(log).take(config.elements, true);
    const told = [
      ...(tracesOff === undefined ? [] : [flowsNotSent(tracesOff)]),
      ...variables,
      ...namesWithoutEffect(config.spans, elements),
      ...dimensionsWithoutEffect(config, networks),
    ];
    const comments = told.map((what) => `# ${what}\n`);
    return { kind: 'print', text: `${comments.join('')}${formatConfig(config)}`, exitCode: 0 };
  } catch (error) {
    return { kind: 'print', text: formatError(error as CollectorError), exitCode: 2 };
  }
}

/** Why flows are not sent, for the log. */
export function flowsNotSent(tracesOff: string): string {
  return `no flows are sent, by ${tracesOff}; what is received is counted, and metrics go on`;
}

/** The configuration as a user would write it, every default filled in, without secrets. */
export function formatConfig(config: CollectorConfig): string {
  return stringify(z.encode(collectorConfig, redact(config)));
}

function readConfig(
  flags: CommandLine,
  environment: Environment,
  readFile: (path: string) => string,
): CollectorConfig | CollectorError {
  const file = readConfigFile(flags.configFile, readFile);
  if (file instanceof CollectorError) return file;
  const mistakes = [...flags.mistakes, ...environment.mistakes];
  if ('mistakes' in file) return refuse([...mistakes, ...file.mistakes]);

  const input = file.content;
  const sources = new Map<string, string>();
  const { tracesOff } = environment;
  const off = tracesOff === undefined ? [] : [{ path: ['otlp', 'endpoint'], value: undefined, source: tracesOff }];
  for (const setting of [...environment.settings, ...flags.settings, ...off]) {
    const path = assign(input, setting);
    if (path) sources.set(formatPath(path), setting.source);
  }
  const parsed = collectorConfig.safeParse(input, { error: phrase });
  mistakes.push(...describeIssues(parsed.error?.issues ?? [], input, sourceOf));
  if (parsed.success) mistakes.push(...endpointMistakes(parsed.data, environment.pushMetrics, sourceOf));
  return parsed.success && mistakes.length === 0 ? parsed.data : refuse(mistakes);

  function sourceOf(path: Path): string | undefined {
    for (let length = path.length; length > 0; length--) {
      const source = sources.get(formatPath(path.slice(0, length)));
      if (source) return source;
    }
    return (file as ConfigFile).locate(path);
  }
}

function readConfigFile(
  path: string | undefined,
  readFile: (path: string) => string,
): ConfigFile | { mistakes: Mistake[] } | CollectorError {
  if (path === undefined) return { content: {}, locate: () => undefined };
  try {
    return parseConfigFile(path, readFile(path));
  } catch (error) {
    return new CollectorError('E_CONFIG_FILE', `${path} (${(error as Error).message})`, error);
  }
}

function refuse(mistakes: readonly Mistake[]): CollectorError {
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  const list = mistakes.map(({ where, what }) => `\n  ${where}: ${what}`).join('');
  return new CollectorError('E_CONFIG', `${count}${list}`);
}
