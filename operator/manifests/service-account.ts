import type { V1ServiceAccount } from '@kubernetes/client-node';
import type { NetflowCollector } from '../../crds/netflowcollector.ts';
import { namesOf, objectMeta } from './metadata.ts';

/** Who the pods are. They ask nothing of the API server, so no token is mounted. */
export function buildServiceAccount(resource: NetflowCollector): V1ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: objectMeta(resource, namesOf(resource).serviceAccount, resource.spec.pod.serviceAccount.annotations),
    automountServiceAccountToken: false,
  };
}
