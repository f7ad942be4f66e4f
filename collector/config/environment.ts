/**
 * Environment variables → settings. The OTEL_* ones are read as the OpenTelemetry specification says (SDK environment
 * variables; OTLP exporter configuration), except that what it would ignore with a warning is refused here.
 */
import { boolean, milliseconds, number, type Reading, text } from './reading.ts';
import type { Mistake, Path, Setting } from './setting.ts';

type Variable = { name: string; read(text: string): Reading; secret?: boolean };

/** In order of precedence: the later wins, so the variables of one signal come after those of all. */
const VARIABLES: readonly Variable[] = [
  { name: 'NETFLOW_LISTEN_HOST', read: text('listeners', 0, 'host') },
  { name: 'NETFLOW_LISTEN_PORT', read: number('listeners', 0, 'port') },
  { name: 'LOG_LEVEL', read: (level) => [{ path: ['logLevel'], value: level.toLowerCase() }] },
  ...otlpVariables('OTEL_EXPORTER_OTLP_', ['otlp'], true),
  ...otlpVariables('OTEL_EXPORTER_OTLP_TRACES_', ['otlp'], false),
];

/** Read only when metrics are pushed: OTEL_METRICS_EXPORTER asks for it, or a metrics endpoint is set. */
const METRICS_VARIABLES: readonly Variable[] = [
  ...otlpVariables('OTEL_EXPORTER_OTLP_', ['metrics', 'otlp'], true),
  ...otlpVariables('OTEL_EXPORTER_OTLP_METRICS_', ['metrics', 'otlp'], false),
  {
    name: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    read: (preference: string) => [{ path: ['metrics', 'otlp', 'temporality'], value: preference.toLowerCase() }],
  },
].filter(({ name }) => /_(ENDPOINT|PROTOCOL|HEADERS|PREFERENCE)$/.test(name));

const METRICS_ENDPOINT = 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT';

export type Environment = {
  settings: Setting[];
  mistakes: Mistake[];
  /** OTEL_METRICS_EXPORTER asks to push metrics, so there must be an endpoint for them. */
  pushMetrics: boolean;
};

/** Reads the environment. An empty variable counts as one that is not set. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const settings: Setting[] = [];
  const mistakes: Mistake[] = [];

  function read(variables: readonly Variable[]): void {
    for (const { name, read, secret } of variables) {
      const value = env[name]?.trim();
      if (!value) continue;
      const reading = read(value);
      if ('allowed' in reading) {
        mistakes.push({ where: name, what: secret ? reading.allowed : `${JSON.stringify(value)} ${reading.allowed}` });
      } else settings.push(...reading.map((entry) => ({ ...entry, source: name })));
    }
  }

  read(VARIABLES);
  const exporters = env.OTEL_METRICS_EXPORTER?.trim().split(/\s*,\s*/) ?? [''];
  for (const exporter of exporters) {
    if (['', 'otlp', 'prometheus', 'none'].includes(exporter)) continue;
    mistakes.push({ where: 'OTEL_METRICS_EXPORTER', what: `"${exporter}" must be one of otlp, prometheus, none` });
  }
  const pushMetrics = exporters.includes('otlp');
  if (pushMetrics || (exporters[0] === '' && env[METRICS_ENDPOINT]?.trim())) read(METRICS_VARIABLES);
  else if (exporters[0] !== '') {
    settings.push({ path: ['metrics', 'otlp', 'endpoint'], value: undefined, source: 'OTEL_METRICS_EXPORTER' });
  }
  return { settings, mistakes, pushMetrics };
}

function otlpVariables(prefix: string, at: Path, appendPath: boolean): Variable[] {
  const endpoint = (value: string): Reading => [
    { path: [...at, 'endpoint'], value },
    { path: [...at, 'appendPath'], value: appendPath },
  ];
  return [
    { name: `${prefix}ENDPOINT`, read: endpoint },
    { name: `${prefix}PROTOCOL`, read: text(...at, 'protocol') },
    { name: `${prefix}HEADERS`, read: (value) => readHeaders(value, [...at, 'headers']), secret: true },
    { name: `${prefix}TIMEOUT`, read: milliseconds(...at, 'timeout') },
    { name: `${prefix}COMPRESSION`, read: text(...at, 'compression') },
    { name: `${prefix}CERTIFICATE`, read: text(...at, 'tls', 'caFile') },
    { name: `${prefix}CLIENT_CERTIFICATE`, read: text(...at, 'tls', 'certFile') },
    { name: `${prefix}CLIENT_KEY`, read: text(...at, 'tls', 'keyFile') },
    { name: `${prefix}INSECURE`, read: boolean(...at, 'insecure') },
  ];
}

/** `key=value,key=value`, as in W3C baggage: values percent-encoded, no properties. */
function readHeaders(value: string, at: Path): Reading {
  const headers: { path: Path; value: string }[] = [];
  for (const entry of value.split(',')) {
    if (entry.trim() === '') continue;
    const equals = entry.indexOf('=');
    if (equals < 1) return { allowed: 'must be NAME=VALUE,NAME=VALUE,… (not shown: it may hold secrets)' };
    try {
      const [name, content] = [entry.slice(0, equals), entry.slice(equals + 1)].map((part) =>
        decodeURIComponent(part.trim()),
      );
      headers.push({ path: [...at, name], value: content });
    } catch {
      return { allowed: 'must have % in values written as %25 (not shown: it may hold secrets)' };
    }
  }
  return headers;
}
