/**
 * The chart at work on real nodes: its release, of the images of these sources, and a resource that sends somewhere.
 */
import { CHART, helm, RELEASE, NAMESPACE as RELEASE_NAMESPACE } from '../chart/helm.ts';
import { imageArchive } from '../image/archive.ts';
import type { Cluster } from './cluster.ts';

/** Of the resource and its collectors. */
export const NAMESPACE = 'flows';
const PROGRAMS = ['collector', 'operator'] as const;

const nameOf = (program: (typeof PROGRAMS)[number]) => `localhost/netflow2traces-${program}`;
const imageOf = (program: (typeof PROGRAMS)[number]) => ({ repository: nameOf(program), tag: 'test' });

/** Archives of both images, for `startCluster`. */
export function releaseImages(): string[] {
  return PROGRAMS.map((program) => imageArchive(`Dockerfile.${program}`, `${nameOf(program)}:test`));
}

/**
 * Runs helm for the release in this cluster. Returns what it prints; throws an error that ends with its error output.
 */
export function helmIn(cluster: Cluster, args: readonly string[], values: object = {}): string {
  return helm([...args, '--namespace', RELEASE_NAMESPACE, '--kubeconfig', cluster.kubeconfig], values);
}

/** Installs the release; resolves when the operator runs and there is a namespace for collectors. */
export async function installRelease(cluster: Cluster, values: object): Promise<void> {
  const install = ['install', RELEASE, CHART, '--create-namespace', '--wait', '--timeout=120s', '--values', '-'];
  helmIn(cluster, install, { image: imageOf('operator'), collectorImage: imageOf('collector'), ...values });
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
}

/** The resource `edge`, whose collectors send to `endpoint` over HTTP; `otlp`: what else is to be said of that. */
export async function applyEdge(cluster: Cluster, endpoint: string, otlp: object = {}): Promise<void> {
  const resource = {
    apiVersion: 'netflow2traces.io/v1alpha1',
    kind: 'NetflowCollector',
    metadata: { name: 'edge', namespace: NAMESPACE },
    spec: { otlp: { endpoint, protocol: 'http/protobuf', ...otlp } },
  };
  await cluster.kubectl(['apply', '--filename', '-'], JSON.stringify(resource));
}

/** The same; resolves when there is a collector that is ready on each node. */
export async function startEdge(cluster: Cluster, endpoint: string): Promise<void> {
  await applyEdge(cluster, endpoint);
  await cluster.kubectl(['--namespace', NAMESPACE, 'wait', '--for=condition=Ready', 'nfc/edge', '--timeout=120s']);
}

/** Name of the operator's pod that leads; empty while none does. */
export async function leaderIn(cluster: Cluster): Promise<string> {
  const lease = ['get', 'lease', 'netflow2traces-operator', '--output', 'jsonpath={.spec.holderIdentity}'];
  return (await cluster.kubectl(['--namespace', RELEASE_NAMESPACE, ...lease])).split('_')[0];
}

/** Removes all of this, and stops the cluster. */
export async function removeRelease(cluster: Cluster): Promise<void> {
  try {
    await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found']);
    helmIn(cluster, ['uninstall', RELEASE, '--ignore-not-found', '--wait']);
  } finally {
    await cluster.stop();
  }
}
