/** The two contracts compared: what a collector's configuration can say, its resource can too. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as z from 'zod';
import { collectorConfig } from './collector-config.ts';
import type { JsonSchema } from './generate/document.ts';
import { netflowCollector } from './netflowcollector.ts';

const OF_VARIABLES =
  'OTEL_EXPORTER_OTLP_METRICS_… set it; a pod has none of them, and pushes metrics as it sends traces';

/**
 * Fields of the configuration that the resource does not have under that name: what it has instead, or why it has none.
 */
const ONLY_OF_THE_CONFIGURATION: Record<string, string | { instead: string[] }> = {
  'otlp.headers{}': { instead: ['otlp.headers[].name', 'otlp.headers[].value'] },
  'otlp.headersFile': { instead: ['otlp.headers[].valueFrom.secretKeyRef.name', 'otlp.bearerToken.secretKeyRef.name'] },
  'otlp.insecure': 'the endpoint is a URL, whose scheme says it',
  'otlp.tls.caFile': { instead: ['otlp.tls.ca.configMapKeyRef.name', 'otlp.tls.ca.secretKeyRef.name'] },
  'otlp.tls.certFile': { instead: ['otlp.tls.clientCertificate.secretName'] },
  'otlp.tls.keyFile': { instead: ['otlp.tls.clientCertificate.secretName'] },
  'otlp.queue.directory': { instead: ['otlp.queue.hostPath'] },
  'spans.attributes.networksFile': { instead: ['spans.attributes.networks.configMapKeyRef.name'] },
  'elements.file': { instead: ['elements.configMapKeyRef.name'] },
  'templates.stateDir': 'pods have a volume for it',
  logFormat: 'pods have no terminal',
  'http.port': { instead: ['metrics.port'] },
  'http.tokenFile': { instead: ['http.token.secretKeyRef.name'] },
  'metrics.otlp.headers{}': { instead: ['metrics.otlp.headers[].name', 'metrics.otlp.headers[].value'] },
  'metrics.otlp.headersFile': { instead: ['metrics.otlp.bearerToken.secretKeyRef.name'] },
  'metrics.otlp.compression': OF_VARIABLES,
  'metrics.otlp.timeout': OF_VARIABLES,
  'metrics.otlp.insecure': 'the endpoint is a URL, whose scheme says it',
  'metrics.otlp.tls.caFile': OF_VARIABLES,
  'metrics.otlp.tls.certFile': OF_VARIABLES,
  'metrics.otlp.tls.keyFile': OF_VARIABLES,
  'health.liveFile': 'the probes of pods read it',
  'health.readyFile': 'the probes of pods read it',
  'reports.dir': 'the operator is found by it',
};

/** Parts of the resource that are about pods and objects beside them, and not about what a collector does. */
const ONLY_OF_THE_RESOURCE = /^(pod|service)\.|^metrics\.(port|podMonitor)$/;

/** Fields with another default, and why. */
const OTHER_DEFAULTS: Record<string, string> = {
  'otlp.endpoint': 'a resource without a backend would only fill its pages',
};

const configuration = fieldsOf(z.toJSONSchema(collectorConfig, { io: 'input' }) as JsonSchema);
const resource = fieldsOf(
  (z.toJSONSchema(netflowCollector, { io: 'input', target: 'openapi-3.0' }) as JsonSchema).properties!.spec,
);

test('what a collector can be told, its resource can say, or there is a reason', () => {
  const missing = [...configuration.keys()].filter((field) => !resource.has(field));
  assert.deepEqual(missing.sort(), Object.keys(ONLY_OF_THE_CONFIGURATION).sort());
});

test('what stands for a field of the configuration is there', () => {
  for (const reason of Object.values(ONLY_OF_THE_CONFIGURATION)) {
    if (typeof reason === 'string') continue;
    for (const field of reason.instead) assert.ok(resource.has(field), field);
  }
});

test('the resource says no more of a collector than the configuration takes', () => {
  const instead = Object.values(ONLY_OF_THE_CONFIGURATION).flatMap((reason) =>
    typeof reason === 'string' ? [] : reason.instead.map((field) => field.replace(/(\[\])?\.[^.]+(\.name)?$/, '')),
  );
  const known = (field: string) =>
    configuration.has(field) ||
    ONLY_OF_THE_RESOURCE.test(field) ||
    /^(metrics\.)?otlp\.(basicAuth|bearerToken)\./.test(field) ||
    instead.some((prefix) => field.startsWith(prefix));
  assert.deepEqual(
    [...resource.keys()].filter((field) => !known(field)),
    [],
  );
});

suite('a field of both has one default', () => {
  for (const [field, value] of configuration) {
    if (!resource.has(field) || field in OTHER_DEFAULTS) continue;
    test(field, () => assert.deepEqual(resource.get(field), value));
  }
});

/** Paths of all that can be set, with their defaults. */
function fieldsOf({ properties, items, additionalProperties, ...field }: JsonSchema, path = ''): Map<string, unknown> {
  if (items?.properties) return fieldsOf(items, `${path}[]`);
  if (properties) {
    const inner = Object.entries(properties).flatMap(([key, one]) => [...fieldsOf(one, path ? `${path}.${key}` : key)]);
    return new Map(inner);
  }
  return new Map([[typeof additionalProperties === 'object' ? `${path}{}` : path, field.default]]);
}
