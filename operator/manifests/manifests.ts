/**
 * What the operator makes of a NetflowCollector. In: the resource, and what is known beside it; out: Kubernetes
 * objects, one builder a file, each pure, so that the same goes out as long as the same comes in. Nothing in a pod's
 * template depends on the operator's version but the default image: an upgrade alone replaces no pod.
 */
import type { KubernetesObject } from '@kubernetes/client-node';
import type { NetflowCollector } from '../../crds/netflowcollector.ts';
import { buildConfigMap } from './config-map.ts';
import type { CredentialFiles } from './credentials.ts';
import { buildDaemonSet } from './daemon-set.ts';
import type { CollectorDefaults } from './defaults.ts';
import { buildMetricsService } from './metrics-service.ts';
import { buildPodMonitor } from './pod-monitor.ts';
import { buildReports, type ReportTarget } from './reports.ts';
import { buildSecret } from './secret.ts';
import { buildService } from './service.ts';
import { buildServiceAccount } from './service-account.ts';

export type ManifestContext = {
  defaults: CollectorDefaults;
  /** Of `assembleCredentials`. */
  credentials: CredentialFiles;
  /** The cluster has the CustomResourceDefinition of PodMonitor. */
  podMonitors: boolean;
  /** Where collectors report, and the templates that they have told of, gzip; undefined when they can't report. */
  reports: (ReportTarget & { templates: Buffer }) | undefined;
};

/** All objects of a resource, in the order to apply them: what pods need comes before the pods. */
export function buildManifests(resource: NetflowCollector, context: ManifestContext): KubernetesObject[] {
  return [
    buildServiceAccount(resource),
    buildConfigMap(resource),
    buildSecret(resource, context.credentials),
    ...(context.reports ? [buildReports(resource, context.reports, context.reports.templates)] : []),
    buildDaemonSet(resource, context.defaults),
    buildService(resource),
    ...(resource.spec.http.enabled ? [buildMetricsService(resource)] : []),
    ...(resource.spec.metrics.podMonitor && context.podMonitors ? [buildPodMonitor(resource, context.defaults)] : []),
  ];
}
