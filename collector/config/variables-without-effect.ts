/**
 * Variables of OpenTelemetry's specification that are set and yet have no effect, since this program has something else
 * in their place, or nothing; and misspelt ones. They stop no collector: whole fleets are given the same environment.
 */
import { ABOUT_PUSHED_METRICS, KNOWN_VARIABLES } from './environment.ts';
import { nearest } from './suggest.ts';

/** By family, what is there instead. */
const INSTEAD: readonly [family: RegExp, instead: string][] = [
  [/^OTEL_BSP_/, 'otlp.batch, otlp.queue and otlp.timeout say how spans are sent'],
  [/^OTEL_TRACES_SAMPLER(_ARG)?$/, 'selection says which flows become spans'],
  [
    /^OTEL_(SPAN_|EVENT_|LINK_)?ATTRIBUTE_.*LIMIT$|^OTEL_SPAN_.*LIMIT$/,
    'spans.attributes says which attributes there are',
  ],
  [/^OTEL_PROPAGATORS$/, 'packets of NetFlow carry no context'],
  [/^OTEL_LOG_LEVEL$/, 'LOG_LEVEL and logLevel are for this'],
  [/^OTEL_(LOGS_EXPORTER|EXPORTER_OTLP_LOGS_\w+|BLRP_\w+|LOGRECORD_\w+)$/, 'the log goes to standard error'],
  [/^OTEL_EXPORTER_PROMETHEUS_(HOST|PORT)$/, 'http.host, http.port and --http are for this'],
  [/^OTEL_METRIC_EXPORT_TIMEOUT$/, 'OTEL_EXPORTER_OTLP_METRICS_TIMEOUT is for this'],
  [/^OTEL_METRICS_EXEMPLAR_FILTER$/, 'metrics have no exemplars'],
  [/^OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION$/, 'buckets are fixed'],
  [/^OTEL_EXPORTER_(ZIPKIN|JAEGER)_/, 'OTLP is the one way to send spans'],
  [/^OTEL_(EXPERIMENTAL_)?CONFIG_FILE$/, '--config is for this, with a file of another form'],
  [/^OTEL_ENTITIES$/, 'OTEL_RESOURCE_ATTRIBUTES describes the resource'],
];

/** A sentence for each. `metricsPushed`: by the whole configuration. */
export function variablesWithoutEffect(env: NodeJS.ProcessEnv, metricsPushed: boolean): readonly string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('OTEL_') && env[name]?.trim())
    .sort()
    .flatMap((name) => {
      const why = reason(name, env[name]!.trim(), metricsPushed);
      return why === undefined ? [] : [`${name} has no effect: ${why}`];
    });
}

function reason(name: string, value: string, metricsPushed: boolean): string | undefined {
  if (ABOUT_PUSHED_METRICS.includes(name) && !metricsPushed) {
    return 'no metrics are pushed; OTEL_METRICS_EXPORTER=otlp asks for that';
  }
  // There is no other way than to have none.
  if (KNOWN_VARIABLES.includes(name) || (name === 'OTEL_LOGS_EXPORTER' && value === 'none')) return undefined;
  const instead = INSTEAD.find(([family]) => family.test(name))?.[1];
  if (instead !== undefined) return instead;
  const near = nearest(name, KNOWN_VARIABLES);
  return near === undefined ? undefined : `it is not known; did you mean ${near}?`;
}
