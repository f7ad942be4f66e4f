import type { NetflowCollector } from '../../crds/netflowcollector.ts';
import { REPORT_FILES } from '../../crds/report.ts';
import { CONFIG_MAPS } from '../cluster/kinds.ts';
import { namesOf } from '../manifests/metadata.ts';
import type { Client } from '../runtime/client.ts';

/** The copy of templates that pods find when they start now; undefined when there is none. Throws ApiErrors. */
export async function keptTemplates(
  client: Client,
  resource: NetflowCollector,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const { namespace } = resource.metadata;
  const kept = await client.find(CONFIG_MAPS, { namespace, name: namesOf(resource).reports }, signal);
  const copy = kept?.binaryData?.[REPORT_FILES.templates];
  return copy === undefined ? undefined : Buffer.from(copy, 'base64');
}
