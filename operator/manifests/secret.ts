import type { V1Secret } from '@kubernetes/client-node';
import type { NetflowCollector } from '../../crds/netflowcollector.ts';
import type { CredentialFiles } from './credentials.ts';
import { namesOf, objectMeta } from './metadata.ts';

/** Everything that proves the collectors to the backend and the backend to them, as files of the pods. */
export function buildSecret(resource: NetflowCollector, files: CredentialFiles): V1Secret {
  const data = Object.entries(files).map(([name, content]) => [name, Buffer.from(content).toString('base64')] as const);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: objectMeta(resource, namesOf(resource).secret),
    type: 'Opaque',
    data: Object.fromEntries(data),
  };
}
