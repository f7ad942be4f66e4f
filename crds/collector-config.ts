/**
 * What a collector runs with: the schema of its configuration file, and the one place where defaults are kept.
 * The operator writes such a file for its pods; a collector on its own reads one with `--config`.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { duration, size } from './quantity.ts';

const cidr = z.string().refine((text) => {
  const [address, bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}, 'must be an address or a prefix such as 10.0.0.0/8 or 2001:db8::/32');

const port = z.int().min(0).max(65_535);

const listener = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z]([-a-z0-9]{0,13}[a-z0-9])?$/, 'must be a DNS label of at most 15 characters')
    .default('netflow'),
  host: z
    .string()
    .refine((text) => isIP(text) !== 0, 'must be an IPv4 or IPv6 address')
    .default('::')
    .describe('Address to listen on. The default takes IPv6 and IPv4 on every interface.'),
  port: port.default(2055).describe('UDP port. The version is told from each packet.'),
});

const otlpEndpoint = z.string().min(1).describe('http:// or https:// URL; for gRPC also host:port.');

const tls = z.strictObject({
  caFile: z.string().optional().describe('PEM file of the authorities that sign the backend’s certificate.'),
  serverName: z.string().optional().describe('Name expected in the certificate, when it is not the endpoint’s host.'),
  insecureSkipVerify: z.boolean().default(false).describe('Accept any certificate. For tests only.'),
});

const retry = z.strictObject({
  initialInterval: duration.default(1_000),
  maxInterval: duration.default(30_000),
  maxElapsed: duration.default(300_000).describe('After this time a batch is given up and its flows are dropped.'),
});

const otlp = z.strictObject({
  endpoint: otlpEndpoint.optional().describe('Without one, spans are shown on the built-in page and then discarded.'),
  protocol: z.enum(['grpc', 'http/protobuf']).default('grpc'),
  compression: z.enum(['none', 'gzip']).default('none'),
  timeout: duration.default(10_000).describe('Time for one request.'),
  headers: z.record(z.string().min(1), z.string()).default({}),
  insecure: z.boolean().default(false).describe('Plaintext for a gRPC endpoint given as host:port.'),
  tls: tls.prefault({}),
  retry: retry.prefault({}),
  queue: z.strictObject({ memory: size.default(64 * 2 ** 20) }).prefault({}),
  batch: z
    .strictObject({
      maxSize: size
        .pipe(
          z
            .number()
            .min(16 * 2 ** 10)
            .max(3 * 2 ** 20),
        )
        .default(2 ** 20)
        .describe('A batch is sealed at this size. gRPC servers refuse messages above 4 MiB by default.'),
      maxAge: duration.default(500).describe('A batch is sealed at this age.'),
    })
    .prefault({}),
  concurrency: z.int().min(1).max(64).default(4).describe('Requests under way at once, for each worker.'),
});

const spans = z.strictObject({
  timestamps: z
    .enum(['flow', 'received', 'clamped'])
    .default('flow')
    .describe('Times of a flow span: the flow’s own, its reception, or its own but no older than maxAge.'),
  maxAge: duration.default(60_000).describe('With timestamps: clamped, how old a flow span may start.'),
  attributes: z
    .strictObject({
      include: z.array(z.string().min(1)).max(256).default([]).describe('Only these; a trailing * matches any rest.'),
      exclude: z.array(z.string().min(1)).max(256).default([]).describe('Not these; wins over include.'),
    })
    .prefault({}),
  resourceAttributes: z.record(z.string().min(1), z.string()).default({}),
});

const templates = z.strictObject({
  stateDir: z.string().optional().describe('Folder in which learned templates are kept over a restart.'),
  maxAge: duration
    .default(24 * 3_600_000)
    .describe('A template neither refreshed nor used for this time is forgotten.'),
  keyBySourcePort: z.boolean().default(false).describe('Tell exporters behind one address apart by their source port.'),
});

const limits = z.strictObject({
  exporters: z.int().min(1).default(16_384).describe('Exporters remembered, for each worker; the least recent goes.'),
  templatesPerExporter: z.int().min(1).default(1_024),
  templates: z.int().min(1).default(65_536).describe('Templates in all, for each worker.'),
  fieldsPerTemplate: z.int().min(1).max(16_384).default(1_024),
  recordsPerPacket: z.int().min(1).default(4_096),
  heldBytes: size.default(16 * 2 ** 20).describe('Data sets waiting for their template, in all, for each worker.'),
  heldBytesPerExporter: size.default(2 ** 20),
  heldAge: duration.default(30 * 60_000),
});

/** The configuration of one collector process. Parse input with it; `z.output` of it is what the code gets. */
export const collectorConfig = z.strictObject({
  listeners: z.array(listener).min(1).max(16).prefault([{}]),
  allowedSources: z.array(cidr).max(1_024).default([]).describe('Others are dropped before parsing. Empty: everybody.'),
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(64)])
    .default('auto')
    .describe('auto: cores − 1, at least 1.'),
  receiveBuffer: size.default(32 * 2 ** 20).describe('Asked of the kernel for each socket; net.core.rmem_max caps it.'),
  otlp: otlp.prefault({}),
  spans: spans.prefault({}),
  templates: templates.prefault({}),
  limits: limits.prefault({}),
  http: z
    .strictObject({
      host: z.string().default('::').describe('Address of /metrics, /livez, /readyz, /status and the page.'),
      port: port.default(9464),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      otlp: z
        .strictObject({
          endpoint: otlpEndpoint.optional().describe('Also push metrics there, over OTLP.'),
          protocol: z.enum(['grpc', 'http/protobuf']).default('grpc'),
          headers: z.record(z.string().min(1), z.string()).default({}),
          interval: duration.default(60_000),
        })
        .prefault({}),
    })
    .prefault({}),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  shutdownGrace: duration.default(15_000).describe('Time to send what is queued after SIGTERM.'),
});

/** A configuration with every default filled in; sizes in bytes, durations in milliseconds. */
export type CollectorConfig = z.output<typeof collectorConfig>;
/** What a user may write. */
export type CollectorConfigInput = z.input<typeof collectorConfig>;
