import * as z from 'zod';
import { celString, intOrText, mapping, text, withRules } from '../rule.ts';
import { dnsConfig, dnsPolicy, env, hostAliases, securityContext, volumes } from './pod-parts.ts';
import { objectName } from './reference.ts';
import { resources } from './resources.ts';
import { affinity, labelValue, QUALIFIED_MESSAGE, QUALIFIED_NAME, toleration } from './scheduling.ts';

const share = intOrText(0, 100_000, /^(100|[1-9]?[0-9])%$/, 'must be a whole number or a percentage such as 10%');

const isZero = (value: string | number) => value === 0 || value === '0%';
const celZero = (field: string) => `string(self.${field}) in ['0', '0%']`;

const rollout = withRules(
  z.strictObject({
    maxSurge: share
      .default('10%')
      .describe('Nodes on which a new pod starts beside the old one, which loses no packet. 0 with maxUnavailable.'),
    maxUnavailable: share
      .default(0)
      .describe('Nodes on which the old pod ends before the new one starts: packets are lost meanwhile.'),
  }),
  {
    check: ({ maxSurge, maxUnavailable }) => isZero(maxSurge) !== isZero(maxUnavailable),
    cel: `(${celZero('maxSurge')}) != (${celZero('maxUnavailable')})`,
    message: 'must have 0 for one of maxSurge and maxUnavailable, and more for the other',
  },
);

const ours = /^(app\.kubernetes\.io\/(name|instance|component|part-of|managed-by)|netflow2traces\.io\/.*)$/;
const notOurs = {
  check: (entries: Record<string, string>) => Object.keys(entries).every((key) => !ours.test(key)),
  cel: `self.all(key, !key.matches(${celString(ours.source)}))`,
  message:
    'must not have the labels app.kubernetes.io/name, …/instance and the like, or keys of netflow2traces.io, which the operator sets',
};

const qualified = <V extends z.ZodType>(value: V) => mapping(QUALIFIED_NAME, value, 64, QUALIFIED_MESSAGE);

/** Annotations; their keys are those of labels. */
export const annotations = qualified(z.string().max(4_096));

/** `spec.pod`. */
export const pod = withRules(
  z.strictObject({
    image: text(
      /^[a-zA-Z0-9][-a-zA-Z0-9._:/@]*$/,
      512,
      'must be the name of an image, such as registry.example/netflow2traces-collector:1.2.3',
    )
      .optional()
      .describe('Image of the collector. Without it, the one that the operator comes with.'),
    imagePullSecrets: z
      .array(z.strictObject({ name: objectName.describe('Name of the Secret, in the same namespace.') }))
      .max(16)
      .default([])
      .describe(
        'Secrets to pull the image with. Without any, those that the operator is told of, in the same namespace.',
      ),
    nodeSelector: qualified(labelValue).default({}).describe('Labels that a node must have to get a collector.'),
    tolerations: z.array(toleration).max(32).default([]).describe('Taints of nodes that get a collector all the same.'),
    affinity: affinity.prefault({}).describe('Which nodes get a collector, by expressions.'),
    priorityClassName: objectName
      .optional()
      .describe('PriorityClass of the pods, such as system-node-critical: decides who must make room on a full node.'),
    resources: resources
      .default({ requests: { cpu: '100m', memory: '256Mi' } })
      .describe('CPU and memory of each pod.'),
    env,
    dnsPolicy,
    dnsConfig: dnsConfig.prefault({}).describe('DNS of the pods, beside that of dnsPolicy.'),
    hostAliases,
    securityContext: securityContext.prefault({}).describe('Whom the pods run as.'),
    volumes,
    serviceAccount: z
      .strictObject({ annotations: annotations.default({}).describe('Annotations of the ServiceAccount.') })
      .prefault({})
      .describe('The ServiceAccount of the pods, which has no rights; clouds tie identities to its annotations.'),
    labels: withRules(qualified(labelValue), notOurs).default({}).describe('More labels of the pods.'),
    annotations: withRules(annotations, notOurs).default({}).describe('Annotations of the pods.'),
    rollout: rollout.prefault({}).describe('How pods are replaced when something changes that needs a restart.'),
  }),
  {
    check: ({ dnsPolicy, dnsConfig }) => dnsPolicy !== 'None' || dnsConfig.nameservers.length > 0,
    cel: "self.dnsPolicy != 'None' || self.dnsConfig.nameservers.size() > 0",
    message: 'must have nameservers with dnsPolicy: None',
    path: ['dnsConfig'],
  },
);
