/** What draws the network as a graph of services: `spans.services`. */
import * as z from 'zod';
import { CIDR } from '../listen.ts';
import { text } from '../rule.ts';

const COLUMN = /^[!-~]{1,128}$/;
const COLUMN_MESSAGE = 'must be a name of 1 to 128 letters, digits and signs, without spaces';
const interfaces = z.array(z.int().min(0).max(4_294_967_295)).max(256).default([]);

const point = z.strictObject({
  exporters: z.array(CIDR).max(256).default([]).describe('Addresses or prefixes of exporters. Empty: all.'),
  ingressInterfaces: interfaces.describe('Only flows that came in by one of these, by SNMP index. Empty: all.'),
  egressInterfaces: interfaces.describe('Only flows that went out by one of these, by SNMP index. Empty: all.'),
});

export const services = z
  .strictObject({
    columns: z
      .array(text(COLUMN, 128, COLUMN_MESSAGE))
      .min(1)
      .max(16)
      .default(['service'])
      .describe('Columns of the file of networks that name a service: the first that is not empty.'),
    fallback: z
      .enum(['rest', 'prefix', 'address'])
      .default('rest')
      .describe(
        'What names an address that they do not: rest; the prefix of its row, else rest; or the address itself.',
      ),
    rest: z.string().min(1).max(256).default('other').describe('The service of all that has no name of its own.'),
    max: z
      .int()
      .min(1)
      .max(10_000)
      .default(1_000)
      .describe('Services with a name of their own, by their first rows in the file; further ones are the rest.'),
    points: z
      .array(point)
      .max(256)
      .default([])
      .describe(
        'Where flows are observed that become a call between services, so that one seen by five routers is one. Empty: everywhere.',
      ),
  })
  .optional()
  .describe(
    'Draw the network as a graph of services: a flow becomes a span of its client and one of its server. {}: by the defaults.',
  );

/** A place where flows are observed. */
export type Point = z.output<typeof point>;
export type ServiceSettings = NonNullable<z.output<typeof services>>;
