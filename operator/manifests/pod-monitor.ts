import type { KubernetesObject, V1LabelSelector } from '@kubernetes/client-node';
import type { NetflowCollector } from '../../crds/netflowcollector.ts';
import type { CollectorDefaults } from './defaults.ts';
import { namesOf, objectMeta, selectorOf } from './metadata.ts';

/** The part of monitoring.coreos.com/v1 PodMonitor that is used. */
type PodMonitor = KubernetesObject & {
  spec: { selector: V1LabelSelector; podMetricsEndpoints: Endpoint[] };
};
type Endpoint = { path: string; interval?: string; relabelings: Relabeling[] };
type Relabeling = { sourceLabels: string[]; regex: string; targetLabel: string; replacement: string };

/**
 * Metrics of the pods for the Prometheus operator. The pods declare no ports, so the address is built from the pod's
 * own.
 */
export function buildPodMonitor(
  resource: NetflowCollector,
  { podMonitor: { labels, interval } }: Pick<CollectorDefaults, 'podMonitor'>,
): PodMonitor {
  const { port } = resource.spec.metrics;
  const address = (regex: string, host: string): Relabeling => ({
    sourceLabels: ['__meta_kubernetes_pod_ip'],
    regex,
    targetLabel: '__address__',
    replacement: `${host}:${port}`,
  });
  const metadata = objectMeta(resource, namesOf(resource).podMonitor);
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { ...metadata, labels: { ...labels, ...metadata.labels } },
    spec: {
      selector: { matchLabels: selectorOf(resource) },
      podMetricsEndpoints: [
        {
          path: '/metrics',
          ...(interval !== undefined && { interval }),
          relabelings: [
            address('([^:]+)', '$1'),
            address('(.*:.*)', '[$1]'),
            {
              sourceLabels: ['__meta_kubernetes_pod_node_name'],
              regex: '(.*)',
              targetLabel: 'node',
              replacement: '$1',
            },
          ],
        },
      ],
    },
  };
}
