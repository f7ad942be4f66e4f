/**
 * What a collector runs with: the schema of its configuration file, and the one place where defaults are kept.
 * The operator writes such a file for its pods; a collector on its own reads one with `--config`.
 */
import { isIP, SocketAddress } from 'node:net';
import * as z from 'zod';
import { duration, size } from './quantity.ts';

const CIDR_MESSAGE = 'must be an address or a prefix such as 10.0.0.0/8 or 2001:db8::/32';
const cidr = z.string(CIDR_MESSAGE).refine((text) => {
  const [address, bits, ...rest] = text.split('/');
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}, CIDR_MESSAGE);

const port = z.int().min(0).max(65_535);

const listener = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z]([-a-z0-9]{0,13}[a-z0-9])?$/,
      'must start with a letter and have at most 15 lower-case letters, digits and dashes',
    )
    .default('netflow')
    .describe('Tells listeners apart in metrics and logs.'),
  host: z
    .string()
    .refine((text) => isIP(text) !== 0, 'must be an IPv4 or IPv6 address')
    .default('::')
    .describe('Address to listen on. The default takes IPv6 and IPv4 on every interface.'),
  port: port.default(2055).describe('UDP port. The version is told from each packet.'),
});

const listeners = z
  .array(listener)
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

const protocol = z.enum(['grpc', 'http/protobuf']).default('grpc').describe('How OTLP is spoken with the endpoint.');

const headers = z
  .record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of an HTTP header'),
    z.string().regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII'),
  )
  .default({})
  .describe('Sent with each request.');

const tls = z.strictObject({
  caFile: z.string().optional().describe('PEM file of the authorities that sign the backend’s certificate.'),
  serverName: z.string().optional().describe('Name expected in the certificate, when it is not the endpoint’s host.'),
  insecureSkipVerify: z.boolean().default(false).describe('Accept any certificate. For tests only.'),
});

const positive = duration.refine((milliseconds) => milliseconds > 0, 'must be longer than 0');

const retry = z
  .strictObject({
    initialInterval: positive
      .prefault('1s')
      .describe('Wait before the first retry; it doubles with each, with jitter.'),
    maxInterval: positive.prefault('30s').describe('The wait does not grow beyond this.'),
    maxElapsed: duration.prefault('5m').describe('After this time a batch is given up and its flows are dropped.'),
  })
  .refine(({ initialInterval, maxInterval }) => initialInterval <= maxInterval, {
    path: ['maxInterval'],
    error: 'must not be shorter than initialInterval',
  });

const otlp = z
  .strictObject({
    endpoint: otlpEndpoint
      .optional()
      .describe(
        'http:// or https:// URL, for gRPC also host:port. Without one, spans are only shown on the built-in page.',
      ),
    appendPath: z.boolean().default(true).describe('Over HTTP, add /v1/traces to the endpoint’s path.'),
    protocol,
    compression: z.enum(['none', 'gzip']).default('none').describe('gzip: less network for more CPU.'),
    timeout: positive.prefault('10s').describe('Time for one request.'),
    headers,
    insecure: z.boolean().default(false).describe('Plaintext for a gRPC endpoint given as host:port.'),
    tls: tls.prefault({}),
    retry: retry.prefault({}),
    queue: z
      .strictObject({ memory: size.prefault('64Mi').describe('Batches waiting for the backend, for each worker.') })
      .prefault({}),
    batch: z
      .strictObject({
        maxSize: size
          .refine((bytes) => bytes >= 16 * 2 ** 10 && bytes <= 3 * 2 ** 20, 'must be from 16Ki to 3Mi')
          .prefault('1Mi')
          .describe('A batch is sealed at this size. gRPC servers refuse messages above 4 MiB by default.'),
        maxAge: positive.prefault('500ms').describe('A batch is sealed at this age.'),
      })
      .prefault({}),
    concurrency: z.int().min(1).max(64).default(4).describe('Requests under way at once, for each worker.'),
  })
  .refine(({ queue, batch }) => queue.memory >= batch.maxSize, {
    path: ['queue', 'memory'],
    error: 'must not be smaller than otlp.batch.maxSize',
  });

