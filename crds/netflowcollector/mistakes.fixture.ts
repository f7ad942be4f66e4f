/** Wrong resources, and what a user is told; checked with zod beside this file and with a real API server. */
import type { NetflowCollectorInput } from '../netflowcollector.ts';

/** The smallest resource there is. */
export function minimal(): NetflowCollectorInput {
  return {
    apiVersion: 'netflow2traces.io/v1alpha1',
    kind: 'NetflowCollector',
    metadata: { name: 'edge', namespace: 'default' },
    spec: { otlp: { endpoint: 'https://tempo.example:4317' } },
  };
}

/** Where a value stands, such as `spec.listeners.0.port`; and the value. */
export type Change = Record<string, unknown>;

/** The smallest resource with some values put into it; `undefined` takes one out. */
export const changed = (change: Change): unknown => withChange(minimal(), change);

/** A copy of a resource with some values put into it. */
export function withChange(resource: object, change: Change): unknown {
  const copy = structuredClone(resource);
  for (const [path, value] of Object.entries(change)) {
    const keys = path.split('.');
    let container = copy as Record<string, unknown>;
    for (const [index, key] of keys.slice(0, -1).entries()) {
      container[key] ??= /^\d+$/.test(keys[index + 1]) ? [] : {};
      container = container[key] as Record<string, unknown>;
    }
    container[keys.at(-1)!] = value;
  }
  return JSON.parse(JSON.stringify(copy));
}

/**
 * `at` is the field that the message is about, as the API server writes it; `entry`, what of it is wrong, which only
 * zod tells.
 */
export type WrongResource = { change: Change; at: string; entry?: string; message: string };

const secretKeyRef = { name: 's', key: 'k' };
const header = (name: string) => ({ name, value: 'v' });
const values = (operator: string, ...values: string[]) => ({
  'spec.pod.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms': [
    { matchExpressions: [{ key: 'k', operator, values }] },
  ],
});
const VALUES_AT =
  'spec.pod.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0]';

const ENDPOINT = 'must be a URL with a host and, if it is not 80 or 443, a port, such as https://tempo.example:4317';
const SCHEME = 'must begin with http:// or https://, such as https://tempo.example:4317';
const DURATION = 'must be a duration such as 500ms, 10s, 5m or 24h';
const SIZE = 'must be a size such as 64Mi, 512Ki or 1048576';
const CIDR = 'must be an address or a prefix such as 10.0.0.0/8 or 2001:db8::/32';
const WORKERS = 'must be auto or a whole number from 1 to 64';
const LISTENER_NAME = 'must start with a letter and have at most 15 lower-case letters, digits and dashes';
const NAME = 'metadata.name must begin with a letter and have at most 53 lower-case letters, digits and dashes';
const OBJECT_NAME = 'must be a name of lower-case letters, digits, dashes and dots';
const EITHER = 'must have either value or valueFrom';
const AFFINITY =
  'must have values with In and NotIn, one whole number with Gt and Lt, none with Exists and DoesNotExist';
const PROBABILITY = 'must have a probability with sample, and only then';
const RULE_NAME = 'must begin with a letter and have at most 63 lower-case letters, digits and dashes';
const rule = (...changes: object[]) => ({
  'spec.selection.rules': changes.map((change) => ({ name: 'dns', match: 'true', action: 'keep', ...change })),
});
const sets = (...changes: object[]) => ({
  'spec.flowMetrics.sets': changes.map((change) => ({ name: 'talkers', dimensions: ['source.address'], ...change })),
});
const QUANTITY = 'must be a quantity such as 500m, 2 or 512Mi';
const SHARE = 'must be a whole number or a percentage such as 10%';
const ROLLOUT = 'must have 0 for one of maxSurge and maxUnavailable, and more for the other';
const TLS = 'has no effect with an http:// endpoint; write https://, or leave tls out';
const QUALIFIED = 'must be a key such as example.com/zone, of letters, digits, dashes, underscores and dots';
const OURS =
  'must not have the labels app.kubernetes.io/name, …/instance and the like, or keys of netflow2traces.io, which the operator sets';
