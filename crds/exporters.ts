/** What is configured of the devices that export: the same in the collector's configuration and in the resource. */
import * as z from 'zod';
import { CIDR } from './listen.ts';

const MAX_INDEX = 4_294_967_295;

const rate = z.strictObject({
  exporters: z
    .array(CIDR)
    .max(256)
    .default([])
    .describe('Addresses or prefixes of the exporters that are meant. Empty: all.'),
  interfaces: z
    .array(z.int().min(0).max(MAX_INDEX))
    .max(256)
    .default([])
    .describe('Only flows that came in or went out by one of these, by SNMP index. Empty: all.'),
  rate: z.int().min(1).max(MAX_INDEX).describe('How many packets an observed one stands for; 1: all are observed.'),
  force: z
    .boolean()
    .default(false)
    .describe('Wins over what the exporter tells; else it is for what it tells nothing of.'),
});

export const exporters = z.strictObject({
  sampling: z
    .array(rate)
    .max(256)
    .default([])
    .describe('Rates of sampling that exporters do not tell, or tell wrong. Of several that fit, the first counts.'),
  scale: z
    .boolean()
    .default(false)
    .describe(
      'Add flow.bytes.estimate and flow.packets.estimate: the counters times the rate. Flows whose rate is not known have none.',
    ),
});
