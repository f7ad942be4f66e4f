/** How OTLP is sent: what the collector's configuration and the resource have in common. */
import * as z from 'zod';
import { duration, positiveDuration, size } from './quantity.ts';
import { type Rule, text, withRules } from './rule.ts';

export const protocol = z
  .enum(['grpc', 'http/protobuf'])
  .default('grpc')
  .describe('How OTLP is spoken with the endpoint.');

export const compression = z
  .enum(['none', 'gzip', 'zstd'])
  .default('none')
  .describe(
    'Less network for more CPU. zstd needs less CPU than gzip and leaves less; the OpenTelemetry Collector takes it, many other backends only gzip.',
  );

export const timeout = positiveDuration.prefault('10s').describe('Time for one request.');

/** Name of an HTTP header: a token of RFC 9110 §5.6.2. */
export const headerName = text(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 256, 'must be the name of an HTTP header');

export const headerValue = text(/^[\t\x20-\x7e]*$/, 8_192, 'must be printable ASCII');

export const serverName = z
  .string()
  .max(253)
  .optional()
  .describe('Name expected in the certificate, when it is not the endpoint’s host.');

export const insecureSkipVerify = z
  .boolean()
  .default(false)
  .describe('Accept any certificate, so that anybody on the way can read all. For tests only.');

export const retry = withRules(
  z.strictObject({
    initialInterval: positiveDuration
      .prefault('1s')
      .describe('Wait before the first retry; it doubles with each, with jitter.'),
    maxInterval: positiveDuration.prefault('30s').describe('The wait does not grow beyond this.'),
    maxElapsed: duration.prefault('5m').describe('After this time a batch is given up and its flows are dropped.'),
  }),
  {
    check: ({ initialInterval, maxInterval }) => initialInterval <= maxInterval,
    cel: 'duration(self.initialInterval) <= duration(self.maxInterval)',
    message: 'must not be shorter than initialInterval',
    path: ['maxInterval'],
  },
);

export const queueMemory = size
  .prefault('64Mi')
  .describe('Batches waiting for the backend, for each worker. They are compressed when they pile up.');

export const appendPath = z.boolean().default(true);

export const batch = z.strictObject({
  maxSize: withRules(size, {
    check: (bytes) => bytes >= 16 * 2 ** 10 && bytes <= 3 * 2 ** 20,
    cel: "quantity(string(self)).compareTo(quantity('16Ki')) >= 0 && quantity(string(self)).compareTo(quantity('3Mi')) <= 0",
    message: 'must be from 16Ki to 3Mi',
  })
    .prefault('960Ki')
    .describe(
      'No batch is larger than this. Proxies often refuse requests above 1 MB, gRPC servers messages above 4 MiB.',
    ),
  maxAge: positiveDuration.prefault('500ms').describe('A batch is sealed at this age.'),
});

export const concurrency = z.int().min(1).max(64).default(4).describe('Requests under way at once, for each worker.');

export const metricsInterval = positiveDuration.prefault('1m').describe('Metrics are pushed this often.');

export const metricsTemporality = z
  .enum(['cumulative', 'delta'])
  .default('cumulative')
  .describe('Whether counters that are pushed tell all since the start, or what came since the last time.');

/** Fields of `otlp.queue` about the disk. */
export const queueDisk = {
  disk: size
    .prefault(0)
    .describe('Size of the spool on disk, in all: batches go there that find no room in memory. 0 is none.'),
  durable: z
    .boolean()
    .default(false)
    .describe('Batches go to disk before they are sent, so that neither a crash nor a power cut costs them.'),
};

/** Of a spool: less would be full with a few batches of each worker. */
const MIN_DISK = 64 * 2 ** 20;

/** What `queueDisk` must keep to. */
export const queueDiskRules: Rule<{ disk: number; durable: boolean }>[] = [
  {
    check: ({ disk }) => disk === 0 || disk >= MIN_DISK,
    cel: "quantity(string(self.disk)).compareTo(quantity('0')) == 0 || quantity(string(self.disk)).compareTo(quantity('64Mi')) >= 0",
    message: 'must be 0 or at least 64Mi',
    path: ['disk'],
  },
  {
    check: ({ disk, durable }) => disk > 0 || !durable,
    cel: "!self.durable || quantity(string(self.disk)).compareTo(quantity('0')) > 0",
    message: 'needs disk, the size of the spool',
    path: ['durable'],
  },
];