const attributes = (change: object, profile = 'flow') => ({ 'spec.spans': { profile, attributes: change } });
const constants = (...entries: object[]) => attributes({ constants: entries.map((entry) => ({ attributes: entry })) });
const ATTRIBUTE_NAME = 'must be a name of 1 to 256 letters, digits and signs, without spaces';
const FREE = 'that the profile has, nor one below netflow. but for netflow.exporter.… and netflow.interface.…';
const NO_PATH = 'must have no path with protocol: grpc; leave the path out, or write protocol: http/protobuf';

const VARIABLE = 'must be the name of a variable: letters, digits and underscores';
const OUR_VARIABLE =
  'must not be one that the operator sets, or OTEL_…, NETFLOW_… or LOG_LEVEL, for which there are fields';
const env = (...entries: object[]) => ({ 'spec.pod.env': entries });
const volumes = (...entries: object[]) => ({ 'spec.pod.volumes': entries.map((entry) => ({ name: 'a', ...entry })) });

/** Refused by rules of ours: the message is the same for zod and for the API server. */
export const WRONG_BY_RULE: WrongResource[] = [
  {
    change: attributes({ rename: { 'source.adress': 'sender' } }),
    at: 'spec.spans.attributes.rename',
    entry: '[source.adress]',
    message: 'must rename attributes that the profile has; write their names on the left, as the profile has them',
  },
  {
    change: attributes({ rename: { 'netflow.postVlanId': 'vlan' } }, 'minimal'),
    at: 'spec.spans.attributes.rename',
    entry: '[netflow.postVlanId]',
    message: 'must rename attributes that the profile has; write their names on the left, as the profile has them',
  },
  {
    change: attributes({ rename: { 'source.address': 'address', 'destination.address': 'address' } }),
    at: 'spec.spans.attributes.rename',
    entry: '[destination.address]',
    message: 'must not give two attributes one name',
  },
  {
    change: attributes({ rename: { 'source.address': 'destination.address' } }),
    at: 'spec.spans.attributes.rename',
    entry: '[source.address]',
    message: `must not give a name ${FREE}`,
  },
  {
    change: attributes({ rename: { 'flow.io.bytes': 'flow.start' } }, 'netflowreceiver'),
    at: 'spec.spans.attributes.rename',
    entry: '[flow.io.bytes]',
    message: `must not give a name ${FREE}`,
  },
  {
    change: attributes({ rename: { 'source.address': 'netflow.postVlanId' } }),
    at: 'spec.spans.attributes.rename',
    entry: '[source.address]',
    message: `must not give a name ${FREE}`,
  },
  {
    change: attributes({ rename: { 'source.address': '' } }),
    at: 'spec.spans.attributes.rename[source.address]',
    message: ATTRIBUTE_NAME,
  },
  {
    change: attributes({ rename: { 'a b': 'c' } }),
    at: 'spec.spans.attributes.rename',
    message: ATTRIBUTE_NAME,
  },
  {
    change: constants({ 'a b': 'c' }),
    at: 'spec.spans.attributes.constants[0].attributes',
    message: ATTRIBUTE_NAME,
  },
  {
    change: constants({ site: 'x' }, { site: 'x', 'source.address': 'x' }),
    at: 'spec.spans.attributes.constants',
    entry: '[1].attributes[source.address]',
    message: `must not have a name ${FREE}`,
  },
  {
    change: attributes({
      rename: { 'source.address': 'sender' },
      constants: [{ attributes: { sender: 'x' } }],
    }),
    at: 'spec.spans.attributes.constants',
    entry: '[0].attributes.sender',
    message: 'must not have a name that rename gives to another attribute',
  },
  {
    change: constants(...Array.from({ length: 33 }, (_, index) => ({ [`site.${index}`]: 'x'.repeat(2_000) }))),
    at: 'spec.spans.attributes.constants',
    message: 'must have at most 65536 characters in all names and values together',
  },
  {
    change: attributes({ constants: [{ exporters: ['10.0.0.0/33'], attributes: { site: 'x' } }] }),
    at: 'spec.spans.attributes.constants[0].exporters[0]',
    message: CIDR,
  },
  {
    change: { 'spec.exporters.sampling': [{ exporters: ['10.0.0.0/33'], rate: 100 }] },
    at: 'spec.exporters.sampling[0].exporters[0]',
    message: CIDR,
  },
  { change: rule({ action: 'sample' }), at: 'spec.selection.rules[0]', message: PROBABILITY },
  { change: rule({ probability: 0.5 }), at: 'spec.selection.rules[0]', message: PROBABILITY },
  {
    change: rule({ name: 'default' }),
    at: 'spec.selection.rules[0].name',
    message: 'must not be filter or default, which are counted under these names',
  },
  { change: rule({ name: 'DNS' }), at: 'spec.selection.rules[0].name', message: RULE_NAME },
  {
    change: rule({}, {}),
    at: 'spec.selection.rules',
    message: 'must have different names; write a name for each rule',
  },
  { change: sets({ name: 'A' }), at: 'spec.flowMetrics.sets[0].name', message: RULE_NAME },
  {
    change: sets({}, {}),
    at: 'spec.flowMetrics.sets',
    message: 'must have different names; write a name for each set',
  },
  {
    change: sets({ dimensions: ['source.port', 'source.port'] }),
    at: 'spec.flowMetrics.sets[0].dimensions',
    message: 'must be different names',
  },
  {
    change: { 'spec.sflow.counters.records': ['vlans', 'vlans'] },
    at: 'spec.sflow.counters.records',
    message: 'must be different ones',
  },
  { change: { 'spec.sflow.counters.expiry': '59s' }, at: 'spec.sflow.counters.expiry', message: 'must be at least 1m' },
  { change: sets({ expiry: '59s' }), at: 'spec.flowMetrics.sets[0].expiry', message: 'must be at least 1m' },
  { change: { 'metadata.name': '1st' }, at: '', message: NAME },
  { change: { 'metadata.name': 'a.b' }, at: '', message: NAME },
  { change: { 'metadata.name': 'a'.repeat(54) }, at: '', message: NAME },
  { change: { 'spec.otlp.endpoint': '' }, at: 'spec.otlp.endpoint', message: SCHEME },
  { change: { 'spec.otlp.endpoint': 'tempo:4317' }, at: 'spec.otlp.endpoint', message: SCHEME },
  { change: { 'spec.otlp.endpoint': 'grpc://tempo:4317' }, at: 'spec.otlp.endpoint', message: SCHEME },
  { change: { 'spec.otlp.endpoint': 'https://' }, at: 'spec.otlp.endpoint', message: ENDPOINT },
  { change: { 'spec.otlp.endpoint': 'https://a b:1' }, at: 'spec.otlp.endpoint', message: ENDPOINT },
  { change: { 'spec.otlp.endpoint': 'https://tempo:65536' }, at: 'spec.otlp.endpoint', message: ENDPOINT },
  { change: { 'spec.otlp.endpoint': 'https://tempo:0' }, at: 'spec.otlp.endpoint', message: ENDPOINT },
  { change: { 'spec.otlp.endpoint': 'https://10.0.0.256:4317' }, at: 'spec.otlp.endpoint', message: ENDPOINT },
  { change: { 'spec.otlp.endpoint': 'https://2001:db8::1' }, at: 'spec.otlp.endpoint', message: ENDPOINT },
  { change: { 'spec.otlp.endpoint': 'https://[2001:db8:::1]:4317' }, at: 'spec.otlp.endpoint', message: ENDPOINT },
  {
    change: { 'spec.otlp.endpoint': 'https://12345:token@otlp.example' },
    at: 'spec.otlp.endpoint',
    message: 'must not hold a user or password; write them in basicAuth',
  },
  { change: { 'spec.otlp.endpoint': 'https://otlp.example/otlp' }, at: 'spec.otlp.endpoint', message: NO_PATH },
  { change: { 'spec.otlp.endpoint': 'https://otlp.example?x=1' }, at: 'spec.otlp.endpoint', message: NO_PATH },
  {
    change: { 'spec.metrics.otlp.endpoint': 'https://otlp.example/otlp' },
    at: 'spec.metrics.otlp.endpoint',
    message: NO_PATH,
  },
  {
    change: { 'spec.otlp.endpoint': 'https://otlp.example/otlp/v1/traces', 'spec.otlp.protocol': 'http/protobuf' },
    at: 'spec.otlp.endpoint',
    message: 'must not end in /v1/traces or the like, which is appended; leave that out',
  },
  { change: { 'spec.otlp.timeout': '10' }, at: 'spec.otlp.timeout', message: DURATION },
  { change: { 'spec.otlp.timeout': '1m30s' }, at: 'spec.otlp.timeout', message: DURATION },
  { change: { 'spec.otlp.timeout': '0s' }, at: 'spec.otlp.timeout', message: 'must be longer than 0' },
  { change: { 'spec.otlp.retry.maxElapsed': '-5m' }, at: 'spec.otlp.retry.maxElapsed', message: DURATION },
  {
    change: { 'spec.otlp.retry.initialInterval': '1m' },
    at: 'spec.otlp.retry.maxInterval',
    message: 'must not be shorter than initialInterval',
  },
  {
    change: { 'spec.otlp.queue.disk': '1Mi' },
    at: 'spec.otlp.queue.disk',
    message: 'must be 0 or at least 64Mi',
  },
  {
    change: { 'spec.otlp.queue.durable': true },
    at: 'spec.otlp.queue.durable',
    message: 'needs disk, the size of the spool',
  },
  {
    change: { 'spec.otlp.queue.hostPath': '/var/spool' },
    at: 'spec.otlp.queue.hostPath',
    message: 'needs disk, the size of the spool',
  },
  {
    change: { 'spec.otlp.queue': { disk: '1Gi', hostPath: 'spool' } },
    at: 'spec.otlp.queue.hostPath',
    message: 'must be an absolute path, such as /var/spool/netflow',
  },
  { change: { 'spec.otlp.queue.memory': '64MB' }, at: 'spec.otlp.queue.memory', message: SIZE },
  { change: { 'spec.otlp.queue.memory': -1 }, at: 'spec.otlp.queue.memory', message: SIZE },
  {
    change: { 'spec.otlp.queue.memory': '1000k' },
    at: 'spec.otlp.queue.memory',
    message: 'must be at least 1Mi, room for a batch',
  },
  { change: { 'spec.receiveBuffer': '32 Mi' }, at: 'spec.receiveBuffer', message: SIZE },
  {
    change: { 'spec.otlp.headers': [header('X Scope')] },
    at: 'spec.otlp.headers[0].name',
    message: 'must be the name of an HTTP header',
  },
  {
    change: { 'spec.otlp.headers': [{ name: 'a', value: 'v\n' }] },
    at: 'spec.otlp.headers[0].value',
    message: 'must be printable ASCII',
  },
  { change: { 'spec.otlp.headers': [{ name: 'a' }] }, at: 'spec.otlp.headers[0]', message: EITHER },
  {
    change: { 'spec.otlp.headers': [{ ...header('a'), valueFrom: { secretKeyRef } }] },
    at: 'spec.otlp.headers[0]',
    message: EITHER,
  },
  {
    change: { 'spec.otlp.headers': [header('X-Scope'), header('x-scope')] },
    at: 'spec.otlp.headers',
    message: 'must have different names; case does not tell headers apart',
  },
  {
    change: { 'spec.otlp.bearerToken.secretKeyRef': { name: 'My_Secret', key: 'k' } },
    at: 'spec.otlp.bearerToken.secretKeyRef.name',
    message: OBJECT_NAME,
  },
  {
    change: { 'spec.otlp.bearerToken.secretKeyRef': { name: 's', key: 'a/b' } },
    at: 'spec.otlp.bearerToken.secretKeyRef.key',
    message: 'must be a key of letters, digits, dashes, underscores and dots',
  },
  {
    change: {
      'spec.otlp.bearerToken.secretKeyRef': secretKeyRef,
      'spec.otlp.basicAuth': { username: '1', password: { secretKeyRef } },
    },
    at: 'spec.otlp',
    message: 'must not have both bearerToken and basicAuth; write the one that the backend asks for',
  },
  {
    change: {
      'spec.otlp.bearerToken.secretKeyRef': secretKeyRef,
      'spec.otlp.headers': [header('Authorization')],
    },
    at: 'spec.otlp.headers',
    message: 'must not have authorization beside bearerToken or basicAuth, which set it; leave one of them out',
  },
  {
    change: { 'spec.otlp.basicAuth': { username: 'a:b', password: { secretKeyRef } } },
    at: 'spec.otlp.basicAuth.username',
    message: 'must not be empty, and have no colon',
  },
  {
    change: { 'spec.otlp.tls.ca': {} },
    at: 'spec.otlp.tls.ca',
    message: 'must have either configMapKeyRef or secretKeyRef',
  },
  {
    change: { 'spec.otlp.tls.ca': { configMapKeyRef: secretKeyRef, secretKeyRef } },
    at: 'spec.otlp.tls.ca',
    message: 'must have either configMapKeyRef or secretKeyRef',
  },
  {
    change: { 'spec.otlp.tls.ca': { secretKeyRef }, 'spec.otlp.tls.insecureSkipVerify': true },
    at: 'spec.otlp.tls.insecureSkipVerify',
    message: 'must not be true beside ca, which would have no effect; leave one of them out',
  },
  {
    change: { 'spec.otlp.endpoint': 'http://tempo:4317', 'spec.otlp.tls.serverName': 'tempo' },
    at: 'spec.otlp.tls',
    message: TLS,
  },
  {
    change: { 'spec.otlp.endpoint': 'http://tempo:4317', 'spec.otlp.tls.insecureSkipVerify': true },
    at: 'spec.otlp.tls',
    message: TLS,
  },
  { change: { 'spec.listeners': [{ name: 'Edge' }] }, at: 'spec.listeners[0].name', message: LISTENER_NAME },
  { change: { 'spec.listeners': [{ name: 'a'.repeat(16) }] }, at: 'spec.listeners[0].name', message: LISTENER_NAME },
  {
    change: { 'spec.listeners': [{ port: 2055 }, { port: 4739 }] },
    at: 'spec.listeners',
    message: 'must have different names; write a name for each listener',
  },
  {
    change: { 'spec.listeners': [{ name: 'a' }, { name: 'b' }] },
    at: 'spec.listeners',
    message: 'must have different ports',
  },
  {
    change: { 'spec.listeners': [{ protocol: 'sflow' }, { name: 'sflow', port: 6344 }] },
    at: 'spec.listeners',
    message: 'must have different names; write a name for each listener',
  },
  {
    change: { 'spec.listeners': [{ protocol: 'sflow' }, { port: 6343 }] },
    at: 'spec.listeners',
    message: 'must have different ports',
  },
  { change: { 'spec.allowedSources': ['10.0.0.0/33'] }, at: 'spec.allowedSources[0]', message: CIDR },
  { change: { 'spec.allowedSources': ['10.0.0/8'] }, at: 'spec.allowedSources[0]', message: CIDR },
  { change: { 'spec.allowedSources': ['router1.example'] }, at: 'spec.allowedSources[0]', message: CIDR },
  { change: { 'spec.allowedSources': ['fe80::1%eth0'] }, at: 'spec.allowedSources[0]', message: CIDR },
  {
    change: { 'spec.listeners': [{ host: 'router1' }] },
    at: 'spec.listeners[0].host',
    message: 'must be an IPv4 or IPv6 address',
  },
  {
    change: { 'spec.listeners': [{ host: 'fe80::1%eth0' }] },
    at: 'spec.listeners[0].host',
    message: 'must be an IPv4 or IPv6 address',
  },
  { change: { 'spec.otlp.batch.maxSize': '8Ki' }, at: 'spec.otlp.batch.maxSize', message: 'must be from 16Ki to 3Mi' },
  { change: { 'spec.otlp.batch.maxSize': '4Mi' }, at: 'spec.otlp.batch.maxSize', message: 'must be from 16Ki to 3Mi' },
  {
    change: { 'spec.otlp.batch.maxSize': '2Mi', 'spec.otlp.queue.memory': '1Mi' },
    at: 'spec.otlp.queue.memory',
    message: 'must not be smaller than batch.maxSize',
  },
  { change: { 'spec.limits.heldAge': 'long' }, at: 'spec.limits.heldAge', message: DURATION },
  { change: { 'spec.shutdownGrace': '1d' }, at: 'spec.shutdownGrace', message: DURATION },
  {
    change: { 'spec.http.enabled': false, 'spec.metrics.podMonitor': true },
    at: 'spec.metrics.podMonitor',
    message: 'needs http.enabled: Prometheus reads that port',
  },
  { change: env({ name: 'a-b', value: '' }), at: 'spec.pod.env[0].name', message: VARIABLE },
  { change: env({ name: 'OTEL_TRACES_EXPORTER', value: '' }), at: 'spec.pod.env[0].name', message: OUR_VARIABLE },
  { change: env({ name: 'NODE_NAME', value: '' }), at: 'spec.pod.env[0].name', message: OUR_VARIABLE },
  { change: env({ name: 'A' }), at: 'spec.pod.env[0]', message: EITHER },
  {
    change: env({ name: 'A', valueFrom: {} }),
    at: 'spec.pod.env[0].valueFrom',
    message: 'must have either configMapKeyRef or secretKeyRef',
  },
  {
    change: env({ name: 'A', value: '1' }, { name: 'A', value: '2' }),
    at: 'spec.pod.env',
    message: 'must have different names',
  },
  {
    change: { 'spec.pod.dnsPolicy': 'None' },
    at: 'spec.pod.dnsConfig',
    message: 'must have nameservers with dnsPolicy: None',
  },
  {
    change: { 'spec.pod.hostAliases': [{ ip: '192.0.2.256', hostnames: ['a'] }] },
    at: 'spec.pod.hostAliases[0].ip',
    message: 'must be an IPv4 or IPv6 address',
  },
  {
    change: volumes({ mountPath: '/srv/a' }),
    at: 'spec.pod.volumes[0]',
    message: 'must have one of configMap, secret, persistentVolumeClaim, hostPath',
  },
  {
    change: volumes({ mountPath: '/srv/a', configMap: { name: 'a' }, secret: { secretName: 'a' } }),
    at: 'spec.pod.volumes[0]',
    message: 'must have one of configMap, secret, persistentVolumeClaim, hostPath',
  },
  {
    change: volumes({ mountPath: 'srv', configMap: { name: 'a' } }),
    at: 'spec.pod.volumes[0].mountPath',
    message: 'must be an absolute path, such as /etc/ssl/backend',
  },
  {
    change: volumes({ mountPath: '/etc/netflow2traces/config', configMap: { name: 'a' } }),
    at: 'spec.pod.volumes[0].mountPath',
    message: 'must not be in a folder of the collector’s own, named netflow2traces, nor have . or .. in it',
  },
  {
    change: volumes({ mountPath: '/etc/x/../netflow2traces', configMap: { name: 'a' } }),
    at: 'spec.pod.volumes[0].mountPath',
    message: 'must not be in a folder of the collector’s own, named netflow2traces, nor have . or .. in it',
  },
  {
    change: { 'spec.selection.sampling.probability': 0 },
    at: 'spec.selection.sampling.probability',
    message: 'must be from 0.000001 to 1',
  },
  { change: { 'spec.workers': 'many' }, at: 'spec.workers', message: WORKERS },
  { change: { 'spec.workers': 0 }, at: 'spec.workers', message: WORKERS },
  { change: { 'spec.workers': '2' }, at: 'spec.workers', message: WORKERS },
  { change: { 'spec.spans.maxAge': '1d' }, at: 'spec.spans.maxAge', message: DURATION },
  {
    change: { 'spec.spans.resourceAttributes': { '': 'v' } },
    at: 'spec.spans.resourceAttributes',
    message: 'must not be empty',
  },
  {
    change: { 'spec.service.loadBalancerClass': 'example.com/lb' },
    at: 'spec.service.loadBalancerClass',
    message: 'must be left out unless type: LoadBalancer',
  },
  { change: { 'spec.service.annotations': { 'a b': '' } }, at: 'spec.service.annotations', message: QUALIFIED },
  {
    change: { 'spec.pod.image': 'my image' },
    at: 'spec.pod.image',
    message: 'must be the name of an image, such as registry.example/netflow2traces-collector:1.2.3',
  },
  { change: { 'spec.pod.priorityClassName': 'Very High' }, at: 'spec.pod.priorityClassName', message: OBJECT_NAME },
  {
    change: { 'spec.pod.resources.limits': { memory: '1GB' } },
    at: 'spec.pod.resources.limits.memory',
    message: QUANTITY,
  },
  {
    change: { 'spec.pod.resources': { requests: { memory: '1Gi' }, limits: { memory: '1G' } } },
    at: 'spec.pod.resources.requests',
    message: 'must not request more memory than the limit',
  },
  {
    change: { 'spec.pod.resources': { requests: { 'ephemeral-storage': 2 }, limits: { 'ephemeral-storage': '1' } } },
    at: 'spec.pod.resources.requests',
    message: 'must not request more ephemeral-storage than the limit',
  },
  { change: { 'spec.pod.labels': { 'app.kubernetes.io/name': 'x' } }, at: 'spec.pod.labels', message: OURS },
  { change: { 'spec.pod.annotations': { 'netflow2traces.io/x': 'y' } }, at: 'spec.pod.annotations', message: OURS },
  { change: { 'spec.pod.rollout.maxSurge': '110%' }, at: 'spec.pod.rollout.maxSurge', message: SHARE },
  { change: { 'spec.pod.rollout.maxUnavailable': 1 }, at: 'spec.pod.rollout', message: ROLLOUT },
  { change: { 'spec.pod.rollout.maxSurge': '0%' }, at: 'spec.pod.rollout', message: ROLLOUT },
  {
    change: { 'spec.pod.tolerations': [{ effect: 'NoSchedule' }] },
    at: 'spec.pod.tolerations[0]',
    message: 'must have a key, or operator: Exists',
  },
  {
    change: { 'spec.pod.tolerations': [{ key: 'k', operator: 'Exists', value: 'v' }] },
    at: 'spec.pod.tolerations[0]',
    message: 'must have no value with operator: Exists',
  },
  {
    change: { 'spec.pod.tolerations': [{ key: 'k', tolerationSeconds: 1 }] },
    at: 'spec.pod.tolerations[0]',
    message: 'must have effect: NoExecute with tolerationSeconds',
  },
  { change: values('In'), at: VALUES_AT, message: AFFINITY },
  { change: values('Exists', 'v'), at: VALUES_AT, message: AFFINITY },
  { change: values('Gt', 'v'), at: VALUES_AT, message: AFFINITY },
];

