import type { V1ObjectMeta } from '@kubernetes/client-node';
import { GROUP, KIND, type NetflowCollector, VERSION } from '../../crds/netflowcollector.ts';

/** Names of the objects of a resource. Every one has an ending, so that none is the name of an object of the user's. */
export function namesOf({ metadata: { name } }: { metadata: { name: string } }) {
  const collector = `${name}-collector`;
  return {
    serviceAccount: collector,
    configMap: collector,
    secret: `${name}-otlp`,
    reports: `${name}-reports`,
    daemonSet: collector,
    service: collector,
    metricsService: `${name}-metrics`,
    podMonitor: collector,
  };
}

/** The labels that identify the pods of a resource; they never change, as the selector of a DaemonSet can't. */
export function selectorOf({ metadata }: NetflowCollector): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'netflow2traces',
    'app.kubernetes.io/instance': metadata.name,
    'app.kubernetes.io/component': 'collector',
  };
}

/** The recommended labels of Kubernetes; without the version, which would replace pods when the operator changes. */
export function labelsOf(resource: NetflowCollector): Record<string, string> {
  return {
    ...selectorOf(resource),
    'app.kubernetes.io/part-of': 'netflow2traces',
    'app.kubernetes.io/managed-by': 'netflow2traces-operator',
  };
}

/** Metadata of an object that is deleted with its resource. */
export function objectMeta(
  resource: NetflowCollector,
  name: string,
  annotations?: Record<string, string>,
): V1ObjectMeta {
  const { metadata } = resource;
  return {
    name,
    namespace: metadata.namespace,
    labels: labelsOf(resource),
    ...(annotations && Object.keys(annotations).length > 0 && { annotations }),
    ownerReferences: [
      {
        apiVersion: `${GROUP}/${VERSION}`,
        kind: KIND,
        name: metadata.name,
        uid: metadata.uid!,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
}
