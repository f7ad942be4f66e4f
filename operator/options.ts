/** The operator's flags. */
import { parseArgs } from 'node:util';
import { table } from '../crds/common/help.ts';
import { parseHostPort } from '../crds/common/host-port.ts';
import type { LogLevel } from '../crds/common/log.ts';
import type { Sight } from './cluster/scopes.ts';
import { type CollectorDefaults, PULL_POLICIES, type PullPolicy } from './manifests/defaults.ts';
import type { TraceProtocol } from './runtime/span-export.ts';
import { traceProtocolIn } from './runtime/tracing.ts';

type Address = { host: string; port: number };

export type Options = {
  sight: Sight;
  defaults: CollectorDefaults;
  leaderElectionNamespace: string;
  health: Address;
  /** Who may see the page of all collectors. */
  page: { names: readonly string[]; tokenFile: string | undefined };
  /** Undefined when collectors do not report. */
  reports: { endpoint: string; address: Address } | undefined;
  logLevel: LogLevel;
  /** How the operator sends its own traces; undefined when it doesn't. */
  traces: TraceProtocol | undefined;
};

export type Parsed = { kind: 'run'; options: Options } | { kind: 'print'; text: string; exitCode: number };

const HELP = `netflow2traces-operator: runs the collectors that NetflowCollectors describe.

${table(
  [
    ['--collector-image IMAGE', 'image for new collectors whose resource names none (required)'],
    [
      '--collector-image-pull-policy POLICY',
      "when to pull that image: Always, IfNotPresent or Never (default: Kubernetes' own)",
    ],
    [
      '--collector-image-pull-secret NAME',
      'Secret in the namespace of collectors to pull images with, again for each; for resources that name none',
    ],
    ['--pod-monitor-label KEY=VALUE', 'label of the PodMonitors of collectors, again for each'],
    [
      '--pod-monitor-interval DURATION',
      "how often they have collectors scraped, such as 30s (default: Prometheus' own)",
    ],
    ['--namespace NAMESPACE', 'namespace to watch, again for each (default: all)'],
    [
      '--collector-name NAME',
      'a name that NetflowCollectors may have, again for each (default: all). Then rights on Secrets and ConfigMaps by name are enough: on NAME-otlp, NAME-collector, NAME-reports and NAME-books, and to get those that a NetflowCollector names',
    ],
    [
      '--leader-election-namespace NAME',
      "namespace of the Lease and of the Secret with the reports' authority; the operator's own without it",
    ],
    ['--health [HOST]:PORT', 'where /livez, /readyz and /metrics are served (default :8080)'],
    [
      '--page-token-file FILE',
      'file of a token with which all who reach that address may see /debug/collectors; without it, only who forwards the port',
    ],
    [
      '--page-name NAME',
      'DNS name by which that page may be asked for, besides localhost and all addresses; again for each',
    ],
    [
      '--reports-endpoint URL',
      "https://NAME:PORT at which collectors reach the leader, to report how they are; without it they don't",
    ],
    ['--reports [HOST]:PORT', 'where the leader listens for reports (default :8443)'],
    ['--log-level LEVEL', 'debug, info, warn or error (default info)'],
    ['--version, --help', 'show the version, or this'],
  ],
  37,
)}
The cluster is the one it runs in, or that of KUBECONFIG. It sends its own traces when
OTEL_EXPORTER_OTLP_ENDPOINT is set, by OTEL_EXPORTER_OTLP_PROTOCOL: grpc (default) or http/protobuf.
The other variables of OpenTelemetry's SDKs work too.

A collector keeps the image that it was made with when the operator is upgraded. To move it, write
spec.pod.image; or remove the annotation netflow2traces.io/default-image from its DaemonSet, which
then gets the operator's --collector-image.
`;

/** With a DNS name, which is what the certificate is for. */
const ENDPOINT = /^https:\/\/(?=.*[a-z])[a-z0-9]([-a-z0-9.]*[a-z0-9])?:\d{1,5}$/;

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

const LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error'] satisfies LogLevel[];

