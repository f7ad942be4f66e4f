/** Each value of the chart changed once, and what can't be right. */
import packageJson from '../../package.json' with { type: 'json' };
import type { Mapping } from './paths.ts';

/** `path` is the value's; at `where` it is found in the object of that kind, as `expected`. */
type Change = {
  /** Other values, without which this one has no effect. */
  beside?: Mapping;
  path: string;
  value: unknown;
  kind: string;
  where: string;
  expected: unknown;
};

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const { version } = packageJson;
const POD = 'spec.template.spec';
const OPERATOR = `${POD}.containers.0`;
const COLLECTOR = `${OPERATOR}.args.0`;

const PAGE = { name: 'netflow-page', key: 'token' };

const deployment = (path: string, value: unknown, where: string, expected: unknown = value): Change => ({
  path,
  value,
  kind: 'Deployment',
  where,
  expected,
});
const collector = (path: string, value: string, image: string) =>
  deployment(path, value, COLLECTOR, `--collector-image=${image}`);
/** Nothing is there any more. */
const without = (path: string, value: unknown, where: string): Change => ({
  path,
  value,
  kind: 'Deployment',
  where,
  expected: undefined,
});
const gone = (path: string, value: unknown, kind: string): Change => ({
  path,
  value,
  kind,
  where: 'kind',
  expected: undefined,
});
/** The right to read objects of these names. */
const role = (path: string, names: string[], rule: Mapping): Change => ({
  path,
  value: names,
  beside: { rbac: { aggregate: false, collectors: ['edge'] } },
  kind: 'ClusterRole',
  where: 'rules.6',
  expected: { ...rule, resourceNames: names, verbs: ['get'] },
});
const policy = (
  path: string,
  value: unknown,
  where: string,
  expected: unknown,
  beside: Mapping = { enabled: true },
): Change => ({
  path: `networkPolicy.${path}`,
  value,
  beside: { networkPolicy: beside },
  kind: 'NetworkPolicy',
  where,
  expected,
});
/** How often what is made by another value of `prometheus` has Prometheus scrape. */
const interval = (by: string, kind: string, where: string): Change => ({
  path: 'prometheus.interval',
  value: '1m30s',
  beside: { prometheus: { [by]: true } },
  kind,
  where,
  expected: '1m30s',
});
/** By which label Prometheus selects it. */
const selected = (by: string, kind: string): Change => ({
  path: 'prometheus.labels',
  value: { release: 'monitoring' },
  beside: { prometheus: { [by]: true } },
  kind,
  where: 'metadata.labels.release',
  expected: 'monitoring',
});
/** Of the ConfigMaps for Grafana. */
const dashboard = (path: string, value: unknown, where: string, expected: unknown = value): Change => ({
  path: `grafana.${path}`,
  value,
  beside: { grafana: { dashboards: true } },
  kind: 'ConfigMap',
  where,
  expected,
});

