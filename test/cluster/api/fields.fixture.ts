/** Each field of a resource changed once, and what comes of it: what the reference says of fields, as a table. */
import * as z from 'zod';
import type { Change } from '../../../crds/netflowcollector/mistakes.fixture.ts';
import { netflowCollector } from '../../../crds/netflowcollector.ts';
import { full, objectsOf } from '../../../operator/manifests/resources.fixture.ts';
import { createAuthority } from '../authority.ts';

/** What a change can show in. `pods`: the template of the pods, so that they are replaced. */
export type Part =
  | 'ConfigMap'
  | 'Secret'
  | 'DaemonSet'
  | 'pods'
  | 'Service'
  | 'metrics Service'
  | 'PodMonitor'
  | 'ServiceAccount';

/**
 * `change` is made to `before`; it shows in these parts and in no others, in which `text` appears or disappears.
 * Without parts the API server refuses the change, and `text` is in what the condition Degraded then says.
 */
export type Field = [change: Change, parts: readonly Part[], text: string];

const ref = (name: string, key: string) => ({ secretKeyRef: { name, key } });
const CONFIG = ['ConfigMap', 'pods'] as const;
/** The collectors that run take the change. */
const LIVE = ['ConfigMap'] as const;
const TERM =
  'pod.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[].matchExpressions[]';
const EXPRESSION = `spec.${TERM.replaceAll('[]', '.0')}`;

const authorities = [createAuthority('one'), createAuthority('two')];
const [client, otherClient] = authorities.map((authority) => authority.issue('collector'));
/** Long enough to be found in nothing else. */
const mark = (pem: string) => pem.split('\n')[1];

/** The resource before the change: every field is set that can be set beside the others. */
export const before = {
  ...(z.encode(netflowCollector, full) as object),
  metadata: { name: full.metadata.name, namespace: full.metadata.namespace },
};

/** What it refers to, before and after a change. */
export function referredTo(): object[] {
  const lookup = objectsOf({ ca: authorities[0].ca, ...client });
  const object = (kind: 'Secret' | 'ConfigMap', name: string, data: Record<string, Uint8Array | string>) => {
    const entries = Object.entries(data).map(([key, value]) => [key, Buffer.from(value)] as const);
    const encoding = kind === 'Secret' ? 'base64' : 'utf8';
    const { namespace } = full.metadata;
    const texts = Object.fromEntries(entries.map(([key, value]) => [key, value.toString(encoding)]));
    return { apiVersion: 'v1', kind, metadata: { name, namespace }, data: texts };
  };
  const other = { 'ca.pem': authorities[1].ca, 'other.pem': authorities[1].ca };
  return [
    object('Secret', 'backend', lookup('Secret', 'backend')!),
    object('Secret', 'client', lookup('Secret', 'client')!),
    object('Secret', 'page', { ...lookup('Secret', 'page')!, next: 'the-next-token-of-the-page' }),
    object('Secret', 'other-page', { token: 'another-token-of-the-page' }),
    object('ConfigMap', 'authorities', { ...lookup('ConfigMap', 'authorities')!, 'other.pem': authorities[1].ca }),
    object('Secret', 'other', { 'api-key': 'other-key', password: 'other-password', token: 'other-token' }),
    object('Secret', 'other-client', { 'tls.crt': otherClient.cert, 'tls.key': otherClient.key }),
    object('ConfigMap', 'other-authorities', other),
    object('Secret', 'authorities', other),
    object('ConfigMap', 'networks', { ...lookup('ConfigMap', 'networks')!, 'other.csv': 'prefix,site' }),
    object('ConfigMap', 'other-networks', { 'networks.csv.gz': 'prefix,site' }),
    object('ConfigMap', 'elements', { ...lookup('ConfigMap', 'elements')!, 'other-elements.csv': 'pen,id,name,type' }),
    object('ConfigMap', 'other-elements', { 'elements.csv': 'pen,id,name,type' }),
  ];
}

/** `Basic` of this user and password as it is in a header. */
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

