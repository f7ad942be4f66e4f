import type { V1Service } from '@kubernetes/client-node';
import type { NetflowCollector } from '../../crds/netflowcollector.ts';
import { namesOf, objectMeta, selectorOf } from './metadata.ts';

/** A headless Service, by which Prometheus and people find the pods' HTTP ports. */
export function buildMetricsService(resource: NetflowCollector): V1Service {
  const { port } = resource.spec.metrics;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: objectMeta(resource, namesOf(resource).metricsService),
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      selector: selectorOf(resource),
      ports: [{ name: 'metrics', protocol: 'TCP', port, targetPort: port }],
    },
  };
}
