/** Who may send: `allowedSources`, checked before a packet is parsed. */
import { BlockList, isIPv4, SocketAddress } from 'node:net';

const MAPPED_PREFIX = '::ffff:';
const MAPPED_BITS = 96;

/**
 * The address as exporters are known by: without the `::ffff:` that a dual-stack socket puts before IPv4 addresses, and
 * without the zone of a link-local one (`fe80::1%eth0`).
 */
export function normalizeAddress(address: string): string {
  if (address.startsWith(MAPPED_PREFIX) && address.includes('.')) return address.slice(MAPPED_PREFIX.length);
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}

/**
 * A test for addresses as they come from a socket. `cidrs` are addresses and prefixes as the configuration's schema
 * takes them; when there are none, every address is allowed. IPv4-mapped addresses and prefixes count as IPv4.
 */
export function allowedSources(cidrs: readonly string[]): (address: string) => boolean {
  if (cidrs.length === 0) return () => true;
  const ipv4 = new BlockList();
  const ipv6 = new BlockList();
  for (const cidr of cidrs) {
    const [text, bits] = cidr.split('/');
    if (isIPv4(text)) {
      ipv4.addSubnet(text, Number(bits ?? 32), 'ipv4');
      continue;
    }
    const length = Number(bits ?? 128);
    const address = normalizeAddress(new SocketAddress({ address: text, family: 'ipv6' }).address);
    if (isIPv4(address) && length >= MAPPED_BITS) ipv4.addSubnet(address, length - MAPPED_BITS, 'ipv4');
    else ipv6.addSubnet(text, length, 'ipv6');
  }
  return (address) => {
    const normal = normalizeAddress(address);
    return isIPv4(normal) ? ipv4.check(normal, 'ipv4') : ipv6.check(normal, 'ipv6');
  };
}
