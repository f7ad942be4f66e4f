/**
 * What is kept of the flows, before spans are made: the same in the collector's configuration and in the resource.
 * Whether an expression is right can't be expressed in the resource's definition; the operator says so in its status.
 */
import * as z from 'zod';
import { size } from './quantity.ts';
import { text, withCel, withRules } from './rule.ts';
import { parseExpression } from './selection/expression.ts';

/** Rules of a selection; each has counters of its own. */
export const MAX_RULES = 16;

/** What the selection's other parts are called where they are counted. */
const RESERVED = ['filter', 'default'];

/** A condition in CEL over the attributes of a flow, which parses. */
export const expression = z
  .string()
  .min(1)
  .max(4_096)
  .superRefine((text, context) => {
    const parsed = parseExpression(text);
    if ('error' in parsed) context.addIssue({ code: 'custom', message: parsed.error });
  });

/** What users call a rule or a set: it becomes the value of a label. */
export const shortName = text(
  /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
  63,
  'must begin with a letter and have at most 63 lower-case letters, digits and dashes',
);

const PROBABILITY_MESSAGE = 'must be from 0.000001 to 1';
/** With a rule, since the API server compares whole numbers with what is whole of a minimum: 0 would do. */
const probability = withCel(z.number().min(0.000_001, PROBABILITY_MESSAGE).max(1, PROBABILITY_MESSAGE), {
  rule: 'self >= 0.000001',
  message: PROBABILITY_MESSAGE,
});

const rule = withRules(
  z.strictObject({
    name: shortName.describe('Tells rules apart in metrics and on the page.'),
    match: expression.describe('CEL expression over the attributes of a flow.'),
    action: z
      .enum(['keep', 'drop', 'sample'])
      .describe('keep and drop are final; sample keeps by probability, and by sampling.flowsPerSecond.'),
    probability: probability.optional().describe('With sample: the part of the flows that is kept, such as 0.01.'),
  }),
  {
    check: ({ action, probability }) => (action === 'sample') === (probability !== undefined),
    cel: "(self.action == 'sample') == has(self.probability)",
    message: 'must have a probability with sample, and only then',
  },
  {
    check: ({ name }) => !RESERVED.includes(name),
    cel: `!(self.name in ['${RESERVED.join("', '")}'])`,
    message: `must not be ${RESERVED.join(' or ')}, which are counted under these names`,
    path: ['name'],
  },
);

const rules = withRules(z.array(rule).max(MAX_RULES), {
  check: (all) => new Set(all.map(({ name }) => name)).size === all.length,
  cel: 'self.all(a, self.exists_one(b, a.name == b.name))',
  message: 'must have different names; write a name for each rule',
})
  .default([])
  .describe('The first rule whose expression is true of a flow decides about it.');

const sampling = z.strictObject({
  probability: probability.default(1).describe('The part of the flows that is kept, such as 0.01.'),
  flowsPerSecond: z
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe('Lowers the probability of all sampling, smoothly, so that each collector keeps about this many.'),
  per: z
    .enum(['collector', 'exporter'])
    .default('collector')
    .describe('Whether flowsPerSecond is meant for all exporters together or for each.'),
  keepBytes: size.optional().describe('Flows of at least this many bytes are always kept, such as 1Mi.'),
  keepPackets: z.int().min(1).optional().describe('Flows of at least this many packets are always kept.'),
});

export const selection = z.strictObject({
  filter: expression
    .optional()
    .describe('CEL expression such as destination.port != 53. Where it is false, the flow is left out.'),
  rules,
  default: z
    .enum(['keep', 'drop', 'sample'])
    .default('sample')
    .describe('What happens to a flow that no rule decided about; sample keeps it by sampling.'),
  sampling: sampling.prefault({}).describe('How flows are sampled that no rule decided about.'),
});

/** A selection with every default filled in; sizes in bytes. */
export type Selection = z.output<typeof selection>;
/** What is done with a flow. */
export type Action = Selection['default'];
