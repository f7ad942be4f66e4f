import type { V1Service } from '@kubernetes/client-node';
import type { NetflowCollector } from '../../crds/netflowcollector.ts';
import { namesOf, objectMeta, selectorOf } from './metadata.ts';

/**
 * Where exporters may send to, beside the nodes themselves. Their addresses stay, and each stays on one pod, which
 * knows its templates.
 */
export function buildService(resource: NetflowCollector): V1Service {
  const { listeners, service } = resource.spec;
  const external = service.type !== 'ClusterIP';
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: objectMeta(resource, namesOf(resource).service, service.annotations),
    spec: {
      type: service.type,
      selector: selectorOf(resource),
      ipFamilyPolicy: 'PreferDualStack',
      sessionAffinity: 'ClientIP',
      ...(external && { externalTrafficPolicy: 'Local' }),
      ...(service.loadBalancerClass !== undefined && { loadBalancerClass: service.loadBalancerClass }),
      ports: listeners.map(({ name, port }) => ({ name, protocol: 'UDP', port, targetPort: port })),
    },
  };
}
