/**
 * What pods have beside the collector's own; the shapes are Kubernetes', but that a volume says where it is mounted.
 */
import * as z from 'zod';
import { ipAddress } from '../address.ts';
import { celString, text, withRules } from '../rule.ts';
import { configMapKeyRef, objectName, secretKeyRef } from './reference.ts';

/** Variables that the operator sets, or whose meaning fields of the resource have. */
const OURS = /^(NAMESPACE|POD_NAME|POD_UID|NODE_NAME|LOG_LEVEL|NETFLOW_.*|OTEL_.*)$/;

const variable = withRules(
  z.strictObject({
    name: text(
      /^[A-Za-z_][A-Za-z0-9_]*$/,
      256,
      'must be the name of a variable: letters, digits and underscores',
    ).describe('Name of the variable.'),
    value: z.string().max(4_096).optional().describe('Its value, if it is not a secret.'),
    valueFrom: withRules(
      z.strictObject({ secretKeyRef: secretKeyRef.optional(), configMapKeyRef: configMapKeyRef.optional() }),
      {
        check: ({ configMapKeyRef, secretKeyRef }) => (configMapKeyRef === undefined) !== (secretKeyRef === undefined),
        cel: 'has(self.configMapKeyRef) != has(self.secretKeyRef)',
        message: 'must have either configMapKeyRef or secretKeyRef',
      },
    )
      .optional()
      .describe('Where its value is. Pods have the value of when they started.'),
  }),
  {
    check: ({ name }) => !OURS.test(name),
    cel: `!self.name.matches(${celString(OURS.source)})`,
    message: 'must not be one that the operator sets, or OTEL_…, NETFLOW_… or LOG_LEVEL, for which there are fields',
    path: ['name'],
  },
  {
    check: ({ value, valueFrom }) => (value === undefined) !== (valueFrom === undefined),
    cel: 'has(self.value) != has(self.valueFrom)',
    message: 'must have either value or valueFrom',
  },
);

const differentNames = {
  check: (all: readonly { name: string }[]) => new Set(all.map(({ name }) => name)).size === all.length,
  cel: 'self.all(a, self.exists_one(b, a.name == b.name))',
  message: 'must have different names',
};

/** `spec.pod.env`. */
export const env = withRules(z.array(variable).max(32), differentNames)
  .default([])
  .describe('More variables of the environment, such as HTTPS_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS.');

/** `spec.pod.dnsPolicy`. */
export const dnsPolicy = z
  .enum(['ClusterFirstWithHostNet', 'Default', 'None'])
  .default('ClusterFirstWithHostNet')
  .describe('Whom pods ask for names: the DNS of the cluster, that of the node (Default), or that of dnsConfig alone.');

const domain = text(
  /^[a-zA-Z0-9_]([-a-zA-Z0-9_.]*[a-zA-Z0-9_])?[.]?$/,
  253,
  'must be a domain of letters, digits, dashes, underscores and dots',
);

/** `spec.pod.dnsConfig`. */
export const dnsConfig = z.strictObject({
  nameservers: z.array(ipAddress).max(3).default([]).describe('Addresses of servers.'),
  searches: z.array(domain).max(32).default([]).describe('Domains in which names are looked for.'),
  options: z
    .array(
      z.strictObject({
        name: text(/^[-a-z0-9]+$/, 63, 'must be the name of an option, such as ndots').describe('Name of the option.'),
        value: text(/^[a-zA-Z0-9]*$/, 63, 'must be letters and digits')
          .optional()
          .describe('Its value, as text.'),
      }),
    )
    .max(16)
    .default([])
    .describe('Options of resolv.conf.'),
});

/** `spec.pod.hostAliases`. */
export const hostAliases = z
  .array(
    z.strictObject({
      ip: ipAddress.describe('The address.'),
      hostnames: z.array(domain).min(1).max(16).describe('Names that it has.'),
    }),
  )
  .max(32)
  .default([])
  .describe('Names that pods find without DNS.');

