import type {
  V1Container,
  V1DaemonSet,
  V1PodSpec,
  V1Probe,
  V1Volume,
  V1VolumeProjection,
} from '@kubernetes/client-node';
import { GROUP, type NetflowCollector } from '../../crds/netflowcollector.ts';
import { REPORT_AUDIENCE, REPORT_FILES } from '../../crds/report.ts';
import { restartPartsOf } from './collector-config.ts';
import type { CollectorDefaults } from './defaults.ts';
import {
  CONFIG_DIR,
  CONFIG_FILE,
  CREDENTIALS_DIR,
  ELEMENTS_DIR,
  ELEMENTS_FILE,
  LIVE_FILE,
  NETWORKS_DIR,
  NETWORKS_FILE,
  READY_FILE,
  REPORTS_DIR,
  SPOOL_DIR,
  SPOOL_VOLUME,
  STATE_DIR,
} from './files.ts';
import { hash } from './hash.ts';
import { labelsOf, namesOf, objectMeta, selectorOf } from './metadata.ts';
import { PORTS, portsOf } from './ports.ts';

/** User and group of the image. Successors must have them too: the kernel lets only one user share a port. */
const USER = 65_532;
/** A file older than this means that the collector hangs: it is touched every second. */
const MAX_AGE_SECONDS = 15;
/** In addition to the time for sending what is queued. */
const SHUTDOWN_MARGIN_SECONDS = 5;
/** The most that learned templates take, many times over. */
const STATE_SIZE = '256Mi';
/** Beside the spool's files, its folders; and what a file system rounds up. */
const SPOOL_MARGIN = 64 * 2 ** 20;
/** The shortest life of a token that Kubernetes allows. */
const TOKEN_SECONDS = 600;

/**
 * Annotation of the DaemonSet: the image it was made with for want of one in its resource. It stays, so that another
 * operator with another default replaces no pod; whoever removes it gets the default of the operator that runs.
 */
export const DEFAULT_IMAGE = `${GROUP}/default-image`;

type Pod = NetflowCollector['spec']['pod'];
type ImageDefaults = Pick<CollectorDefaults, 'image' | 'pullPolicy' | 'pullSecrets'>;

/**
 * A collector on each node that is chosen, on the node's own network: exporters' addresses are seen as they are. No
 * port is declared: it would be taken as the node's, and the successor of a pod could not be placed beside it.
 */
export function buildDaemonSet(resource: NetflowCollector, defaults: ImageDefaults): V1DaemonSet {
  const { pod } = resource.spec;
  const names = namesOf(resource);
  const { nodeAffinity } = pod.affinity;
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: objectMeta(resource, names.daemonSet, { [DEFAULT_IMAGE]: defaults.image }),
    spec: {
      selector: { matchLabels: selectorOf(resource) },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: pod.rollout },
      template: {
        metadata: {
          labels: { ...pod.labels, ...labelsOf(resource) },
          annotations: {
            ...pod.annotations,
            // Of all that needs a restart and is not in the template itself.
            [`${GROUP}/config-hash`]: hash(restartPartsOf(resource)),
            [PORTS]: portsOf(resource.spec).join(','),
          },
        },
        spec: {
          serviceAccountName: names.serviceAccount,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          hostNetwork: true,
          ...namesIn(pod),
          securityContext: {
            runAsNonRoot: true,
            runAsUser: pod.securityContext.runAsUser ?? USER,
            runAsGroup: pod.securityContext.runAsGroup ?? USER,
            fsGroup: pod.securityContext.fsGroup ?? USER,
            ...optional('supplementalGroups', pod.securityContext.supplementalGroups),
            ...(pod.securityContext.seLinuxOptions && { seLinuxOptions: pod.securityContext.seLinuxOptions }),
            seccompProfile: { type: 'RuntimeDefault' },
          },
          nodeSelector: { 'kubernetes.io/os': 'linux', ...pod.nodeSelector },
          tolerations: pod.tolerations,
          ...(nodeAffinity && { affinity: { nodeAffinity } }),
          ...(pod.priorityClassName !== undefined && { priorityClassName: pod.priorityClassName }),
          imagePullSecrets:
            pod.imagePullSecrets.length > 0 ? pod.imagePullSecrets : defaults.pullSecrets.map((name) => ({ name })),
          terminationGracePeriodSeconds: Math.ceil(resource.spec.shutdownGrace / 1_000) + SHUTDOWN_MARGIN_SECONDS,
          containers: [container(resource, defaults)],
          volumes: volumes(resource),
        },
      },
    },
  };
}