const requestFields = (path: string): Record<string, Field> => {
  const to = (field: string) => `spec.${path}.${field}`;
  const bearer = { [to('basicAuth')]: undefined };
  const password = (name: string, key: string) => ({
    [to('bearerToken')]: undefined,
    [to('basicAuth')]: { username: '12345', password: ref(name, key) },
  });
  const headers = (...headers: object[]) => ({ [to('headers')]: headers });
  return {
    appendPath: [{ [to('appendPath')]: false }, CONFIG, 'appendPath: false'],
    'headers[].name': [headers({ name: 'x-tenant', value: 'net' }), ['Secret'], 'x-tenant'],
    'headers[].value': [headers({ name: 'x-tenant', value: 'other-net' }), ['Secret'], 'other-net'],
    'headers[].valueFrom.secretKeyRef.name': [
      headers({ name: 'x-tenant', valueFrom: ref('other', 'api-key') }),
      ['Secret'],
      'other-key',
    ],
    'headers[].valueFrom.secretKeyRef.key': [
      headers({ name: 'x-tenant', valueFrom: ref('other', 'password') }),
      ['Secret'],
      'other-password',
    ],
    'bearerToken.secretKeyRef.name': [
      { ...bearer, [to('bearerToken')]: ref('other', 'token') },
      ['Secret'],
      'Bearer other-token',
    ],
    'bearerToken.secretKeyRef.key': [
      { ...bearer, [to('bearerToken')]: ref('other', 'api-key') },
      ['Secret'],
      'Bearer other-key',
    ],
    'basicAuth.username': [
      { [to('bearerToken')]: undefined, [to('basicAuth')]: { username: '54321', password: ref('other', 'password') } },
      ['Secret'],
      basic('54321:other-password'),
    ],
    'basicAuth.password.secretKeyRef.name': [password('other', 'password'), ['Secret'], basic('12345:other-password')],
    'basicAuth.password.secretKeyRef.key': [password('backend', 'token'), ['Secret'], basic('12345:tok3n')],
  };
};

const rule = (change: object): Change => {
  const one = { name: 'dns', match: 'destination.port == 53', action: 'sample', probability: 0.1 };
  return { 'spec.selection.rules': [{ ...one, ...change }] };
};

const sampled = (change: object): Change => ({ 'spec.exporters.sampling': [{ rate: 100, ...change }] });

const constant = (change: object): Change => ({
  'spec.spans.attributes.constants': [{ attributes: { rack: 'r1' }, ...change }],
});

const services = (change: object): Change => ({ 'spec.spans.services': change });
const metricSet = (change: object): Change => ({
  'spec.flowMetrics.sets': [{ name: 'talkers', dimensions: ['source.address', 'destination.address'], ...change }],
});

const under = (path: string, fields: Record<string, Field>): Record<string, Field> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [`${path}.${name}`, field]));

