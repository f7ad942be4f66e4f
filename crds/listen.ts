/** Where packets come in: what the collector's configuration and the resource have in common. */
import * as z from 'zod';
import { addressFamily } from './address.ts';
import { size } from './quantity.ts';
import { text, withCel, withRules } from './rule.ts';

export const port = z.int().min(0).max(65_535);

const LISTENER_NAME = text(
  /^[a-z]([-a-z0-9]{0,13}[a-z0-9])?$/,
  63,
  'must start with a letter and have at most 15 lower-case letters, digits and dashes',
);

/**
 * The port of a listener that names none: nobody has registered 2055, but exporters are set up for it; 6343 is IANA's.
 */
export const DEFAULT_PORTS = { netflow: 2_055, sflow: 6_343 } as const;
const PROTOCOLS = ['netflow', 'sflow'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/**
 * Where packets come in. What a listener is for only gives it a port and a name, and advice something to compare with:
 * packets are told apart by what is in them.
 */
export function listener(host: z.ZodDefault<z.ZodString>, port: z.ZodInt, noteOnPort = '') {
  const given = z.strictObject({
    protocol: z
      .enum(PROTOCOLS)
      .default('netflow')
      .describe(
        'What is to be sent there: NetFlow and IPFIX, or sFlow. Name and port follow it where they are left out. Whatever comes is told by what is in it.',
      ),
    name: LISTENER_NAME.optional().describe('Tells listeners apart in metrics and logs. Left out, it is the protocol.'),
    host,
    port: port.optional().describe(`UDP port. Left out, it is 2055, for sFlow 6343.${noteOnPort}`),
  });
  const complete = z.object({ protocol: z.enum(PROTOCOLS), name: z.string(), host: z.string(), port: z.int() });
  return z.codec(given, complete, {
    decode: ({ protocol, name = protocol, host, port = DEFAULT_PORTS[protocol] }) => ({ protocol, name, host, port }),
    encode: (listener) => listener,
  });
}

const CIDR_MESSAGE = 'must be an address or a prefix such as 10.0.0.0/8 or 2001:db8::/32';
/** An address, or a prefix. */
export const CIDR = withRules(z.string(CIDR_MESSAGE).max(64), {
  check: (text) => {
    const [address, bits, ...rest] = text.split('/');
    const family = addressFamily(address);
    if (family === 0 || rest.length > 0) return false;
    return bits === undefined || (/^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
  },
  cel: "(isIP(self) || isCIDR(self)) && !self.matches('%|:.*[.]')",
  message: CIDR_MESSAGE,
});

export const allowedSources = z
  .array(CIDR)
  .max(1_024)
  .default([])
  .describe('Others are dropped before parsing. Empty: everybody.');

const WORKERS_MESSAGE = 'must be auto or a whole number from 1 to 64';

export const workers = withCel(
  z.union([z.literal('auto'), z.int().min(1, WORKERS_MESSAGE).max(64, WORKERS_MESSAGE)], WORKERS_MESSAGE),
  {
    rule: "type(self) == int ? self >= 1 && self <= 64 : self == 'auto'",
    message: WORKERS_MESSAGE,
  },
)
  .default('auto')
  .describe('Threads that receive and decode. auto: cores − 1, at least 1.');

export const receiveBuffer = size
  .prefault('32Mi')
  .describe('Asked of the kernel for each socket; net.core.rmem_max caps it.');