function container({ spec: { pod, spans, elements, otlp } }: NetflowCollector, defaults: ImageDefaults): V1Container {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return {
    name: 'collector',
    image: pod.image ?? defaults.image,
    ...(pod.image === undefined && defaults.pullPolicy && { imagePullPolicy: defaults.pullPolicy }),
    args: ['--config', `${CONFIG_DIR}/${CONFIG_FILE}`],
    env: [
      field('NAMESPACE', 'metadata.namespace'),
      field('POD_NAME', 'metadata.name'),
      field('POD_UID', 'metadata.uid'),
      field('NODE_NAME', 'spec.nodeName'),
      {
        name: 'OTEL_RESOURCE_ATTRIBUTES',
        value:
          'k8s.namespace.name=$(NAMESPACE),k8s.pod.name=$(POD_NAME),k8s.pod.uid=$(POD_UID),k8s.node.name=$(NODE_NAME)',
      },
      ...pod.env,
    ],
    resources: pod.resources as V1Container['resources'],
    startupProbe: probe(LIVE_FILE, { periodSeconds: 1, failureThreshold: 60 }),
    readinessProbe: probe(READY_FILE, { periodSeconds: 10, failureThreshold: 3 }),
    livenessProbe: probe(LIVE_FILE, { periodSeconds: 30, failureThreshold: 3 }),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'config', mountPath: CONFIG_DIR, readOnly: true },
      { name: 'otlp', mountPath: CREDENTIALS_DIR, readOnly: true },
      { name: 'reports', mountPath: REPORTS_DIR, readOnly: true },
      { name: 'state', mountPath: STATE_DIR },
      ...(otlp.queue.disk > 0 ? [{ name: SPOOL_VOLUME, mountPath: SPOOL_DIR }] : []),
      ...(spans.attributes.networks ? [{ name: 'networks', mountPath: NETWORKS_DIR, readOnly: true }] : []),
      ...(elements ? [{ name: 'elements', mountPath: ELEMENTS_DIR, readOnly: true }] : []),
      ...pod.volumes.map(({ name, mountPath, readOnly }) => ({ name: extraName(name), mountPath, readOnly })),
    ],
  };
}

/** How pods find names. What nobody asked for is left out, so that a new field replaces no pod. */
function namesIn({ dnsPolicy, dnsConfig, hostAliases }: Pod): Partial<V1PodSpec> {
  const { nameservers, searches, options } = dnsConfig;
  const config = {
    ...optional('nameservers', nameservers),
    ...optional('searches', searches),
    ...optional('options', options),
  };
  return {
    dnsPolicy,
    ...(Object.keys(config).length > 0 && { dnsConfig: config }),
    ...optional('hostAliases', hostAliases),
  };
}

/** A list under its name, unless it is empty. */
function optional<N extends string, T>(name: N, list: readonly T[]): { [name in N]?: T[] } {
  return list.length > 0 ? ({ [name]: [...list] } as { [name in N]: T[] }) : {};
}

/** Of a volume that users add: never one of ours. */
function extraName(name: string): string {
  return `extra-${name}`;
}

/**
 * A look at a file's age: over the HTTP port another pod might answer, as two share it while one replaces the other.
 * Node without the program starts in some 40 ms.
 */
function probe(file: string, timing: Pick<V1Probe, 'periodSeconds' | 'failureThreshold'>): V1Probe {
  const script = `process.exit(Date.now() - fs.statSync('${file}').mtimeMs < ${MAX_AGE_SECONDS}e3 ? 0 : 1)`;
  return { exec: { command: ['/usr/local/bin/node', '--eval', script] }, timeoutSeconds: 10, ...timing };
}

function volumes(resource: NetflowCollector): V1Volume[] {
  const names = namesOf(resource);
  const { elements, spans } = resource.spec;
  const { networks } = spans.attributes;
  return [
    { name: 'config', configMap: { name: names.configMap } },
    { name: 'otlp', secret: { secretName: names.secret, defaultMode: 0o440 } },
    { name: 'reports', projected: { sources: reportSources(names) } },
    { name: 'state', emptyDir: { sizeLimit: STATE_SIZE } },
    ...(resource.spec.otlp.queue.disk > 0 ? [spool(resource.spec.otlp.queue)] : []),
    ...(networks ? [fileOfNames('networks', networks.configMapKeyRef, NETWORKS_FILE)] : []),
    ...(elements ? [fileOfNames('elements', elements.configMapKeyRef, ELEMENTS_FILE)] : []),
    ...resource.spec.pod.volumes.map(({ name, mountPath: _, readOnly: __, hostPath, ...source }) => ({
      name: extraName(name),
      ...source,
      ...(hostPath && { hostPath: { ...hostPath, type: 'Directory' } }),
    })),
  ];
}

/**
 * An emptyDir survives the container, and goes with its pod. A folder of the node must be there: the kubelet would make
 * one that only root can write to. The limit is for what goes wrong: whoever exceeds it is evicted.
 */
function spool({ disk, hostPath }: NetflowCollector['spec']['otlp']['queue']): V1Volume {
  if (hostPath !== undefined) return { name: SPOOL_VOLUME, hostPath: { path: hostPath, type: 'Directory' } };
  return { name: SPOOL_VOLUME, emptyDir: { sizeLimit: String(disk + SPOOL_MARGIN) } };
}

/** Missing names should not keep a pod from starting: hence `optional`. The operator reports what is missing. */
function fileOfNames(volume: string, { name, key }: { name: string; key: string }, path: string): V1Volume {
  return { name: volume, configMap: { name, optional: true, items: [{ key, path }] } };
}

/**
 * Where the operator is may change without another pod, or be unknown at first: hence `optional`. The token proves to
 * it alone which pod this is, and on which node; the kubelet renews it.
 */
function reportSources(names: ReturnType<typeof namesOf>): V1VolumeProjection[] {
  return [
    { configMap: { name: names.reports, optional: true } },
    {
      serviceAccountToken: {
        audience: REPORT_AUDIENCE,
        expirationSeconds: TOKEN_SECONDS,
        path: REPORT_FILES.token,
      },
    },
  ];
}
