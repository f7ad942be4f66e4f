import { isIP, SocketAddress } from 'node:net';
import * as z from 'zod';
import { withRules } from './rule.ts';

/**
 * 4 or 6 for an IP address as Kubernetes takes them, else 0: without a zone, and no IPv4 address in the form of an IPv6
 * one, which would be the same address in two spellings.
 */
export function addressFamily(text: string): number {
  const family = isIP(text);
  if (family !== 6) return family;
  if (/[%.]/.test(text)) return 0;
  return /^::ffff:.*\./.test(new SocketAddress({ address: text, family: 'ipv6' }).address) ? 0 : 6;
}

/** An IP address, as Kubernetes takes them. */
export const ipAddress = withRules(z.string().max(64), {
  check: (text) => addressFamily(text) !== 0,
  cel: "isIP(self) && !self.matches('%|:.*[.]')",
  message: 'must be an IPv4 or IPv6 address',
});
