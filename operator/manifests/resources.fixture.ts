import { type NetflowCollector, netflowCollector } from '../../crds/netflowcollector.ts';
import type { Lookup } from './credentials.ts';

const bytes = (data: Record<string, string>) =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text)]));

function resource(name: string, spec: unknown): NetflowCollector {
  return netflowCollector.parse({
    apiVersion: 'netflow2traces.io/v1alpha1',
    kind: 'NetflowCollector',
    metadata: { name, namespace: 'flows', uid: '6a1f7c0e-0000-4000-8000-000000000001' },
    spec,
  });
}

/** As little as can be written. */
export const minimal = resource('edge', { otlp: { endpoint: 'http://tempo.tracing:4317' } });

const key = (name: string, key: string) => ({ secretKeyRef: { name, key } });

/** With every field that changes an object. */
export const full = resource('core', {
  listeners: [{ port: 2055 }, { name: 'ipfix', port: 4739, host: '0.0.0.0' }, { protocol: 'sflow' }],
  allowedSources: ['10.0.0.0/8', '2001:db8::/32'],
  workers: 4,
  receiveBuffer: '64Mi',
  otlp: {
    endpoint: 'https://otlp.example/otlp',
    protocol: 'http/protobuf',
    compression: 'gzip',
    timeout: '20s',
    headers: [
      { name: 'X-Scope-OrgID', value: 'net' },
      { name: 'x-key', valueFrom: key('backend', 'api-key') },
    ],
    basicAuth: { username: '12345', password: key('backend', 'password') },
    tls: {
      ca: { configMapKeyRef: { name: 'authorities', key: 'ca.pem' } },
      clientCertificate: { secretName: 'client' },
      serverName: 'otlp.internal',
    },
    retry: { maxElapsed: '10m' },
    queue: { memory: '128Mi', disk: '4Gi', durable: true, hostPath: '/var/spool/netflow' },
    batch: { maxSize: '512Ki', maxAge: '250ms' },
    concurrency: 8,
  },
  templates: { maxAge: '2h', keyBySourcePort: true },
  limits: { exporters: 1_000, heldBytes: '8Mi' },
  logLevel: 'warn',
  shutdownGrace: '30s',
  spans: {
    timestamps: 'clamped',
    attributes: {
      exclude: ['netflow.*'],
      networks: { configMapKeyRef: { name: 'networks', key: 'networks.csv.gz' } },
    },
    resourceAttributes: { site: 'fra1' },
  },
  elements: { configMapKeyRef: { name: 'elements', key: 'elements.csv' } },
  selection: {
    filter: 'destination.port != 53',
    rules: [{ name: 'bulk', match: 'flow.bytes.delta > 1000000', action: 'keep' }],
    sampling: { probability: 0.1, keepBytes: '1Mi' },
  },
  http: {
    host: '0.0.0.0',
    token: key('page', 'token'),
    names: ['flows.example'],
    traceUrl: 'https://jaeger.example/trace/{traceId}',
  },
  flowMetrics: {
    sets: [{ name: 'talkers', dimensions: ['source.address', 'destination.address'], filter: 'flow.bytes.delta > 0' }],
    topTalkers: 5,
  },
  metrics: {
    port: 9500,
    podMonitor: true,
    otlp: { endpoint: 'https://metrics.example:4317', interval: '30s', bearerToken: key('backend', 'token') },
  },
  service: {
    type: 'LoadBalancer',
    annotations: { 'example.com/pool': 'edge' },
    loadBalancerClass: 'example.com/udp',
  },
  pod: {
    image: 'registry.example/collector:1.2.3',
    imagePullSecrets: [{ name: 'registry' }],
    nodeSelector: { 'example.com/netflow': 'true' },
    tolerations: [{ operator: 'Exists' }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'example.com/zone', operator: 'In', values: ['a', 'b'] }] }],
        },
      },
    },
    priorityClassName: 'system-node-critical',
    resources: { requests: { cpu: 1, memory: '512Mi' }, limits: { memory: '1Gi' } },
    env: [
      { name: 'HTTPS_PROXY', value: 'http://proxy.example:3128' },
      { name: 'PROXY_PASSWORD', valueFrom: key('backend', 'password') },
      { name: 'NO_PROXY', valueFrom: { configMapKeyRef: { name: 'proxy', key: 'no-proxy' } } },
    ],
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['192.0.2.53'], searches: ['net.example'], options: [{ name: 'ndots', value: '2' }] },
    hostAliases: [{ ip: '192.0.2.17', hostnames: ['otlp.example'] }],
    securityContext: {
      runAsUser: 10_001,
      runAsGroup: 10_002,
      fsGroup: 10_003,
      supplementalGroups: [10_004],
      seLinuxOptions: { level: 's0:c1', role: 'object_r', type: 'container_t', user: 'system_u' },
    },
    volumes: [
      { name: 'roots', mountPath: '/etc/ssl/roots', configMap: { name: 'roots' } },
      { name: 'tokens', mountPath: '/etc/tokens', secret: { secretName: 'tokens' } },
      { name: 'archive', mountPath: '/srv/archive', readOnly: false, persistentVolumeClaim: { claimName: 'archive' } },
      { name: 'run', mountPath: '/run/backend', hostPath: { path: '/run/backend' } },
    ],
    serviceAccount: { annotations: { 'example.com/role': 'flows' } },
    labels: { team: 'net' },
    annotations: { 'example.com/owner': 'net' },
    rollout: { maxSurge: 0, maxUnavailable: 1 },
  },
});

/** A throw-away authority and a client certificate, without a key that is of use anywhere. */
export type Pem = { ca: string; cert: string; key: string };

/** What `full` refers to. */
export function objectsOf(pem: Pem): Lookup {
  const objects: Record<string, Record<string, Uint8Array>> = {
    'Secret backend': bytes({ 'api-key': 'k3y\n', password: 'pässword\r\n', token: 'tok3n' }),
    'Secret page': bytes({ token: 'page-tok3n-of-enough-characters\n' }),
    'Secret client': bytes({ 'tls.crt': pem.cert, 'tls.key': pem.key }),
    'ConfigMap authorities': bytes({ 'ca.pem': pem.ca }),
    'ConfigMap networks': bytes({ 'networks.csv.gz': '(gzip)' }),
    'ConfigMap elements': bytes({ 'elements.csv': 'pen,id,name,type\n32473,1,queueDepth,unsigned32\n' }),
  };
  return (kind, name) => objects[`${kind} ${name}`];
}
