/**
 * What is counted of all flows, whatever becomes of their spans: the same in the collector's configuration and in the
 * resource. Whether a name or an expression is right can't be expressed in the resource's definition; the operator says
 * so in its status.
 */
import * as z from 'zod';
import { ATTRIBUTES } from './attributes/table.ts';
import { duration } from './quantity.ts';
import { withRules } from './rule.ts';
import { attributeType, GROUPS, namesNear } from './selection/attributes.ts';
import { expression, shortName } from './selection.ts';
import { nameIn } from './spans/profiles.ts';

/** Sets of series; each costs time for every flow. */
const MAX_SETS = 8;
const MAX_DIMENSIONS = 8;
const MAX_SERIES = 100_000;
/** Shorter than this, series would come and go between two readings of them. */
const MIN_EXPIRY_MS = 60_000;

/** At which side of its interface a flow was seen, as OpenTelemetry's draft calls it: element 61. */
export const INTERFACE_DIRECTION = 'network.interface.direction';

/** Instead of a column: the service that an end is of, where `spans.services` is set. */
export const SERVICE_NAME = 'service.name';

/** Whether flow spans may have it, in any profile. */
function isAttribute(name: string): boolean {
  const isOnRequest = ATTRIBUTES.some((row) => row.name === name && nameIn('full', row) && !row.afterSelection);
  return isOnRequest || attributeType(name) !== undefined;
}

/** The end of a flow, and a column of the file of networks. */
export type NetworkDimension = { end: 'source' | 'destination' | 'client' | 'server'; column: string };
const OF_NETWORK = /^(source|destination|client|server)\.([!-~]+)$/;

/** What a dimension takes from the file of networks; undefined when it is an attribute of flows. */
export function networkDimension(name: string): NetworkDimension | undefined {
  if (isAttribute(name)) return undefined;
  const [, end, column] = OF_NETWORK.exec(name) ?? [];
  return end === undefined ? undefined : { end: end as NetworkDimension['end'], column };
}

const dimension = z
  .string()
  .min(1)
  .max(256)
  .superRefine((name, context) => {
    if (name === INTERFACE_DIRECTION || isAttribute(name) || networkDimension(name)) return;
    const near = GROUPS.has(name) ? [...GROUPS].map((group) => `${group}.…`) : namesNear(name);
    context.addIssue({ code: 'custom', message: `is no attribute of flows; there are ${near.join(', ')}` });
  })
  .describe('Name of a dimension.');

const set = z.strictObject({
  name: shortName.describe('Tells sets apart: the value of netflow.set in each of their series.'),
  dimensions: withRules(z.array(dimension).min(1).max(MAX_DIMENSIONS), {
    check: (all) => new Set(all).size === all.length,
    cel: 'self.all(a, self.exists_one(b, a == b))',
    message: 'must be different names',
  }).describe(
    'What series are made by: attributes of flows, network.interface.direction, and columns of the file of networks, or service.name, as source.…, destination.…, client.… and server.….',
  ),
  filter: expression
    .optional()
    .describe('CEL expression over the attributes of a flow. Where it is false, the flow is not counted.'),
  maxSeries: z
    .int()
    .min(1)
    .max(MAX_SERIES)
    .default(2_000)
    .describe('More series than this are not made: their flows are counted together, with otel.metric.overflow.'),
  expiry: withRules(duration, {
    check: (milliseconds) => milliseconds >= MIN_EXPIRY_MS,
    cel: "duration(self) >= duration('1m')",
    message: 'must be at least 1m',
  })
    .prefault('10m')
    .describe('A series without flows for this long is forgotten; when it comes back, it counts from 0.'),
});

export const flowMetrics = z.strictObject({
  sets: withRules(z.array(set).max(MAX_SETS), {
    check: (all) => new Set(all.map(({ name }) => name)).size === all.length,
    cel: 'self.all(a, self.exists_one(b, a.name == b.name))',
    message: 'must have different names; write a name for each set',
  })
    .prefault([{ name: 'exporters', dimensions: ['netflow.exporter.address', 'network.transport'] }])
    .describe('Each set counts all flows, by dimensions of its own. [] is none.'),
  topTalkers: z
    .int()
    .min(0)
    .max(100)
    .default(10)
    .describe(
      'So many sources, destinations, conversations, ports and services that have most of the bytes lately are shown in /status and on the page, by all flows, or by a sample of 2,000 a second. 0: none, and nothing is counted for it.',
    ),
});