/** By the field's path, as in the reference. */
export const FIELDS: Record<string, Field> = {
  'listeners[].protocol': [{ 'spec.listeners.2.protocol': 'netflow' }, CONFIG, 'protocol: sflow'],
  'listeners[].name': [{ 'spec.listeners.1.name': 'border' }, [...CONFIG, 'Service'], 'border'],
  'listeners[].port': [{ 'spec.listeners.1.port': 9995 }, [...CONFIG, 'Service'], '9995'],
  'listeners[].host': [{ 'spec.listeners.1.host': '192.0.2.9' }, CONFIG, '192.0.2.9'],
  allowedSources: [{ 'spec.allowedSources': ['192.0.2.0/24'] }, LIVE, '192.0.2.0/24'],
  workers: [{ 'spec.workers': 7 }, CONFIG, 'workers: 7'],
  receiveBuffer: [{ 'spec.receiveBuffer': '48Mi' }, CONFIG, '48Mi'],
  'otlp.endpoint': [{ 'spec.otlp.endpoint': 'https://other.example' }, CONFIG, 'https://other.example'],
  'otlp.protocol': [
    { 'spec.otlp.protocol': 'grpc', 'spec.otlp.endpoint': 'https://otlp.example' },
    CONFIG,
    'http/protobuf',
  ],
  ...under('otlp', requestFields('otlp')),
  'otlp.compression': [{ 'spec.otlp.compression': 'none' }, CONFIG, 'gzip'],
  'otlp.timeout': [{ 'spec.otlp.timeout': '25s' }, CONFIG, '25s'],
  'otlp.tls.ca.configMapKeyRef.name': [
    { 'spec.otlp.tls.ca.configMapKeyRef.name': 'other-authorities' },
    ['Secret'],
    mark(authorities[1].ca),
  ],
  'otlp.tls.ca.configMapKeyRef.key': [
    { 'spec.otlp.tls.ca.configMapKeyRef.key': 'other.pem' },
    ['Secret'],
    mark(authorities[1].ca),
  ],
  'otlp.tls.ca.secretKeyRef.name': [
    { 'spec.otlp.tls.ca': ref('authorities', 'ca.pem') },
    ['Secret'],
    mark(authorities[1].ca),
  ],
  'otlp.tls.ca.secretKeyRef.key': [
    { 'spec.otlp.tls.ca': ref('authorities', 'other.pem') },
    ['Secret'],
    mark(authorities[1].ca),
  ],
  'otlp.tls.clientCertificate.secretName': [
    { 'spec.otlp.tls.clientCertificate.secretName': 'other-client' },
    ['Secret'],
    mark(otherClient.cert),
  ],
  'otlp.tls.serverName': [{ 'spec.otlp.tls.serverName': 'other.internal' }, CONFIG, 'other.internal'],
  'otlp.tls.insecureSkipVerify': [
    { 'spec.otlp.tls.ca': undefined, 'spec.otlp.tls.insecureSkipVerify': true },
    [...CONFIG, 'Secret'],
    'insecureSkipVerify: true',
  ],
  'otlp.retry.initialInterval': [{ 'spec.otlp.retry.initialInterval': '2s' }, CONFIG, 'initialInterval: 2s'],
  'otlp.retry.maxInterval': [{ 'spec.otlp.retry.maxInterval': '40s' }, CONFIG, 'maxInterval: 40s'],
  'otlp.retry.maxElapsed': [{ 'spec.otlp.retry.maxElapsed': '11m' }, CONFIG, 'maxElapsed: 11m'],
  'otlp.queue.memory': [{ 'spec.otlp.queue.memory': '96Mi' }, CONFIG, '96Mi'],
  'otlp.queue.disk': [{ 'spec.otlp.queue.disk': '5Gi' }, CONFIG, '5Gi'],
  'otlp.queue.durable': [{ 'spec.otlp.queue.durable': false }, CONFIG, 'durable: true'],
  'otlp.queue.hostPath': [{ 'spec.otlp.queue.hostPath': '/srv/spool' }, ['pods'], '/srv/spool'],
  'otlp.batch.maxSize': [{ 'spec.otlp.batch.maxSize': '256Ki' }, CONFIG, 'maxSize: 256Ki'],
  'otlp.batch.maxAge': [{ 'spec.otlp.batch.maxAge': '750ms' }, CONFIG, 'maxAge: 750ms'],
  'otlp.concurrency': [{ 'spec.otlp.concurrency': 9 }, CONFIG, 'concurrency: 9'],
  'templates.maxAge': [{ 'spec.templates.maxAge': '3h' }, CONFIG, 'maxAge: 3h'],
  'templates.keyBySourcePort': [{ 'spec.templates.keyBySourcePort': false }, CONFIG, 'keyBySourcePort: true'],
  'limits.exporters': [{ 'spec.limits.exporters': 4_071 }, CONFIG, '4071'],
  'limits.templatesPerExporter': [{ 'spec.limits.templatesPerExporter': 4_072 }, CONFIG, '4072'],
  'limits.templates': [{ 'spec.limits.templates': 4_073 }, CONFIG, '4073'],
  'limits.fieldsPerTemplate': [{ 'spec.limits.fieldsPerTemplate': 1_974 }, CONFIG, '1974'],
  'limits.recordsPerPacket': [{ 'spec.limits.recordsPerPacket': 4_075 }, CONFIG, '4075'],
  'limits.heldBytes': [{ 'spec.limits.heldBytes': '7Mi' }, CONFIG, 'heldBytes: 7Mi'],
  'limits.heldBytesPerExporter': [{ 'spec.limits.heldBytesPerExporter': '77Ki' }, CONFIG, '77Ki'],
  'limits.heldAge': [{ 'spec.limits.heldAge': '17m' }, CONFIG, 'heldAge: 17m'],
  logLevel: [{ 'spec.logLevel': 'debug' }, LIVE, 'logLevel: debug'],
  shutdownGrace: [{ 'spec.shutdownGrace': '27s' }, CONFIG, 'shutdownGrace: 27s'],
  'exporters.sampling[].exporters': [sampled({ exporters: ['203.0.113.0/28'] }), LIVE, '203.0.113.0/28'],
  'exporters.sampling[].interfaces': [sampled({ interfaces: [4_078] }), LIVE, '- 4078'],
  'exporters.sampling[].rate': [sampled({ rate: 4_079 }), LIVE, 'rate: 4079'],
  'exporters.sampling[].force': [sampled({ force: true }), LIVE, 'force: true'],
  'exporters.scale': [{ 'spec.exporters.scale': true }, LIVE, 'scale: true'],
  'spans.profile': [{ 'spec.spans.profile': 'minimal' }, LIVE, 'profile: minimal'],
  'spans.trace': [{ 'spec.spans.trace': 'conversation' }, LIVE, 'trace: conversation'],
  'spans.services.columns': [services({ columns: ['team'] }), LIVE, '- team'],
  'spans.services.fallback': [services({ fallback: 'prefix' }), LIVE, 'fallback: prefix'],
  'spans.services.rest': [services({ rest: 'internet' }), LIVE, 'rest: internet'],
  'spans.services.max': [services({ max: 4_078 }), LIVE, 'max: 4078'],
  'spans.services.points[].exporters': [services({ points: [{ exporters: ['198.51.100.0/25'] }] }), LIVE, '/25'],
  'spans.services.points[].ingressInterfaces': [services({ points: [{ ingressInterfaces: [4_077] }] }), LIVE, '- 4077'],
  'spans.services.points[].egressInterfaces': [services({ points: [{ egressInterfaces: [4_077] }] }), LIVE, '- 4077'],
  'spans.timestamps': [{ 'spec.spans.timestamps': 'received' }, LIVE, 'timestamps: received'],
  'spans.maxAge': [{ 'spec.spans.maxAge': '2m' }, LIVE, 'maxAge: 2m'],
  'spans.clock': [{ 'spec.spans.clock': 'exporter' }, LIVE, 'clock: exporter'],
  'spans.attributes.include': [{ 'spec.spans.attributes.include': ['source.*'] }, LIVE, 'source.*'],
  'spans.attributes.exclude': [{ 'spec.spans.attributes.exclude': ['destination.*'] }, LIVE, 'destination.*'],
  'spans.attributes.rename': [
    { 'spec.spans.attributes.rename': { 'source.address': 'client.ip' } },
    LIVE,
    'source.address: client.ip',
  ],
  'spans.attributes.constants[].exporters': [constant({ exporters: ['198.51.100.0/24'] }), LIVE, '198.51.100.0/24'],
  'spans.attributes.constants[].ingressInterfaces': [constant({ ingressInterfaces: [4_077] }), LIVE, '- 4077'],
  'spans.attributes.constants[].egressInterfaces': [constant({ egressInterfaces: [4_077] }), LIVE, '- 4077'],
  'spans.attributes.networks.configMapKeyRef.name': [
    { 'spec.spans.attributes.networks.configMapKeyRef.name': 'other-networks' },
    ['pods'],
    'other-networks',
  ],
  'spans.attributes.networks.configMapKeyRef.key': [
    { 'spec.spans.attributes.networks.configMapKeyRef.key': 'other.csv' },
    ['pods'],
    'other.csv',
  ],
  'elements.configMapKeyRef.name': [
    { 'spec.elements.configMapKeyRef.name': 'other-elements' },
    ['pods'],
    'other-elements',
  ],
  'elements.configMapKeyRef.key': [
    { 'spec.elements.configMapKeyRef.key': 'other-elements.csv' },
    ['pods'],
    'other-elements.csv',
  ],
  'spans.attributes.constants[].attributes': [constant({ attributes: { zone: 'inner' } }), LIVE, 'zone: inner'],
  'spans.resourceAttributes': [{ 'spec.spans.resourceAttributes': { site: 'ams1' } }, LIVE, 'ams1'],
  'selection.filter': [{ 'spec.selection.filter': 'destination.port != 55' }, LIVE, 'destination.port != 55'],
  'selection.rules[].name': [rule({ name: 'other-rule' }), LIVE, 'other-rule'],
  'selection.rules[].match': [rule({ match: 'destination.port == 54' }), LIVE, 'destination.port == 54'],
  'selection.rules[].action': [rule({ action: 'drop', probability: undefined }), LIVE, 'action: drop'],
  'selection.rules[].probability': [rule({ probability: 0.25 }), LIVE, 'probability: 0.25'],
  'selection.default': [{ 'spec.selection.default': 'keep' }, LIVE, 'default: keep'],
  'selection.sampling.probability': [{ 'spec.selection.sampling.probability': 0.5 }, LIVE, 'probability: 0.5'],
  'selection.sampling.flowsPerSecond': [{ 'spec.selection.sampling.flowsPerSecond': 5_000 }, LIVE, '5000'],
  'selection.sampling.per': [{ 'spec.selection.sampling.per': 'exporter' }, LIVE, 'per: exporter'],
  'selection.sampling.keepBytes': [{ 'spec.selection.sampling.keepBytes': '3Mi' }, LIVE, 'keepBytes: 3Mi'],
  'selection.sampling.keepPackets': [{ 'spec.selection.sampling.keepPackets': 77 }, LIVE, 'keepPackets: 77'],
  'http.enabled': [
    { 'spec.http.enabled': false, 'spec.metrics.podMonitor': false },
    [...CONFIG, 'metrics Service', 'PodMonitor'],
    'enabled: false',
  ],
  'http.host': [{ 'spec.http.host': '127.0.0.1' }, CONFIG, 'host: 127.0.0.1'],
  'http.token.secretKeyRef.name': [
    { 'spec.http.token.secretKeyRef.name': 'other-page' },
    ['Secret'],
    'another-token-of-the-page',
  ],
  'http.token.secretKeyRef.key': [
    { 'spec.http.token.secretKeyRef.key': 'next' },
    ['Secret'],
    'the-next-token-of-the-page',
  ],
  'http.traceUrl': [
    { 'spec.http.traceUrl': 'https://traces.example/{traceId}' },
    CONFIG,
    'https://traces.example/{traceId}',
  ],
  'http.names': [{ 'spec.http.names': ['pages.example'] }, CONFIG, 'pages.example'],
  'flowMetrics.sets[].name': [metricSet({ name: 'other-set' }), LIVE, 'other-set'],
  'flowMetrics.sets[].dimensions': [metricSet({ dimensions: ['netflow.vlan.id'] }), LIVE, '- netflow.vlan.id'],
  'flowMetrics.sets[].filter': [metricSet({ filter: 'destination.port == 52' }), LIVE, 'destination.port == 52'],
  'flowMetrics.sets[].maxSeries': [metricSet({ maxSeries: 4_076 }), LIVE, 'maxSeries: 4076'],
  'flowMetrics.sets[].expiry': [metricSet({ expiry: '73m' }), LIVE, 'expiry: 73m'],
  'sflow.counters.records': [{ 'spec.sflow.counters.records': ['vlans'] }, LIVE, '- vlans'],
  'sflow.counters.maxSources': [{ 'spec.sflow.counters.maxSources': 4_077 }, LIVE, 'maxSources: 4077'],
  'sflow.counters.expiry': [{ 'spec.sflow.counters.expiry': '74m' }, LIVE, 'expiry: 74m'],
  'flowMetrics.topTalkers': [{ 'spec.flowMetrics.topTalkers': 37 }, LIVE, 'topTalkers: 37'],
  'metrics.port': [{ 'spec.metrics.port': 9501 }, [...CONFIG, 'metrics Service', 'PodMonitor'], '9501'],
  'metrics.podMonitor': [{ 'spec.metrics.podMonitor': false }, ['PodMonitor'], 'podMetricsEndpoints'],
  'metrics.otlp.endpoint': [{ 'spec.metrics.otlp.endpoint': 'https://elsewhere.example' }, CONFIG, 'elsewhere'],
  'metrics.otlp.protocol': [
    { 'spec.metrics.otlp.protocol': 'http/protobuf' },
    CONFIG,
    'endpoint: https://metrics.example:4317\\n    protocol: http/protobuf',
  ],
  ...under('metrics.otlp', requestFields('metrics.otlp')),
  'metrics.otlp.interval': [{ 'spec.metrics.otlp.interval': '45s' }, CONFIG, 'interval: 45s'],
  'metrics.otlp.temporality': [{ 'spec.metrics.otlp.temporality': 'delta' }, CONFIG, 'temporality: delta'],
  'service.type': [
    { 'spec.service.type': 'NodePort', 'spec.service.loadBalancerClass': undefined },
    ['Service'],
    'LoadBalancer',
  ],
  'service.annotations': [
    { 'spec.service.annotations': { 'example.com/pool': 'other-pool' } },
    ['Service'],
    'other-pool',
  ],
  'service.loadBalancerClass': [{ 'spec.service.loadBalancerClass': 'example.com/other' }, [], 'loadBalancerClass'],
  'pod.image': [{ 'spec.pod.image': 'registry.example/collector:2' }, ['pods'], 'collector:2'],
  'pod.imagePullSecrets[].name': [{ 'spec.pod.imagePullSecrets.0.name': 'mirror' }, ['pods'], 'mirror'],
  'pod.nodeSelector': [{ 'spec.pod.nodeSelector': { 'example.com/netflow': 'edge' } }, ['pods'], '"edge"'],
  'pod.tolerations[].key': [
    { 'spec.pod.tolerations': [{ key: 'example.com/taint', operator: 'Exists' }] },
    ['pods'],
    'example.com/taint',
  ],
  'pod.tolerations[].operator': [
    { 'spec.pod.tolerations': [{ key: 'example.com/taint', operator: 'Equal', value: 'a' }] },
    ['pods'],
    '"Equal"',
  ],
  'pod.tolerations[].value': [
    { 'spec.pod.tolerations': [{ key: 'example.com/taint', value: 'tainted' }] },
    ['pods'],
    '"tainted"',
  ],
  'pod.tolerations[].effect': [
    { 'spec.pod.tolerations': [{ operator: 'Exists', effect: 'NoExecute' }] },
    ['pods'],
    'NoExecute',
  ],
  'pod.tolerations[].tolerationSeconds': [
    { 'spec.pod.tolerations': [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 77 }] },
    ['pods'],
    '"tolerationSeconds":77',
  ],
  [`${TERM}.key`]: [{ [`${EXPRESSION}.key`]: 'example.com/rack' }, ['pods'], 'example.com/rack'],
  [`${TERM}.operator`]: [{ [`${EXPRESSION}.operator`]: 'NotIn' }, ['pods'], 'NotIn'],
  [`${TERM}.values`]: [{ [`${EXPRESSION}.values`]: ['a', 'zone-c'] }, ['pods'], 'zone-c'],
  'pod.priorityClassName': [
    { 'spec.pod.priorityClassName': 'system-cluster-critical' },
    ['pods'],
    'system-cluster-critical',
  ],
  'pod.resources.requests.cpu': [{ 'spec.pod.resources.requests.cpu': '250m' }, ['pods'], '250m'],
  'pod.resources.requests.memory': [{ 'spec.pod.resources.requests.memory': '300Mi' }, ['pods'], '300Mi'],
  'pod.resources.requests.ephemeral-storage': [
    { 'spec.pod.resources.requests.ephemeral-storage': '1Gi' },
    ['pods'],
    'ephemeral-storage',
  ],
  'pod.resources.limits.cpu': [{ 'spec.pod.resources.limits.cpu': 3 }, ['pods'], '"cpu":"3"'],
  'pod.resources.limits.memory': [{ 'spec.pod.resources.limits.memory': '2Gi' }, ['pods'], '2Gi'],
  'pod.resources.limits.ephemeral-storage': [
    { 'spec.pod.resources.limits.ephemeral-storage': '2Gi' },
    ['pods'],
    'ephemeral-storage',
  ],
  'pod.env[].name': [{ 'spec.pod.env.0.name': 'HTTP_PROXY' }, ['pods'], 'HTTP_PROXY'],
  'pod.env[].value': [{ 'spec.pod.env.0.value': 'http://other:3128' }, ['pods'], 'http://other:3128'],
  'pod.env[].valueFrom.secretKeyRef.name': [
    { 'spec.pod.env.1.valueFrom.secretKeyRef.name': 'other-proxy' },
    ['pods'],
    'other-proxy',
  ],
  'pod.env[].valueFrom.secretKeyRef.key': [
    { 'spec.pod.env.1.valueFrom.secretKeyRef.key': 'proxy-key' },
    ['pods'],
    'proxy-key',
  ],
  'pod.env[].valueFrom.configMapKeyRef.name': [
    { 'spec.pod.env.2.valueFrom.configMapKeyRef.name': 'exceptions' },
    ['pods'],
    'exceptions',
  ],
  'pod.env[].valueFrom.configMapKeyRef.key': [
    { 'spec.pod.env.2.valueFrom.configMapKeyRef.key': 'exceptions' },
    ['pods'],
    'exceptions',
  ],
  'pod.dnsPolicy': [{ 'spec.pod.dnsPolicy': 'Default' }, ['pods'], '"dnsPolicy":"Default"'],
  'pod.dnsConfig.nameservers': [{ 'spec.pod.dnsConfig.nameservers.0': '192.0.2.54' }, ['pods'], '192.0.2.54'],
  'pod.dnsConfig.searches': [{ 'spec.pod.dnsConfig.searches.0': 'lab.example' }, ['pods'], 'lab.example'],
  'pod.dnsConfig.options[].name': [{ 'spec.pod.dnsConfig.options.0.name': 'attempts' }, ['pods'], 'attempts'],
  'pod.dnsConfig.options[].value': [{ 'spec.pod.dnsConfig.options.0.value': '7' }, ['pods'], '"value":"7"'],
  'pod.hostAliases[].ip': [{ 'spec.pod.hostAliases.0.ip': '192.0.2.18' }, ['pods'], '192.0.2.18'],
  'pod.hostAliases[].hostnames': [{ 'spec.pod.hostAliases.0.hostnames.0': 'alias.example' }, ['pods'], 'alias.example'],
  'pod.securityContext.runAsUser': [{ 'spec.pod.securityContext.runAsUser': 10_101 }, ['pods'], '10101'],
  'pod.securityContext.runAsGroup': [{ 'spec.pod.securityContext.runAsGroup': 10_102 }, ['pods'], '10102'],
  'pod.securityContext.fsGroup': [{ 'spec.pod.securityContext.fsGroup': 10_103 }, ['pods'], '10103'],
  'pod.securityContext.supplementalGroups': [
    { 'spec.pod.securityContext.supplementalGroups': [10_104] },
    ['pods'],
    '10104',
  ],
  'pod.securityContext.seLinuxOptions.level': [
    { 'spec.pod.securityContext.seLinuxOptions.level': 's0:c7' },
    ['pods'],
    's0:c7',
  ],
  'pod.securityContext.seLinuxOptions.role': [
    { 'spec.pod.securityContext.seLinuxOptions.role': 'system_r' },
    ['pods'],
    'system_r',
  ],
  'pod.securityContext.seLinuxOptions.type': [
    { 'spec.pod.securityContext.seLinuxOptions.type': 'spc_t' },
    ['pods'],
    'spc_t',
  ],
  'pod.securityContext.seLinuxOptions.user': [
    { 'spec.pod.securityContext.seLinuxOptions.user': 'user_u' },
    ['pods'],
    'user_u',
  ],
  'pod.volumes[].name': [{ 'spec.pod.volumes.0.name': 'authorities' }, ['pods'], 'extra-authorities'],
  'pod.volumes[].mountPath': [{ 'spec.pod.volumes.0.mountPath': '/etc/roots' }, ['pods'], '"/etc/roots"'],
  'pod.volumes[].readOnly': [
    { 'spec.pod.volumes.2.readOnly': true },
    ['pods'],
    '"mountPath":"/srv/archive","name":"extra-archive","readOnly":true',
  ],
  'pod.volumes[].configMap.name': [{ 'spec.pod.volumes.0.configMap.name': 'more-roots' }, ['pods'], 'more-roots'],
  'pod.volumes[].secret.secretName': [
    { 'spec.pod.volumes.1.secret.secretName': 'more-tokens' },
    ['pods'],
    'more-tokens',
  ],
  'pod.volumes[].persistentVolumeClaim.claimName': [
    { 'spec.pod.volumes.2.persistentVolumeClaim.claimName': 'attic' },
    ['pods'],
    'attic',
  ],
  'pod.volumes[].hostPath.path': [{ 'spec.pod.volumes.3.hostPath.path': '/run/other' }, ['pods'], '/run/other'],
  'pod.serviceAccount.annotations': [
    { 'spec.pod.serviceAccount.annotations': { 'example.com/role': 'other-role' } },
    ['ServiceAccount'],
    'other-role',
  ],
  'pod.labels': [{ 'spec.pod.labels': { team: 'operations' } }, ['pods'], 'operations'],
  'pod.annotations': [{ 'spec.pod.annotations': { 'example.com/owner': 'operations' } }, ['pods'], 'operations'],
  'pod.rollout.maxSurge': [{ 'spec.pod.rollout': { maxSurge: '20%', maxUnavailable: 0 } }, ['DaemonSet'], '20%'],
  'pod.rollout.maxUnavailable': [{ 'spec.pod.rollout': { maxSurge: 0, maxUnavailable: '30%' } }, ['DaemonSet'], '30%'],
};