const id = (what: string) =>
  z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .describe(what);

/** `spec.pod.securityContext`: what a cluster may ask for beside what pods have in any case. */
export const securityContext = z.strictObject({
  runAsUser: id(
    'User, if not that of the image, 65532. Pods share their ports only with successors of the same user: set rollout.maxSurge: 0 before it changes.',
  ).optional(),
  runAsGroup: id('Group, if not that of the image, 65532.').optional(),
  fsGroup: id('Group of the files that are mounted, if not 65532.').optional(),
  supplementalGroups: z
    .array(
      z
        .int()
        .min(1)
        .max(2 ** 31 - 1),
    )
    .max(16)
    .default([])
    .describe('More groups, such as that of a folder of the node.'),
  seLinuxOptions: z
    .strictObject({
      level: z.string().max(256).optional().describe('Level, such as s0:c123,c456.'),
      role: z.string().max(256).optional().describe('Role.'),
      type: z.string().max(256).optional().describe('Type, such as container_t.'),
      user: z.string().max(256).optional().describe('User.'),
    })
    .optional()
    .describe('Label of SELinux.'),
});

const SOURCES = ['configMap', 'secret', 'persistentVolumeClaim', 'hostPath'] as const;
const ABSOLUTE = /^[/][-._a-zA-Z0-9]+([/][-._a-zA-Z0-9]+)*$/;
const path = text(ABSOLUTE, 1_024, 'must be an absolute path, such as /etc/ssl/backend');
const OUR_FOLDERS = /^[/](etc|var[/]lib|var[/]spool)[/]netflow2traces([/].*)?$|[/][.][.]?([/]|$)/;

const volume = withRules(
  z.strictObject({
    name: text(
      /^[a-z0-9]([-a-z0-9]{0,55}[a-z0-9])?$/,
      63,
      'must have at most 57 lower-case letters, digits and dashes',
    ).describe('Tells volumes apart.'),
    mountPath: path.describe('Where its files are in the pods.'),
    readOnly: z.boolean().default(true).describe('Whether pods can only read it.'),
    configMap: z
      .strictObject({ name: objectName.describe('Name of the ConfigMap, in the same namespace.') })
      .optional()
      .describe('Files of a ConfigMap.'),
    secret: z
      .strictObject({ secretName: objectName.describe('Name of the Secret, in the same namespace.') })
      .optional()
      .describe('Files of a Secret.'),
    persistentVolumeClaim: z
      .strictObject({ claimName: objectName.describe('Name of the claim, in the same namespace.') })
      .optional()
      .describe('A volume that all pods can mount.'),
    hostPath: z
      .strictObject({ path: path.describe('The folder; it must exist.') })
      .optional()
      .describe('A folder of the node.'),
  }),
  {
    check: (volume) => SOURCES.filter((source) => volume[source] !== undefined).length === 1,
    cel: `[${SOURCES.map((source) => `has(self.${source})`).join(', ')}].filter(there, there).size() == 1`,
    message: `must have one of ${SOURCES.join(', ')}`,
  },
  {
    check: ({ mountPath }) => !OUR_FOLDERS.test(mountPath),
    cel: `!self.mountPath.matches(${celString(OUR_FOLDERS.source)})`,
    message: 'must not be in a folder of the collector’s own, named netflow2traces, nor have . or .. in it',
    path: ['mountPath'],
  },
);

/** `spec.pod.volumes`. */
export const volumes = withRules(z.array(volume).max(16), differentNames, {
  check: (all) => new Set(all.map(({ mountPath }) => mountPath)).size === all.length,
  cel: 'self.all(a, self.exists_one(b, a.mountPath == b.mountPath))',
  message: 'must have different mountPaths',
})
  .default([])
  .describe('More volumes of the pods, such as the authorities of a proxy.');
