import type { V1ConfigMap } from '@kubernetes/client-node';
import type { NetflowCollector } from '../../crds/netflowcollector.ts';
import { REPORT_FILES } from '../../crds/report.ts';
import { namesOf, objectMeta } from './metadata.ts';

/** Where collectors report: an https:// URL, and in PEM who signs the certificate there. */
export type ReportTarget = { endpoint: string; ca: string };

/**
 * How the collectors find the operator, and what those that start need when they don't: a copy of the templates that
 * all have learned. No pod is replaced when it changes.
 */
export function buildReports(
  resource: NetflowCollector,
  { endpoint, ca }: ReportTarget,
  templates: Buffer,
): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: objectMeta(resource, namesOf(resource).reports),
    data: { [REPORT_FILES.endpoint]: endpoint, [REPORT_FILES.ca]: ca },
    binaryData: { [REPORT_FILES.templates]: templates.toString('base64') },
  };
}