export const CHANGES: Change[] = [
  deployment(
    'imageRegistry',
    'r.example:5000/net/',
    `${OPERATOR}.image`,
    `r.example:5000/net/netflow2traces-operator:${version}`,
  ),
  collector('imageRegistry', 'r.example', `r.example/netflow2traces-collector:${version}`),
  {
    ...collector('global.imageRegistry', 'g.example/net', `g.example/net/netflow2traces-collector:${version}`),
    beside: { imageRegistry: 'r.example' },
  },
  deployment('commonLabels', { team: 'net' }, 'metadata.labels.team', 'net'),
  deployment('commonAnnotations', { team: 'net' }, 'metadata.annotations'),
  deployment('image.repository', 'r.example/o', `${OPERATOR}.image`, `r.example/o:${version}`),
  deployment('image.tag', 'v2', `${OPERATOR}.image`, 'netflow2traces-operator:v2'),
  deployment('image.digest', DIGEST, `${OPERATOR}.image`, `netflow2traces-operator@${DIGEST}`),
  deployment('image.pullPolicy', 'Always', `${OPERATOR}.imagePullPolicy`),
  collector('collectorImage.repository', 'r.example/c', `r.example/c:${version}`),
  collector('collectorImage.tag', 'v2', 'netflow2traces-collector:v2'),
  collector('collectorImage.digest', DIGEST, `netflow2traces-collector@${DIGEST}`),
  deployment('collectorImage.pullPolicy', 'Always', `${OPERATOR}.args.6`, '--collector-image-pull-policy=Always'),
  deployment(
    'collectorImage.pullSecrets',
    [{ name: 'registry' }],
    `${OPERATOR}.args.7`,
    '--collector-image-pull-secret=registry',
  ),
  deployment('imagePullSecrets', [{ name: 'registry' }], `${POD}.imagePullSecrets`),
  deployment('replicas', 1, 'spec.replicas'),
  gone('replicas', 1, 'PodDisruptionBudget'),
  gone('podDisruptionBudget.enabled', false, 'PodDisruptionBudget'),
  gone('crd.install', false, 'CustomResourceDefinition'),
  deployment('watchNamespaces', ['flows', 'lab'], `${OPERATOR}.args.8`, '--namespace=lab'),
  {
    path: 'rbac.aggregate',
    value: false,
    kind: 'ClusterRole',
    where: 'metadata.name',
    expected: 'netflow2traces',
  },
  deployment('rbac.collectors', ['edge', 'core'], `${OPERATOR}.args.8`, '--collector-name=core'),
  role('rbac.secrets', ['backend', 'client'], { apiGroups: [''], resources: ['secrets'] }),
  role('rbac.configMaps', ['networks'], { apiGroups: [''], resources: ['configmaps'] }),
  deployment('openshift', true, `${POD}.securityContext`, {
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  }),
  deployment('extraArgs', ['--log-level=warn'], `${OPERATOR}.args.7`, '--log-level=warn'),
  without('podSecurityContext.runAsNonRoot', null, `${POD}.securityContext.runAsNonRoot`),
  without('podSecurityContext.runAsUser', null, `${POD}.securityContext.runAsUser`),
  deployment('podSecurityContext.runAsGroup', 0, `${POD}.securityContext.runAsGroup`),
  deployment('podSecurityContext.seccompProfile.type', 'Unconfined', `${POD}.securityContext.seccompProfile.type`),
  without(
    'containerSecurityContext.allowPrivilegeEscalation',
    null,
    `${OPERATOR}.securityContext.allowPrivilegeEscalation`,
  ),
  deployment(
    'containerSecurityContext.readOnlyRootFilesystem',
    false,
    `${OPERATOR}.securityContext.readOnlyRootFilesystem`,
  ),
  deployment('containerSecurityContext.capabilities.drop', [], `${OPERATOR}.securityContext.capabilities.drop`),
  deployment('strategy', { type: 'Recreate' }, 'spec.strategy'),
  without('topologySpreadConstraints', [], `${POD}.topologySpreadConstraints`),
  deployment(
    'topologySpreadConstraints',
    [{ maxSkew: 2, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' }],
    `${POD}.topologySpreadConstraints`,
    [
      {
        labelSelector: {
          matchLabels: {
            'app.kubernetes.io/name': 'netflow2traces',
            'app.kubernetes.io/instance': 'netflow2traces',
            'app.kubernetes.io/component': 'operator',
          },
        },
        maxSkew: 2,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'DoNotSchedule',
      },
    ],
  ),
  policy('enabled', true, 'spec.ingress', [{ ports: [{ port: 8443 }] }, { ports: [{ port: 8080 }] }], {}),
  policy('reportsFrom', ['10.0.0.0/16', 'fd00::/64'], 'spec.ingress.0.from', [
    { ipBlock: { cidr: '10.0.0.0/16' } },
    { ipBlock: { cidr: 'fd00::/64' } },
    {
      podSelector: {
        matchLabels: {
          'app.kubernetes.io/name': 'netflow2traces',
          'app.kubernetes.io/instance': 'netflow2traces',
          'app.kubernetes.io/component': 'test',
        },
      },
    },
  ]),
  policy('metricsFrom', [{ namespaceSelector: {} }], 'spec.ingress.1.from', [{ namespaceSelector: {} }]),
  deployment('page.names', ['flows.example'], `${OPERATOR}.args.7`, '--page-name=flows.example'),
  deployment('page.tokenSecret', PAGE, `${OPERATOR}.args.7`, '--page-token-file=/etc/netflow2traces/page/token'),
  deployment('page.tokenSecret', PAGE, `${OPERATOR}.volumeMounts.0`, {
    name: 'page',
    mountPath: '/etc/netflow2traces/page',
    readOnly: true,
  }),
  deployment('page.tokenSecret', PAGE, `${POD}.volumes.0.secret`, {
    secretName: PAGE.name,
    items: [{ key: PAGE.key, path: 'token' }],
  }),
  deployment('logLevel', 'debug', `${OPERATOR}.args.3`, '--log-level=debug'),
  deployment('env', [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://tempo:4317' }], `${OPERATOR}.env`),
  deployment('resources.requests.cpu', '1', `${OPERATOR}.resources.requests`, { cpu: '1', memory: '128Mi' }),
  deployment('resources.requests.memory', '1Gi', `${OPERATOR}.resources.requests`, { cpu: '20m', memory: '1Gi' }),
  deployment('resources.limits.memory', '1Gi', `${OPERATOR}.resources.limits`, { memory: '1Gi' }),
  deployment('podLabels', { team: 'net' }, 'spec.template.metadata.labels', {
    'app.kubernetes.io/name': 'netflow2traces',
    'app.kubernetes.io/instance': 'netflow2traces',
    'app.kubernetes.io/component': 'operator',
    'app.kubernetes.io/part-of': 'netflow2traces',
    team: 'net',
  }),
  deployment('podAnnotations', { 'example.com/owner': 'net' }, 'spec.template.metadata.annotations'),
  deployment('nodeSelector', { pool: 'infra' }, `${POD}.nodeSelector`, { 'kubernetes.io/os': 'linux', pool: 'infra' }),
  deployment('tolerations', [{ key: 'infra', operator: 'Exists' }], `${POD}.tolerations`),
  deployment('affinity', { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } }, `${POD}.affinity`),
  deployment('priorityClassName', 'system-cluster-critical', `${POD}.priorityClassName`),
  {
    path: 'prometheus.podMonitor',
    value: true,
    kind: 'PodMonitor',
    where: 'spec.podMetricsEndpoints',
    expected: [{ port: 'health', path: '/metrics', honorLabels: true }],
  },
  {
    path: 'prometheus.serviceMonitor',
    value: true,
    kind: 'ServiceMonitor',
    where: 'spec.endpoints',
    expected: [{ port: 'metrics', path: '/metrics', honorLabels: true }],
  },
  interval('podMonitor', 'PodMonitor', 'spec.podMetricsEndpoints.0.interval'),
  interval('serviceMonitor', 'ServiceMonitor', 'spec.endpoints.0.interval'),
  deployment('prometheus.interval', '30s', `${OPERATOR}.args.7`, '--pod-monitor-interval=30s'),
  deployment('prometheus.labels', { release: 'a: b' }, `${OPERATOR}.args.7`, '--pod-monitor-label=release=a: b'),
  {
    path: 'prometheus.rules',
    value: true,
    kind: 'PrometheusRule',
    where: 'spec.groups.1.name',
    expected: 'netflow2traces-operator',
  },
  selected('podMonitor', 'PodMonitor'),
  selected('serviceMonitor', 'ServiceMonitor'),
  selected('rules', 'PrometheusRule'),
  { ...dashboard('dashboards', true, 'metadata.labels.grafana_dashboard', '1'), beside: undefined },
  dashboard('labels.grafana_dashboard', 'yes', 'metadata.labels.grafana_dashboard', 'yes'),
  dashboard('annotations', { 'example.com/owner': 'net' }, 'metadata.annotations'),
  dashboard('folder', 'Network: all', 'metadata.annotations', { grafana_folder: 'Network: all' }),
  { path: 'demo.enabled', value: true, kind: 'Namespace', where: 'metadata.name', expected: 'netflow-demo' },
  {
    path: 'demo.namespace',
    value: 'try',
    beside: { demo: { enabled: true } },
    kind: 'Namespace',
    where: 'metadata.name',
    expected: 'try',
  },
  {
    // Of Jaeger, whose Deployment comes before the operator's.
    ...deployment('demo.image', 'r.example/jaeger:2', `${OPERATOR}.image`),
    beside: { demo: { enabled: true } },
  },
];

type Mistake = { path: string; value: unknown; message: RegExp };

export const MISTAKES: Mistake[] = [
  { path: 'replicaCount', value: 2, message: /additional properties 'replicaCount' not allowed/ },
  { path: 'replicas', value: '2', message: /at '\/replicas': got string, want integer/ },
  { path: 'image.name', value: 'x', message: /at '\/image': additional properties 'name' not allowed/ },
  { path: 'image.digest', value: 'abc', message: /at '\/image\/digest': 'abc' does not match pattern '.*sha256/ },
  { path: 'image.pullPolicy', value: 'always', message: /at '\/image\/pullPolicy': value must be one of 'Always'/ },
  { path: 'collectorImage.repository', value: '', message: /at '\/collectorImage\/repository': '' does not match/ },
  { path: 'imagePullSecrets', value: ['registry'], message: /at '\/imagePullSecrets\/0': got string, want object/ },
  {
    path: 'resources.limits.memory',
    value: '1 GB',
    message: /at '\/resources\/limits\/memory': '1 GB' does not match/,
  },
  { path: 'nodeSelector', value: { infra: true }, message: /at '\/nodeSelector\/infra': got boolean, want string/ },
  { path: 'tolerations', value: [{ operater: 'Exists' }], message: /additional properties 'operater' not allowed/ },
  { path: 'env', value: [{ name: 'A', value: 1 }], message: /at '\/env\/0\/value': got number, want string/ },
  {
    path: 'prometheus',
    value: { podMonitor: true, serviceMonitor: true },
    message: /prometheus\.podMonitor and prometheus\.serviceMonitor would have everything scraped twice/,
  },
  {
    path: 'grafana.labels',
    value: { grafana_dashboard: 1 },
    message: /at '\/grafana\/labels\/grafana_dashboard': got numb/,
  },
  { path: 'prometheus.interval', value: '1 minute', message: /at '\/prometheus\/interval': '1 minute' does not match/ },
  {
    path: 'topologySpreadConstraints',
    value: [{ maxSkew: 1 }],
    message: /missing properties 'topologyKey', 'whenUnsat/,
  },
  { path: 'podSecurityContext.user', value: 1, message: /additional properties 'user' not allowed/ },
  { path: 'containerSecurityContext.capabilities.drop', value: 'ALL', message: /got string, want array/ },
  { path: 'strategy.type', value: 'Rolling', message: /at '\/strategy\/type': value must be one of/ },
  { path: 'extraArgs', value: ['log-level'], message: /at '\/extraArgs\/0': 'log-level' does not match pattern/ },
  {
    path: 'networkPolicy.reportsFrom',
    value: ['10.0.0.1'],
    message: /at '\/networkPolicy\/reportsFrom\/0': .* does not/,
  },
  { path: 'networkPolicy.metricsFrom', value: [{}], message: /at '\/networkPolicy\/metricsFrom\/0': minProperties/ },
  { path: 'commonLabels', value: { 'helm.sh/chart': 'x' }, message: /commonLabels must not have helm\.sh\/chart: the/ },
  {
    path: 'watchNamespace',
    value: '',
    message: /watchNamespace has become watchNamespaces, a list: write watchNamespaces: /,
  },
  { path: 'watchNamespaces', value: 'flows', message: /at '\/watchNamespaces': got string, want array/ },
  { path: 'watchNamespaces', value: [''], message: /at '\/watchNamespaces\/0': '' does not match pattern/ },
  {
    path: 'rbac.secrets',
    value: ['backend'],
    message: /rbac\.secrets and rbac\.configMaps have no effect without rbac/,
  },
  {
    path: 'podLabels',
    value: { 'app.kubernetes.io/name': 'x' },
    message: /podLabels must not have app\.kubernetes\.io\/name: the chart sets it/,
  },
  { path: 'demo.image', value: 'Jaeger', message: /at '\/demo\/image': 'Jaeger' does not match pattern/ },
  {
    path: 'demo',
    value: { enabled: true, namespace: 'netflow-system' },
    message: /demo\.namespace must be another one than the release's/,
  },
];
