/** Who sends: the resource that every span and metric of this process carries. */
import {
  detectResources,
  envDetector,
  hostDetector,
  osDetector,
  processDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import type { CollectorConfig } from '../../crds/collector-config.ts';

export type ResourceAttributes = Record<string, string | number | boolean | string[]>;

/** Left out: a command line may hold credentials (`--otlp-header authorization=…`). */
const PRIVATE = ['process.command', 'process.command_args'];

/**
 * The resource, by rising precedence: `service.name` and `service.version` of the program, what the SDK's detectors
 * find, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`, `spans.resourceAttributes`. Returned as the SDK's object for
 * metrics and as plain attributes for spans. The instance id is the same at each call within a process.
 */
export async function createResource(
  config: Pick<CollectorConfig, 'spans'>,
  version: string,
): Promise<{ resource: Resource; attributes: ResourceAttributes }> {
  // On Linux host.id is read from a file; elsewhere the detector runs a program, which takes longer than it is worth.
  const hostDetectors = process.platform === 'linux' ? [hostDetector] : [];
  const detected = detectResources({
    detectors: [...hostDetectors, osDetector, processDetector, serviceInstanceIdDetector, envDetector],
  });
  await detected.waitForAsyncAttributes?.();

  const attributes: ResourceAttributes = { 'service.name': 'netflow2traces', 'service.version': version };
  for (const [key, value] of Object.entries(detected.attributes)) {
    if (value === undefined || PRIVATE.includes(key)) continue;
    attributes[key] = Array.isArray(value) ? value.map(String) : value;
  }
  Object.assign(attributes, config.spans.resourceAttributes);
  return { resource: resourceFromAttributes(attributes), attributes };
}
