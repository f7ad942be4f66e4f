/**
 * What a collector runs with: the schema of its configuration file, and the one place where defaults are kept.
 * The operator writes such a file for its pods; a collector on its own reads one with `--config`.
 */
import { isIP, SocketAddress } from 'node:net';
import * as z from 'zod';
import { exporters } from './exporters.ts';
import { flowMetrics } from './flow-metrics.ts';
import { httpEnabled, httpNames, traceUrl } from './http.ts';
import { limits, logLevel, shutdownGrace, templateFields } from './limits.ts';
import { allowedSources, listener, port, receiveBuffer, workers } from './listen.ts';
import {
  appendPath,
  batch,
  compression,
  concurrency,
  headerName,
  headerValue,
  insecureSkipVerify,
  metricsInterval,
  metricsTemporality,
  protocol,
  queueDisk,
  queueDiskRules,
  queueMemory,
  retry,
  serverName,
  timeout,
} from './otlp.ts';
import { withRules } from './rule.ts';
import { selection } from './selection.ts';
import { sflow } from './sflow.ts';
import { nameRules } from './spans/names.ts';
import { spanAttributes, spanFields } from './spans.ts';

const listenHost = z
  .string()
  .refine((text) => isIP(text) !== 0, 'must be an IPv4 or IPv6 address')
  .default('::')
  .describe('Address to listen on. The default takes IPv6 and IPv4 on every interface.');

const listeners = z
  .array(listener(listenHost, port))
  .min(1)
  .max(16)
  .superRefine((all, context) => {
    for (const [index, { name, host, port }] of all.entries()) {
      const sameName = all.findIndex((other) => other.name === name);
      if (sameName < index) {
        const message = `must differ from listeners[${sameName}].name, "${name}"`;
        context.addIssue({ code: 'custom', path: [index, 'name'], message });
      }
      const sameSocket = all.findIndex((other) => other.port === port && canonical(other.host) === canonical(host));
      if (sameSocket < index && port !== 0) {
        const message = `must differ from listeners[${sameSocket}], which has the same host and port`;
        context.addIssue({ code: 'custom', path: [index, 'port'], message });
      }
    }
  });

