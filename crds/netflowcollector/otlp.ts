import * as z from 'zod';
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
} from '../otlp.ts';
import { celString, type Rule, text, withRules } from '../rule.ts';
import { endpoint } from './endpoint.ts';
import { configMapKeyRef, objectName, secretKeyRef } from './reference.ts';

const header = withRules(
  z.strictObject({
    name: headerName.describe('Name of the header.'),
    value: headerValue.optional().describe('Its value, if it is not a secret.'),
    valueFrom: z
      .strictObject({ secretKeyRef })
      .optional()
      .describe('Where its value is. Line breaks at the end are left out.'),
  }),
  {
    check: ({ value, valueFrom }) => (value === undefined) !== (valueFrom === undefined),
    cel: 'has(self.value) != has(self.valueFrom)',
    message: 'must have either value or valueFrom',
  },
);

const headers = withRules(z.array(header).max(32), {
  check: (all) => new Set(all.map(({ name }) => name.toLowerCase())).size === all.length,
  cel: 'self.all(a, self.exists_one(b, a.name.lowerAscii() == b.name.lowerAscii()))',
  message: 'must have different names; case does not tell headers apart',
})
  .default([])
  .describe('Headers of each request, such as the tenant. They change without a restart of the pods.');

/** Where requests go and what they carry: the same for traces and for metrics. */
const request = {
  endpoint: endpoint.describe(
    'URL of the backend. http:// is plaintext, https:// is TLS. Over http/protobuf, the path of the signal (such as /v1/traces) is appended.',
  ),
  appendPath: appendPath.describe('Over http/protobuf, add the path of the signal to the endpoint’s.'),
  protocol,
  headers,
  bearerToken: z
    .strictObject({ secretKeyRef })
    .optional()
    .describe('Token sent as "authorization: Bearer …". Line breaks at the end are left out.'),
  basicAuth: z
    .strictObject({
      username: text(/^[^:]+$/, 256, 'must not be empty, and have no colon').describe(
        'User; for Grafana Cloud the number of the instance, in quotation marks.',
      ),
      password: z.strictObject({ secretKeyRef }).describe('Where the password is.'),
    })
    .optional()
    .describe('User and password, sent as "authorization: Basic …".'),
};

type Request = z.output<z.ZodObject<typeof request>>;

const SIGNAL_PATH = /[/]v1[/](traces|metrics|logs)[/]*([?].*)?$/;

const requestRules: Rule<Request>[] = [
  {
    check: ({ protocol, endpoint }) => protocol !== 'grpc' || !/^https?:\/\/[^/?]*([/][^?]|[/]?[?])/.test(endpoint),
    cel: "self.protocol != 'grpc' || !self.endpoint.matches('^https?://[^/?]*([/][^?]|[/]?[?])')",
    message: 'must have no path with protocol: grpc; leave the path out, or write protocol: http/protobuf',
    path: ['endpoint'],
  },
  {
    check: ({ protocol, appendPath, endpoint }) => protocol === 'grpc' || !appendPath || !SIGNAL_PATH.test(endpoint),
    cel: `self.protocol == 'grpc' || !self.appendPath || !self.endpoint.matches(${celString(SIGNAL_PATH.source)})`,
    message: 'must not end in /v1/traces or the like, which is appended; leave that out',
    path: ['endpoint'],
  },
  {
    check: ({ bearerToken, basicAuth }) => bearerToken === undefined || basicAuth === undefined,
    cel: '!has(self.bearerToken) || !has(self.basicAuth)',
    message: 'must not have both bearerToken and basicAuth; write the one that the backend asks for',
  },
  {
    check: ({ bearerToken, basicAuth, headers }) =>
      (bearerToken === undefined && basicAuth === undefined) ||
      headers.every(({ name }) => name.toLowerCase() !== 'authorization'),
    cel: "!has(self.bearerToken) && !has(self.basicAuth) || self.headers.all(h, h.name.lowerAscii() != 'authorization')",
    message: 'must not have authorization beside bearerToken or basicAuth, which set it; leave one of them out',
    path: ['headers'],
  },
];

const tls = withRules(
  z.strictObject({
    ca: withRules(
      z.strictObject({ configMapKeyRef: configMapKeyRef.optional(), secretKeyRef: secretKeyRef.optional() }),
      {
        check: ({ configMapKeyRef, secretKeyRef }) => (configMapKeyRef === undefined) !== (secretKeyRef === undefined),
        cel: 'has(self.configMapKeyRef) != has(self.secretKeyRef)',
        message: 'must have either configMapKeyRef or secretKeyRef',
      },
    )
      .optional()
      .describe('Authorities that sign the backend’s certificate, in PEM. Without it, those that Node.js comes with.'),
    clientCertificate: z
      .strictObject({
        secretName: objectName.describe('Name of a Secret with tls.crt and tls.key, as cert-manager makes them.'),
      })
      .optional()
      .describe('Our certificate, for backends that ask for one. It is renewed without a restart of the pods.'),
    serverName,
    insecureSkipVerify,
  }),
  {
    check: ({ ca, insecureSkipVerify }) => ca === undefined || !insecureSkipVerify,
    cel: '!has(self.ca) || !self.insecureSkipVerify',
    message: 'must not be true beside ca, which would have no effect; leave one of them out',
    path: ['insecureSkipVerify'],
  },
);

const ONE_BATCH = 2 ** 20;

const queue = withRules(
  z.strictObject({
    memory: withRules(queueMemory.unwrap(), {
      check: (bytes) => bytes >= ONE_BATCH,
      cel: "quantity(string(self)).compareTo(quantity('1Mi')) >= 0",
      message: 'must be at least 1Mi, room for a batch',
    })
      .prefault('64Mi')
      .describe(queueMemory.description!),
    ...queueDisk,
    hostPath: text(
      /^[/][-._a-zA-Z0-9]+([/][-._a-zA-Z0-9]+)*$/,
      1_024,
      'must be an absolute path, such as /var/spool/netflow',
    )
      .optional()
      .describe(
        'Folder on the node for the spool, which outlives pods. It must exist, and belong to user 65532. Without it, the spool is lost with its pod.',
      ),
  }),
  ...queueDiskRules,
  {
    check: ({ disk, hostPath }) => disk > 0 || hostPath === undefined,
    cel: "!has(self.hostPath) || quantity(string(self.disk)).compareTo(quantity('0')) > 0",
    message: 'needs disk, the size of the spool',
    path: ['hostPath'],
  },
);

/** `spec.otlp`. */
export const otlp = withRules(
  z.strictObject({
    ...request,
    compression,
    timeout,
    tls: tls
      .prefault({})
      .describe('TLS with the backend, of traces and of metrics. It is used when the endpoint is https://.'),
    retry: retry.prefault({}).describe('What happens when the backend does not take a batch.'),
    queue: queue
      .prefault({})
      .describe('Where batches wait for the backend. When it is full, the oldest are dropped, and counted.'),
    batch: batch.prefault({}).describe('When a batch is sent.'),
    concurrency,
  }),
  ...requestRules,
  {
    check: ({ queue, batch }) => queue.memory >= batch.maxSize,
    cel: 'quantity(string(self.queue.memory)).compareTo(quantity(string(self.batch.maxSize))) >= 0',
    message: 'must not be smaller than batch.maxSize',
    path: ['queue', 'memory'],
  },
);

/** `spec.metrics.otlp`. */
export const metricsOtlp = withRules(
  z.strictObject({ ...request, interval: metricsInterval, temporality: metricsTemporality }),
  ...requestRules,
);
