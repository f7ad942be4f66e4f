import * as z from 'zod';
import { collectorConfig } from '../../crds/collector-config.ts';
import { table, wrap } from '../../crds/common/help.ts';
import { LIVE_PARTS } from '../../crds/live.ts';
import { COMMANDS } from './commands.ts';
import { ACTIONS, FLAGS } from './flag-table.ts';

/** Of all tables: where it is said what something means. */
const COLUMN = 31;

const ENVIRONMENT = `Environment (flags win over it, it wins over the file; an empty variable counts as not set):
  NETFLOW_LISTEN_HOST, NETFLOW_LISTEN_PORT    the first listener
  LOG_LEVEL                                   as --log-level
  OTEL_EXPORTER_OTLP_ENDPOINT, _PROTOCOL, _HEADERS, _TIMEOUT, _COMPRESSION, _CERTIFICATE,
    _CLIENT_CERTIFICATE, _CLIENT_KEY, _INSECURE
                                              as OpenTelemetry specifies;
                                              OTEL_EXPORTER_OTLP_TRACES_… win
  OTEL_METRICS_EXPORTER=otlp                  also push metrics, each OTEL_METRIC_EXPORT_INTERVAL
                                              ms, to OTEL_EXPORTER_OTLP_METRICS_ENDPOINT or
                                              OTEL_EXPORTER_OTLP_ENDPOINT
  OTEL_TRACES_EXPORTER=none, OTEL_SDK_DISABLED=true
                                              send no flows; what is received is counted,
                                              and metrics go on
  OTEL_SERVICE_NAME, OTEL_SERVICE_VERSION, OTEL_RESOURCE_ATTRIBUTES
                                              resource of all that is sent
`;

const CHANGES = `Changes: the file is read again when it changes, and on SIGHUP. These take effect without a restart:
  ${wrap(`${LIVE_PARTS.join(', ')}; for the rest the log says what needs one.`, 2)}
  While the file is wrong, the last good configuration stays in use.
  Credentials are read again when their files change.
`;

const EXAMPLES = `Examples:
  netflow2traces                                         listen on UDP 2055,
                                                         look at http://localhost:9464/
  netflow2traces --otlp-endpoint http://tempo:4317       send the traces to Tempo, over gRPC
  netflow2traces --otlp-protocol http/protobuf --otlp-endpoint https://otlp.example/otlp \\
    --otlp-header "authorization=Basic $TOKEN"           over HTTP, with credentials
  netflow2traces --listen :2055 --listen sflow://:6343   NetFlow and IPFIX, and sFlow
  netflow2traces --filter "destination.port == 443"      only these flows
  netflow2traces --config collector.yaml --check         is that file right, and what comes of it?

In a checkout it is npm start -- FLAGS, and npm run COMMAND -- OPTIONS.
README.md tells how to begin; docs/reference/configuration.md lists every field of the file.
`;

/** The text of --help. Defaults are the schema's own. */
export function helpText(): string {
  const defaults = z.encode(collectorConfig, collectorConfig.parse({}));
  const groups = Object.entries(FLAGS).map(([group, flags]) => {
    const rows = flags.map((flag) => {
      const value = flag.default?.(defaults);
      const notes = [flag.repeatable && 'repeatable', value !== undefined && `default ${value}`].filter(Boolean);
      return [
        `--${flag.name} ${flag.argument}`,
        `${flag.help}${notes.length ? ` (${notes.join('; ')})` : ''}`,
      ] as const;
    });
    return `${group}:\n${table(rows, COLUMN)}`;
  });
  const actions = Object.entries(ACTIONS).map(
    ([name, help]) => [name === 'help' ? '-h, --help' : `--${name}`, help] as const,
  );
  const configuration = [['--config FILE', 'YAML or JSON file; it can set everything.'], ...actions] as const;
  return [
    'netflow2traces: NetFlow, IPFIX and sFlow in, OpenTelemetry traces out.\n',
    'Usage: netflow2traces [FLAGS]\n       netflow2traces COMMAND [OPTIONS]\n',
    `Commands, each with a --help of its own:\n${table(Object.entries(COMMANDS), COLUMN)}`,
    `Configuration:\n${table(configuration, COLUMN)}`,
    ...groups,
    ENVIRONMENT,
    CHANGES,
    EXAMPLES,
  ].join('\n');
}
