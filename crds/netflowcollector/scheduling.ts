/** On which nodes a collector runs; the shapes are Kubernetes' own. */
import * as z from 'zod';
import { text, withRules } from '../rule.ts';

const QUALIFIED =
  '([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';

/** Key of a label, a taint or an annotation. */
export const QUALIFIED_NAME = new RegExp(`^${QUALIFIED}$`);
export const QUALIFIED_MESSAGE =
  'must be a key such as example.com/zone, of letters, digits, dashes, underscores and dots';

const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
export const labelValue = text(
  LABEL_VALUE,
  128,
  'must be at most 63 letters, digits, dashes, underscores and dots, in quotation marks when it is a number, true or false',
);

export const toleration = withRules(
  z.strictObject({
    key: text(new RegExp(`^(${QUALIFIED})?$`), 317, QUALIFIED_MESSAGE)
      .optional()
      .describe('Key of the taint. None with operator: Exists stands for all.'),
    operator: z.enum(['Exists', 'Equal']).optional().describe('How the value is compared. Equal when left out.'),
    value: labelValue.optional().describe('Value of the taint, with operator: Equal.'),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .optional()
      .describe('Effect of the taint. None stands for all.'),
    tolerationSeconds: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .optional()
      .describe('With effect: NoExecute, how long a pod stays. Forever when left out.'),
  }),
  {
    check: ({ key, operator }) => Boolean(key) || operator === 'Exists',
    cel: "has(self.key) && self.key != '' || has(self.operator) && self.operator == 'Exists'",
    message: 'must have a key, or operator: Exists',
  },
  {
    check: ({ operator, value }) => operator !== 'Exists' || !value,
    cel: "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
    message: 'must have no value with operator: Exists',
  },
  {
    check: ({ effect, tolerationSeconds }) => tolerationSeconds === undefined || effect === 'NoExecute',
    cel: "!has(self.tolerationSeconds) || has(self.effect) && self.effect == 'NoExecute'",
    message: 'must have effect: NoExecute with tolerationSeconds',
  },
);

const expression = withRules(
  z.strictObject({
    key: text(QUALIFIED_NAME, 317, QUALIFIED_MESSAGE).describe('Key of the label, or name of the field.'),
    operator: z
      .enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'])
      .describe('How the values are compared with that of the node.'),
    values: z
      .array(labelValue)
      .max(32)
      .optional()
      .describe('None with Exists and DoesNotExist, one number with Gt and Lt.'),
  }),
  {
    check: ({ operator, values = [] }) => {
      if (operator === 'In' || operator === 'NotIn') return values.length > 0;
      if (operator === 'Gt' || operator === 'Lt') return values.length === 1 && /^[0-9]{1,18}$/.test(values[0]);
      return values.length === 0;
    },
    cel:
      "self.operator in ['In', 'NotIn'] ? has(self.values) && self.values.size() > 0 : " +
      "self.operator in ['Gt', 'Lt'] ? has(self.values) && self.values.size() == 1 && self.values[0].matches('^[0-9]{1,18}$') : " +
      '!has(self.values) || self.values.size() == 0',
    message: 'must have values with In and NotIn, one whole number with Gt and Lt, none with Exists and DoesNotExist',
  },
);

const term = z.strictObject({
  matchExpressions: z
    .array(expression)
    .max(16)
    .optional()
    .describe('Requirements on labels of the node; all must hold.'),
});

const nodeAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: z
    .strictObject({
      nodeSelectorTerms: z.array(term).min(1).max(16).describe('Terms of which one must hold.'),
    })
    .optional()
    .describe('Nodes that are not so get no collector.'),
});

/** `spec.pod.affinity`: of Kubernetes' kinds the one that has a meaning where every node gets a pod. */
export const affinity = z.strictObject({
  nodeAffinity: nodeAffinity.optional().describe('Which nodes get a collector, by their labels.'),
});
