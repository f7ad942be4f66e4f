import type { V1ConfigMap } from '@kubernetes/client-node';
import type { NetflowCollector } from '../../crds/netflowcollector.ts';
import { configFileOf } from './collector-config.ts';
import { CONFIG_FILE } from './files.ts';
import { namesOf, objectMeta } from './metadata.ts';

/** The collector's configuration file. Pods see a change within a minute or two, when their kubelet looks for one. */
export function buildConfigMap(resource: NetflowCollector): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: objectMeta(resource, namesOf(resource).configMap),
    data: { [CONFIG_FILE]: configFileOf(resource) },
  };
}
