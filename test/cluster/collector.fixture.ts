import { COLLECTORS, type RawCollector } from '../../operator/cluster/kinds.ts';

/** A resource that simulated nodes get a collector of, too. */
export function collector(namespace: string, name: string, spec: object = {}): RawCollector & { spec: object } {
  const { apiVersion, kind } = COLLECTORS;
  const otlp = { endpoint: 'http://tempo.tracing:4317' };
  const pod = { tolerations: [{ key: 'kwok.x-k8s.io/node', operator: 'Exists' }] };
  return { apiVersion, kind, metadata: { name, namespace }, spec: { otlp, pod, ...spec } };
}

/**
 * The CustomResourceDefinition of PodMonitor, as far as it concerns us: the Prometheus operator brings the real one.
 */
export const POD_MONITOR_DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'podmonitors.monitoring.coreos.com' },
  spec: {
    group: 'monitoring.coreos.com',
    scope: 'Namespaced',
    names: { plural: 'podmonitors', kind: 'PodMonitor' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
