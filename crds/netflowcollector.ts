/**
 * The resource that users write: one NetflowCollector is one collector on each node it selects. Everything but
 * `spec.otlp.endpoint` has a default. From this schema come the CustomResourceDefinition, with every rule that is here,
 * and the reference; the operator parses what it gets with it.
 */
import * as z from 'zod';
import { ipAddress } from './address.ts';
import { exporters } from './exporters.ts';
import { flowMetrics } from './flow-metrics.ts';
import { httpEnabled, httpNames, traceUrl } from './http.ts';
import { limits, logLevel, shutdownGrace, templateFields } from './limits.ts';
import { allowedSources, DEFAULT_PORTS, listener, receiveBuffer, workers } from './listen.ts';
import { metricsOtlp, otlp } from './netflowcollector/otlp.ts';
import { pod } from './netflowcollector/pod.ts';
import { configMapKeyRef, secretKeyRef } from './netflowcollector/reference.ts';
import { service } from './netflowcollector/service.ts';
import { status } from './netflowcollector/status.ts';
import { celString, withRules } from './rule.ts';
import { selection } from './selection.ts';
import { sflow } from './sflow.ts';
import { nameRules } from './spans/names.ts';
import { spanAttributes, spanFields } from './spans.ts';

export const GROUP = 'netflow2traces.io';
export const VERSION = 'v1alpha1';
export const KIND = 'NetflowCollector';

/**
 * Names of objects that the operator makes are this and an ending. The longest one that the operator gives to names of
 * its own: a Service's name has at most 63 letters.
 */
const NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const MAX_NAME = 63 - '-collector'.length;

/** In CEL, what a listener has after the defaults that depend on its protocol. */
const listenerName = (listener: string) => `(has(${listener}.name) ? ${listener}.name : ${listener}.protocol)`;
const listenerPort = (listener: string) =>
  `(has(${listener}.port) ? ${listener}.port : ${listener}.protocol == 'sflow' ? ${DEFAULT_PORTS.sflow} : ${DEFAULT_PORTS.netflow})`;

const listeners = withRules(
  z
    .array(
      listener(
        ipAddress
          .default('::')
          .describe(
            'Address of the nodes to listen on. The default takes IPv6 and IPv4 on every interface, 0.0.0.0 IPv4 alone.',
          ),
        z.int().min(1_024).max(65_535),
        ' It is on each node. Ports below 1024 need rights that pods do not have.',
      ),
    )
    .min(1)
    .max(16),
  {
    check: (all) => new Set(all.map(({ name }) => name)).size === all.length,
    cel: `self.all(a, self.exists_one(b, ${listenerName('a')} == ${listenerName('b')}))`,
    message: 'must have different names; write a name for each listener',
  },
  {
    check: (all) => new Set(all.map(({ port }) => port)).size === all.length,
    cel: `self.all(a, self.exists_one(b, ${listenerPort('a')} == ${listenerPort('b')}))`,
    message: 'must have different ports',
  },
);

const metrics = z.strictObject({
  port: z
    .int()
    .min(1_024)
    .max(65_535)
    .default(9_464)
    .describe('TCP port on each node for /metrics, /livez and /readyz; and, for whom http says, /status and the page.'),
  podMonitor: z.boolean().default(false).describe('Make a PodMonitor, for the Prometheus operator.'),
  otlp: metricsOtlp
    .optional()
    .describe('Also push metrics, over OTLP; TLS, compression, timeout and retries are those of otlp.'),
});

const http = z.strictObject({
  enabled: httpEnabled,
  host: ipAddress.default('::').describe('Address of the nodes for that port; 127.0.0.1 keeps it to the node.'),
  token: z
    .strictObject({ secretKeyRef })
    .optional()
    .describe(
      'Token of at least 16 characters with which all may see the page, /status and /api. Without one only who forwards the port may; /metrics and health are for all.',
    ),
  names: httpNames,
  traceUrl,
});

const attributes = spanAttributes.extend({
  networks: z
    .strictObject({ configMapKeyRef })
    .optional()
    .describe('Names of networks by prefix, a CSV file: each of its columns becomes source.… and destination.….'),
});

