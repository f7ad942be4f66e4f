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
 * What the program knows of its resource by itself, by rising precedence: `service.name` and `service.version`, what
 * the SDK's detectors find, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME` and `OTEL_SERVICE_VERSION`. The instance id
 * is the same at each call within a process.
 */
export async function detectAttributes(version: string): Promise<ResourceAttributes> {
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
  // Not of the specification, but a sibling of OTEL_SERVICE_NAME that other programs have.
  const serviceVersion = process.env.OTEL_SERVICE_VERSION?.trim();
  if (serviceVersion) attributes['service.version'] = serviceVersion;
  return attributes;
}

/**
 * The resource: what was detected, under `spans.resourceAttributes`. As the SDK's object for metrics and as plain
 * attributes for spans.
 */
export function createResource(
  detected: ResourceAttributes,
  { spans }: Pick<CollectorConfig, 'spans'>,
): { resource: Resource; attributes: ResourceAttributes } {
  const attributes = { ...detected, ...spans.resourceAttributes };
  return { resource: resourceFromAttributes(attributes), attributes };
}