const spans = z.strictObject({
  timestamps: z
    .enum(['flow', 'received', 'clamped'])
    .default('flow')
    .describe('Times of a flow span: the flow’s own, its reception, or its own but no older than maxAge.'),
  maxAge: duration.prefault('1m').describe('With timestamps: clamped, how old a flow span may start.'),
  attributes: z
    .strictObject({
      include: z.array(z.string().min(1)).max(256).default([]).describe('Only these; a trailing * matches any rest.'),
      exclude: z.array(z.string().min(1)).max(256).default([]).describe('Not these; wins over include.'),
    })
    .prefault({}),
  resourceAttributes: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe('Attributes of the resource that all spans belong to.'),
});

const templates = z.strictObject({
  stateDir: z.string().optional().describe('Folder in which learned templates are kept over a restart.'),
  maxAge: positive.prefault('24h').describe('A template neither refreshed nor used for this time is forgotten.'),
  keyBySourcePort: z.boolean().default(false).describe('Tell exporters behind one address apart by their source port.'),
});

const limits = z.strictObject({
  exporters: z.int().min(1).default(16_384).describe('Exporters remembered, for each worker; the least recent goes.'),
  templatesPerExporter: z.int().min(1).default(1_024).describe('The least recently used goes.'),
  templates: z.int().min(1).default(65_536).describe('Templates in all, for each worker.'),
  fieldsPerTemplate: z.int().min(1).max(2_048).default(1_024).describe('Larger templates are refused.'),
  recordsPerPacket: z.int().min(1).default(4_096).describe('Further flow records of a packet are dropped.'),
  heldBytes: size.prefault('16Mi').describe('Data sets waiting for their template, in all, for each worker.'),
  heldBytesPerExporter: size.prefault('1Mi').describe('The same for one exporter.'),
  heldAge: duration.prefault('30m').describe('Held data sets are given up at this age.'),
});

/** The configuration of one collector process. Parse input with it; `z.output` of it is what the code gets. */
export const collectorConfig = z.strictObject({
  listeners: listeners.prefault([{}]),
  allowedSources: z.array(cidr).max(1_024).default([]).describe('Others are dropped before parsing. Empty: everybody.'),
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(64)], 'must be auto or a whole number')
    .default('auto')
    .describe('auto: cores − 1, at least 1.'),
  receiveBuffer: size.prefault('32Mi').describe('Asked of the kernel for each socket; net.core.rmem_max caps it.'),
  otlp: otlp.prefault({}),
  spans: spans.prefault({}),
  templates: templates.prefault({}),
  limits: limits.prefault({}),
  http: z
    .strictObject({
      host: z.string().default('::').describe('Address of /metrics, /livez, /readyz, /status and the page.'),
      port: port.default(9464).describe('TCP port of the same.'),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      otlp: z
        .strictObject({
          endpoint: otlpEndpoint
            .optional()
            .describe('Also push metrics there, over OTLP; TLS, compression, timeout and retries are those of otlp.'),
          appendPath: z.boolean().default(true).describe('Over HTTP, add /v1/metrics to the endpoint’s path.'),
          protocol,
          headers,
          interval: positive.prefault('1m').describe('Metrics are pushed this often.'),
        })
        .prefault({}),
    })
    .prefault({}),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('Log lines below this level are left out.'),
  shutdownGrace: duration.prefault('15s').describe('Time to send what is queued after SIGTERM.'),
});

/** A configuration with every default filled in; sizes in bytes, durations in milliseconds. */
export type CollectorConfig = z.output<typeof collectorConfig>;
/** What a user may write. */
export type CollectorConfigInput = z.input<typeof collectorConfig>;