const spans = withRules(
  z.strictObject({ ...spanFields, attributes: attributes.prefault({}).describe(spanAttributes.description!) }),
  ...nameRules,
);

const spec = withRules(
  z.strictObject({
    listeners: listeners.prefault([{}]).describe('Where packets come in.'),
    allowedSources,
    workers,
    receiveBuffer,
    otlp: otlp.describe('The backend of the traces.'),
    exporters: exporters.prefault({}).describe('What is known of the devices that export.'),
    spans: spans.prefault({}).describe('What the spans say.'),
    elements: z
      .strictObject({ configMapKeyRef })
      .optional()
      .describe(
        'Elements that no registry has, a CSV file: pen,id,name,type,attribute. What it says of an element wins over its vendor and over what exporters tell.',
      ),
    selection: selection.prefault({}).describe('Which flows are kept, before spans are made of them.'),
    flowMetrics: flowMetrics.prefault({}).describe('What is counted of all flows, whatever becomes of their spans.'),
    sflow: sflow.prefault({}).describe('What becomes of sFlow beside its flows.'),
    templates: z.strictObject(templateFields).prefault({}).describe('How learned templates are kept.'),
    limits: limits.prefault({}).describe('What bounds the memory of a collector, whatever exporters send.'),
    logLevel,
    shutdownGrace,
    metrics: metrics.prefault({}).describe('Metrics of the collectors.'),
    http: http.prefault({}).describe('Who may see what on the port of the metrics.'),
    service: service
      .prefault({})
      .describe('The Service that exporters can send to. It preserves their addresses, and keeps each on one pod.'),
    pod: pod.prefault({}).describe('The pods that collect.'),
  }),
  {
    check: ({ otlp: { endpoint, tls }, metrics }) =>
      [endpoint, metrics.otlp?.endpoint].some((url) => url?.startsWith('https:')) ||
      !(tls.ca || tls.clientCertificate || tls.serverName !== undefined || tls.insecureSkipVerify),
    cel:
      "self.otlp.endpoint.startsWith('https:') || has(self.metrics.otlp) && self.metrics.otlp.endpoint.startsWith('https:') || " +
      '!(has(self.otlp.tls.ca) || has(self.otlp.tls.clientCertificate) || has(self.otlp.tls.serverName) || self.otlp.tls.insecureSkipVerify)',
    message: 'has no effect with an http:// endpoint; write https://, or leave tls out',
    path: ['otlp', 'tls'],
  },
  {
    check: ({ http, metrics }) => http.enabled || !metrics.podMonitor,
    cel: 'self.http.enabled || !self.metrics.podMonitor',
    message: 'needs http.enabled: Prometheus reads that port',
    path: ['metrics', 'podMonitor'],
  },
);

/** A NetflowCollector. Parse with it what the API server holds; `z.input` of it is what a user may write. */
export const netflowCollector = withRules(
  z.strictObject({
    apiVersion: z.literal(`${GROUP}/${VERSION}`),
    kind: z.literal(KIND),
    metadata: z.looseObject({ name: z.string(), namespace: z.string().optional(), uid: z.string().optional() }),
    spec: spec.describe('What is wanted.'),
    // Right before the operator has seen the resource, too: kstatus takes one without it for done.
    status: status
      .optional()
      .meta({ default: { observedGeneration: -1 } })
      .describe('What is.'),
  }),
  {
    check: ({ metadata }) => NAME.test(metadata.name) && metadata.name.length <= MAX_NAME,
    cel: `self.metadata.name.matches(${celString(NAME.source)}) && self.metadata.name.size() <= ${MAX_NAME}`,
    message: `metadata.name must begin with a letter and have at most ${MAX_NAME} lower-case letters, digits and dashes`,
  },
);

/** A NetflowCollector with every default filled in; sizes in bytes, durations in milliseconds. */
export type NetflowCollector = z.output<typeof netflowCollector>;
export type NetflowCollectorSpec = NetflowCollector['spec'];
export type NetflowCollectorStatus = z.output<typeof status>;
/** What a user may write. */
export type NetflowCollectorInput = z.input<typeof netflowCollector>;