/** `ownNamespace` is where the operator's pod is; undefined outside of a cluster. `env`: variables of OpenTelemetry. */
export function parseOptions(
  args: string[],
  version: string,
  ownNamespace: string | undefined,
  env = process.env,
): Parsed {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        'collector-image': text,
        'collector-image-pull-policy': text,
        'collector-image-pull-secret': { ...text, multiple: true, default: [] },
        'pod-monitor-label': { ...text, multiple: true, default: [] },
        'pod-monitor-interval': text,
        namespace: { ...text, multiple: true, default: [] },
        'collector-name': { ...text, multiple: true, default: [] },
        'leader-election-namespace': text,
        health: { ...text, default: ':8080' },
        'page-token-file': text,
        'page-name': { ...text, multiple: true, default: [] },
        'reports-endpoint': text,
        reports: { ...text, default: ':8443' },
        'log-level': { ...text, default: 'info' },
        version: flag,
        help: flag,
      },
    });
    if (values.help) return { kind: 'print', text: HELP, exitCode: 0 };
    if (values.version) return { kind: 'print', text: `netflow2traces-operator ${version}\n`, exitCode: 0 };
    const {
      namespace,
      'collector-name': collectorName,
      'collector-image': collectorImage,
      'log-level': logLevel,
    } = values;
    if (!collectorImage) throw new Error('--collector-image is missing; write the image of the collectors');
    if (!LEVELS.includes(logLevel)) throw new Error(`--log-level must be one of ${LEVELS.join(', ')}`);
    const leaderElectionNamespace = values['leader-election-namespace'] ?? ownNamespace;
    if (!leaderElectionNamespace) {
      throw new Error('--leader-election-namespace is missing; outside of a cluster there is no namespace of its own');
    }
    const health = parseAddress(values.health, '--health');
    const address = parseAddress(values.reports, '--reports');
    const endpoint = values['reports-endpoint'];
    if (endpoint !== undefined && !ENDPOINT.test(endpoint)) {
      throw new Error('--reports-endpoint must be https://NAME:PORT, such as https://reports.netflow-system.svc:8443');
    }
    const reports = endpoint === undefined ? undefined : { endpoint, address };
    const options = {
      sight: { namespaces: names(namespace, '--namespace'), collectors: names(collectorName, '--collector-name') },
      defaults: {
        image: collectorImage,
        pullPolicy: parsePullPolicy(values['collector-image-pull-policy']),
        pullSecrets: names(values['collector-image-pull-secret'], '--collector-image-pull-secret'),
        podMonitor: {
          labels: Object.fromEntries(values['pod-monitor-label'].map(parseLabel)),
          interval: values['pod-monitor-interval'],
        },
      },
      leaderElectionNamespace,
      health,
      page: { names: values['page-name'], tokenFile: values['page-token-file'] },
      reports,
      logLevel: logLevel as LogLevel,
      traces: traceProtocolIn(env),
    };
    return { kind: 'run', options };
  } catch (error) {
    return { kind: 'print', text: `netflow2traces-operator: ${(error as Error).message}\n`, exitCode: 2 };
  }
}

/** As often as a name is given, once. */
function names(given: readonly string[], flag: string): string[] {
  for (const name of given) if (!NAME.test(name)) throw new Error(`${flag} must be a name, not "${name}"`);
  return [...new Set(given)];
}

function parsePullPolicy(text: string | undefined): PullPolicy | undefined {
  const policy = PULL_POLICIES.find((policy) => policy === text);
  if (text === undefined || policy) return policy;
  throw new Error(`--collector-image-pull-policy must be one of ${PULL_POLICIES.join(', ')}`);
}

function parseLabel(text: string): [string, string] {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (key === undefined) throw new Error('--pod-monitor-label must be KEY=VALUE, such as release=monitoring');
  return [key, value];
}

function parseAddress(address: string, flag: string): Address {
  const { host = '', port } = parseHostPort(address) ?? {};
  if (port === undefined || port > 65_535) throw new Error(`${flag} must be [HOST]:PORT, such as :8080 or [::1]:8080`);
  return { host, port };
}
