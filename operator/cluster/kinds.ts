/** The kinds of Kubernetes objects that the operator works with, and what it keeps of each. */
import { GROUP, KIND, type NetflowCollectorStatus, VERSION } from '../../crds/netflowcollector.ts';
import { DEFAULT_IMAGE } from '../manifests/daemon-set.ts';
import { PORTS } from '../manifests/ports.ts';
import { type Applied, pruneToApplied } from '../runtime/apply.ts';
import type { KubeObject, Resource } from '../runtime/resource.ts';
import type { NodeChoice } from './nodes.ts';

/** Name under which the operator owns fields. */
export const FIELD_MANAGER = 'netflow2traces-operator';

/** A NetflowCollector as the API server has it; `accept` parses it. */
export type RawCollector = KubeObject & { spec?: unknown; status?: NetflowCollectorStatus };

export const COLLECTORS: Resource<RawCollector> = {
  apiVersion: `${GROUP}/${VERSION}`,
  kind: KIND,
  plural: 'netflowcollectors',
  namespaced: true,
};

const core = <T extends KubeObject = KubeObject>(kind: string, plural: string): Resource<T> => ({
  apiVersion: 'v1',
  kind,
  plural,
  namespaced: true,
});

/** The data of Secrets is base64, that of ConfigMaps text. */
export type DataObject = KubeObject & { data?: Record<string, string>; binaryData?: Record<string, string> };

export const SERVICE_ACCOUNTS = core('ServiceAccount', 'serviceaccounts');
export const CONFIG_MAPS = core<DataObject>('ConfigMap', 'configmaps');
export const SECRETS = core<DataObject>('Secret', 'secrets');
export const SERVICES = core('Service', 'services');

export const POD_MONITORS: Resource = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PodMonitor',
  plural: 'podmonitors',
  namespaced: true,
};

/** Of a DaemonSet's status; counts of nodes. */
export type DaemonSetStatus = {
  observedGeneration?: number;
  desiredNumberScheduled?: number;
  currentNumberScheduled?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
};

export type DaemonSet = KubeObject & { spec?: { template?: PodTemplate }; status?: DaemonSetStatus };

export const DAEMON_SETS: Resource<DaemonSet> = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  namespaced: true,
};

export type LiveDaemonSet = Applied & {
  status: DaemonSetStatus;
  /** The image that it was made with where its resource names none. */
  defaultImage: string | undefined;
  /** What its pods have. */
  claim: PortClaim;
};

/** Ports, as `udp/2055`, and on which nodes. */
export type PortClaim = { ports: readonly string[]; nodes: NodeChoice };

/** The part of a pod, or of the template of pods, that tells the ports. */
type PodTemplate = { metadata?: { annotations?: Record<string, string> }; spec?: NodeChoice };

/** The ports that pods of a template hold, and the nodes that they may be on. */
export function claimIn({ metadata, spec: { nodeSelector, affinity } = {} }: PodTemplate): PortClaim {
  return { ports: metadata?.annotations?.[PORTS]?.split(',') ?? [], nodes: { nodeSelector, affinity } };
}

/** What is kept of a DaemonSet. */
export function pruneDaemonSet(object: DaemonSet): LiveDaemonSet {
  return {
    ...pruneToApplied(object, FIELD_MANAGER),
    status: object.status ?? {},
    defaultImage: object.metadata.annotations?.[DEFAULT_IMAGE],
    claim: claimIn(object.spec?.template ?? {}),
  };
}

/** Whether the DaemonSet's controller has seen what was applied last: until then its counts are out of date. */
export function isObserved({ metadata, status }: LiveDaemonSet): boolean {
  return (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

/** `v1` Event: that API's field selectors find the events about one object. */
export type CoreEvent = KubeObject & { message?: string; lastTimestamp?: string };

export const CORE_EVENTS = core<CoreEvent>('Event', 'events');