/** Refused by the schema alone: the message is the API server's. */
export const WRONG_BY_SCHEMA: WrongResource[] = [
  {
    change: { 'spec.selection.sampling.probability': 1.5 },
    at: 'spec.selection.sampling.probability',
    message: 'should be less than or equal to 1',
  },
  {
    change: { 'spec.selection.filter': ' '.repeat(4_097) },
    at: 'spec.selection.filter',
    message: 'Too long',
  },
  {
    change: rule(...Array.from({ length: 17 }, (_, index) => ({ name: `r${index}` }))),
    at: 'spec.selection.rules',
    message: 'Too many',
  },
  { change: { spec: undefined }, at: 'spec', message: 'Required value' },
  { change: { 'spec.otlp': undefined }, at: 'spec.otlp', message: 'Required value' },
  { change: { 'spec.otlp.endpoint': undefined }, at: 'spec.otlp.endpoint', message: 'Required value' },
  { change: { 'spec.metrics.otlp': {} }, at: 'spec.metrics.otlp.endpoint', message: 'Required value' },
  {
    change: { 'spec.otlp.protocol': 'http' },
    at: 'spec.otlp.protocol',
    message: 'Unsupported value: "http": supported values: "grpc", "http/protobuf"',
  },
  {
    change: { 'spec.otlp.compression': 'snappy' },
    at: 'spec.otlp.compression',
    message: 'Unsupported value: "snappy": supported values: "none", "gzip", "zstd"',
  },
  {
    change: { 'spec.service.type': 'ExternalName' },
    at: 'spec.service.type',
    message: 'Unsupported value: "ExternalName": supported values: "ClusterIP", "NodePort", "LoadBalancer"',
  },
  { change: { 'spec.listeners': [] }, at: 'spec.listeners', message: 'should have at least 1 items' },
  {
    change: { 'spec.listeners': Array.from({ length: 17 }, (_, n) => ({ name: `l${n}`, port: 2_000 + n })) },
    at: 'spec.listeners',
    message: 'must have at most 16 items',
  },
  {
    change: { 'spec.listeners': [{ port: 514 }] },
    at: 'spec.listeners[0].port',
    message: 'should be greater than or equal to 1024',
  },
  {
    change: { 'spec.listeners': [{ port: '2055' }] },
    at: 'spec.listeners[0].port',
    message: 'must be of type integer: "string"',
  },
  {
    change: { 'spec.sflow.counters.records': ['ports'] },
    at: 'spec.sflow.counters.records[0]',
    message: 'Unsupported value: "ports": supported values: "interfaces", "ethernet", "vlans", "processors", "hosts"',
  },
  {
    change: { 'spec.listeners': [{ protocol: 'ipfix' }] },
    at: 'spec.listeners[0].protocol',
    message: 'Unsupported value: "ipfix": supported values: "netflow", "sflow"',
  },
  {
    change: { 'spec.logLevel': 'trace' },
    at: 'spec.logLevel',
    message: 'Unsupported value: "trace": supported values: "debug", "info", "warn", "error"',
  },
  {
    change: { 'spec.limits.exporters': 0 },
    at: 'spec.limits.exporters',
    message: 'should be greater than or equal to 1',
  },
  {
    change: { 'spec.pod.securityContext.runAsUser': 0 },
    at: 'spec.pod.securityContext.runAsUser',
    message: 'should be greater than or equal to 1',
  },
  {
    change: { 'spec.http.names': ['flows.example:80'] },
    at: 'spec.http.names[0]',
    message: 'must be a DNS name, without a port',
  },
  {
    change: { 'spec.http.traceUrl': 'https://traces.example/' },
    at: 'spec.http.traceUrl',
    message: 'must be an http:// or https:// URL with {traceId} in it',
  },
  {
    change: { 'spec.http.token': {} },
    at: 'spec.http.token.secretKeyRef',
    message: 'Required value',
  },
  {
    change: { 'spec.metrics.port': 65_536 },
    at: 'spec.metrics.port',
    message: 'should be less than or equal to 65535',
  },
  {
    change: { 'spec.metrics.podMonitor': 'yes' },
    at: 'spec.metrics.podMonitor',
    message: 'must be of type boolean: "string"',
  },
  {
    change: { 'spec.otlp.basicAuth': { username: 12345, password: { secretKeyRef } } },
    at: 'spec.otlp.basicAuth.username',
    message: 'must be of type string: "integer"',
  },
  {
    change: { 'spec.otlp.basicAuth': { username: '1' } },
    at: 'spec.otlp.basicAuth.password',
    message: 'Required value',
  },
  {
    change: { 'spec.pod.nodeSelector': { netflow: true } },
    at: 'spec.pod.nodeSelector.netflow',
    message: 'must be of type string: "boolean"',
  },
];

/** Fields that are not there: `at` is the unknown one. */
export const UNKNOWN_FIELDS: WrongResource[] = [
  'spec.listener',
  'spec.otlp.url',
  'spec.otlp.tls.caFile',
  'spec.selection.filters',
  'spec.pod.resources.limits.mem',
  'spec.pod.affinity.podAffinity',
].map((at) => ({ change: { [at]: {} }, at, message: `unknown field "${at}"` }));
