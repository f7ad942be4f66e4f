/**
 * Environment variables → settings. The OTEL_* ones are read as the OpenTelemetry specification says (SDK environment
 * variables; OTLP exporter configuration), except that what it would ignore with a warning is refused here.
 */
import { boolean, milliseconds, number, type Reading, text } from './reading.ts';
import type { Mistake, Path, Setting } from './setting.ts';

type Variable = { name: string; read(text: string): Reading; secret?: boolean };

/** Names of levels that Python has and we have not. */
const PYTHON_LEVELS = new Map([
  ['warning', 'warn'],
  ['critical', 'error'],
]);

/** In order of precedence: the later wins, so the variables of one signal come after those of all. */
const VARIABLES: readonly Variable[] = [
  { name: 'NETFLOW_LISTEN_HOST', read: text('listeners', 0, 'host') },
  { name: 'NETFLOW_LISTEN_PORT', read: number('listeners', 0, 'port') },
  { name: 'LOG_LEVEL', read: logLevel },
  ...otlpVariables('OTEL_EXPORTER_OTLP_', ['otlp'], true),
  ...otlpVariables('OTEL_EXPORTER_OTLP_TRACES_', ['otlp'], false),
];

/** What is set for all signals; for metrics only when the environment asks to push them. */
const SHARED_WITH_METRICS = otlpVariables('OTEL_EXPORTER_OTLP_', ['metrics', 'otlp'], true);

const METRICS_VARIABLES: readonly Variable[] = [
  ...otlpVariables('OTEL_EXPORTER_OTLP_METRICS_', ['metrics', 'otlp'], false),
  {
    name: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    read: (preference: string) => [{ path: ['metrics', 'otlp', 'temporality'], value: preference.toLowerCase() }],
  },
  { name: 'OTEL_METRIC_EXPORT_INTERVAL', read: milliseconds('metrics', 'otlp', 'interval') },
];

const METRICS_ENDPOINT = 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT';

/** Which exporters each signal may have. */
const EXPORTERS = {
  OTEL_TRACES_EXPORTER: ['otlp', 'none'],
  OTEL_METRICS_EXPORTER: ['otlp', 'prometheus', 'none'],
} as const;

/** The names of variables that count only when metrics are pushed. */
export const ABOUT_PUSHED_METRICS: readonly string[] = METRICS_VARIABLES.map(({ name }) => name);

/**
 * The names of all variables that are read; those of the resource are read by the SDK's detector and
 * telemetry/resource.ts.
 */
export const KNOWN_VARIABLES: readonly string[] = [
  ...[...VARIABLES, ...METRICS_VARIABLES].map(({ name }) => name),
  ...Object.keys(EXPORTERS),
  'OTEL_SDK_DISABLED',
  'OTEL_SERVICE_NAME',
  'OTEL_SERVICE_VERSION',
  'OTEL_RESOURCE_ATTRIBUTES',
];

export type Environment = {
  settings: Setting[];
  mistakes: Mistake[];
  /** OTEL_METRICS_EXPORTER asks to push metrics, so there must be an endpoint for them. */
  pushMetrics: boolean;
  /** The variable by which no flows are to be sent, whatever else is set: `OTEL_SDK_DISABLED=true`. */
  tracesOff: string | undefined;
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
        // What is for all signals is read for each.
        if (mistakes.some(({ where }) => where === name)) continue;
        mistakes.push({ where: name, what: secret ? reading.allowed : `${JSON.stringify(value)} ${reading.allowed}` });
      } else settings.push(...reading.map((entry) => ({ ...entry, source: name })));
    }
  }

  /** Empty when the variable is not set. */
  function readExporters(name: keyof typeof EXPORTERS): readonly string[] {
    const exporters = env[name]?.trim().split(/\s*,\s*/) ?? [];
    const allowed: readonly string[] = EXPORTERS[name];
    for (const exporter of exporters) {
      if (exporter === '' || allowed.includes(exporter)) continue;
      mistakes.push({ where: name, what: `"${exporter}" must be one of ${allowed.join(', ')}` });
    }
    return exporters.filter((exporter) => exporter !== '');
  }

  read(VARIABLES);
  const exporters = readExporters('OTEL_METRICS_EXPORTER');
  const pushMetrics = exporters.includes('otlp');
  if (pushMetrics || (exporters.length === 0 && env[METRICS_ENDPOINT]?.trim())) read(SHARED_WITH_METRICS);
  read(METRICS_VARIABLES);
  if (exporters.length > 0 && !pushMetrics) {
    settings.push({ path: ['metrics', 'otlp', 'endpoint'], value: undefined, source: 'OTEL_METRICS_EXPORTER' });
  }
  return { settings, mistakes, pushMetrics, tracesOff: readTracesOff() };

  function readTracesOff(): string | undefined {
    const none = readExporters('OTEL_TRACES_EXPORTER').includes('none');
    const disabled = env.OTEL_SDK_DISABLED?.trim().toLowerCase() || 'false';
    if (disabled === 'true') return 'OTEL_SDK_DISABLED=true';
    if (disabled !== 'false')
      mistakes.push({ where: 'OTEL_SDK_DISABLED', what: `"${disabled}" must be true or false` });
    return none ? 'OTEL_TRACES_EXPORTER=none' : undefined;
  }
}

function logLevel(text: string): Reading {
  const level = text.toLowerCase();
  return [{ path: ['logLevel'], value: PYTHON_LEVELS.get(level) ?? level }];
}

/** `http`, as programs written before the specification's names say it, is `http/protobuf`. */
function protocol(...path: Path): (text: string) => Reading {
  return (text) => {
    const name = text.toLowerCase();
    return [{ path, value: name === 'http' ? 'http/protobuf' : name }];
  };
}

function otlpVariables(prefix: string, at: Path, appendPath: boolean): Variable[] {
  const endpoint = (value: string): Reading => [
    { path: [...at, 'endpoint'], value },
    { path: [...at, 'appendPath'], value: appendPath },
  ];
  return [
    { name: `${prefix}ENDPOINT`, read: endpoint },
    { name: `${prefix}PROTOCOL`, read: protocol(...at, 'protocol') },
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
