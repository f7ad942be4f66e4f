import { isIP, SocketAddress } from 'node:net';

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