/** One spelling for each address: IPv6 has many. */
function canonical(address: string): string {
  if (isIP(address) !== 6 || address.includes('%')) return address;
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

const otlpEndpoint = z.string().min(1);

const headers = z.record(headerName, headerValue).default({}).describe('Sent with each request.');

const headersFile = z
  .string()
  .optional()
  .describe(
    'JSON file of more headers, {"name": "value"}; they win over headers. Read again when it changes, for secrets that rotate.',
  );

const tlsFiles = {
  caFile: z.string().optional().describe('PEM file of the authorities that sign the backend’s certificate.'),
  certFile: z
    .string()
    .optional()
    .describe('PEM file of our certificate and its chain, for backends that ask for one; needs keyFile.'),
  keyFile: z.string().optional().describe('PEM file of the key of our certificate, unencrypted.'),
};

type TlsFiles = { certFile?: string; keyFile?: string };
const isPair = ({ certFile, keyFile }: TlsFiles) => (certFile === undefined) === (keyFile === undefined);
const NOT_A_PAIR = { path: ['keyFile'], error: 'must be given together with certFile' };

const tls = z.strictObject({ ...tlsFiles, serverName, insecureSkipVerify }).refine(isPair, NOT_A_PAIR);

const insecure = z.boolean().default(false).describe('Plaintext for a gRPC endpoint given as host:port.');

const queue = withRules(
  z.strictObject({
    memory: queueMemory,
    ...queueDisk,
    directory: z
      .string()
      .min(1)
      // A socket is made in a folder in it, whose path may have 107 bytes.
      .max(80)
      .optional()
      .describe('Folder of the spool. Collectors may share it; what one leaves the next takes over.'),
  }),
  ...queueDiskRules,
).refine(({ disk, directory }) => disk === 0 || directory !== undefined, {
  path: ['directory'],
  error: 'must be given together with disk',
});

const otlp = z
  .strictObject({
    endpoint: otlpEndpoint
      .optional()
      .describe(
        'http:// or https:// URL, for gRPC also host:port, dns:///host:port or unix:/path. Without one, spans are only shown on the built-in page.',
      ),
    appendPath: appendPath.describe('Over HTTP, add /v1/traces to the endpoint’s path.'),
    protocol,
    compression,
    timeout,
    headers,
    headersFile,
    insecure,
    tls: tls.prefault({}),
    retry: retry.prefault({}),
    queue: queue.prefault({}),
    batch: batch.prefault({}),
    concurrency,
  })
  .refine(({ queue, batch }) => queue.memory >= batch.maxSize, {
    path: ['queue', 'memory'],
    error: 'must not be smaller than otlp.batch.maxSize',
  });

const attributes = spanAttributes.extend({
  networksFile: z
    .string()
    .optional()
    .describe(
      'CSV file of names of networks by prefix, plain or gzip: each of its columns becomes source.… and destination.…. Read again when it changes.',
    ),
});

const spans = withRules(
  z.strictObject({ ...spanFields, attributes: attributes.prefault({}).describe(spanAttributes.description!) }),
  ...nameRules,
);

const elements = z.strictObject({
  file: z
    .string()
    .optional()
    .describe(
      'CSV file of elements that no registry has: pen,id,name,type,attribute. What it says of an element wins over its vendor and over what exporters tell. Read again when it changes.',
    ),
});

const templates = z.strictObject({
  stateDir: z.string().optional().describe('Folder in which learned templates are kept over a restart.'),
  ...templateFields,
});

/** The configuration of one collector process. Parse input with it; `z.output` of it is what the code gets. */
export const collectorConfig = z.strictObject({
  listeners: listeners.prefault([{}]),
  allowedSources,
  workers,
  receiveBuffer,
  otlp: otlp.prefault({}),
  exporters: exporters.prefault({}),
  spans: spans.prefault({}),
  elements: elements.prefault({}),
  selection: selection.prefault({}),
  flowMetrics: flowMetrics.prefault({}),
  sflow: sflow.prefault({}),
  templates: templates.prefault({}),
  limits: limits.prefault({}),
  http: z
    .strictObject({
      enabled: httpEnabled,
      host: z.string().default('::').describe('Address of /metrics, /livez, /readyz, /status and the page.'),
      port: port.default(9464).describe('TCP port of the same.'),
      names: httpNames,
      tokenFile: z
        .string()
        .optional()
        .describe(
          'File of a token of at least 16 characters, without which the page, /status and /api tell nothing. Read anew at each request.',
        ),
      traceUrl,
    })
    .prefault({}),
  metrics: z
    .strictObject({
      otlp: z
        .strictObject({
          endpoint: otlpEndpoint
            .optional()
            .describe('Also push metrics there, over OTLP. What is not said here of how, is as in otlp.'),
          appendPath: appendPath.describe('Over HTTP, add /v1/metrics to the endpoint’s path.'),
          protocol,
          compression: compression.unwrap().optional().describe('In place of otlp.compression.'),
          timeout: timeout.unwrap().optional().describe('In place of otlp.timeout.'),
          headers,
          headersFile,
          insecure: insecure.unwrap().optional().describe('In place of otlp.insecure.'),
          tls: z
            .strictObject(tlsFiles)
            .refine(isPair, NOT_A_PAIR)
            .optional()
            .describe('Files in place of those of otlp.tls.'),
          interval: metricsInterval,
          temporality: metricsTemporality,
        })
        .prefault({}),
    })
    .prefault({}),
  health: z
    .strictObject({
      liveFile: z
        .string()
        .optional()
        .describe('Touched every second while every worker answers: for probes that cannot use HTTP.'),
      readyFile: z
        .string()
        .optional()
        .describe(
          'Touched every second while every worker answers, all sockets are open and the process is not stopping.',
        ),
    })
    .prefault({}),
  reports: z
    .strictObject({
      dir: z
        .string()
        .optional()
        .describe(
          'Folder by which the operator is found: files endpoint, ca.crt and token. With it, the collector reports its state.',
        ),
    })
    .prefault({}),
  logLevel,
  logFormat: z
    .enum(['auto', 'json'])
    .default('auto')
    .describe(
      'json: a JSON object a line. auto: the same, but lines for people on a terminal, in colours unless NO_COLOR is set.',
    ),
  shutdownGrace,
});

/** A configuration with every default filled in; sizes in bytes, durations in milliseconds. */
export type CollectorConfig = z.output<typeof collectorConfig>;
/** What a user may write. */
export type CollectorConfigInput = z.input<typeof collectorConfig>;
