/**
 * The gateway of a container's own network: a published port is often translated on its way in, and then all packets
 * seem to come from there, whoever sent them.
 */
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';

/** RTF_GATEWAY of route(8). */
const VIA_GATEWAY = 2;

/**
 * Its IPv4 address; undefined when the default route does not lead into a network of containers, that is over one end
 * of a pair of virtual interfaces (veth(4)) whose other end is outside. `root` is where `/proc` and `/sys` are.
 */
export function containerGateway(root = '/'): string | undefined {
  try {
    const lines = readFileSync(join(root, 'proc/net/route'), 'latin1').trim().split('\n').slice(1);
    const routes = lines.map((line) => line.split('\t'));
    const route = routes.find(([, destination, , flags]) => {
      return destination === '00000000' && (Number.parseInt(flags, 16) & VIA_GATEWAY) !== 0;
    });
    return route && isEndOfPair(join(root, 'sys/class/net', route[0])) ? addressOf(route[2]) : undefined;
  } catch {
    return undefined;
  }
}

/** Its peer is another interface; but it is none of the kinds that say what they are, such as a VLAN. */
function isEndOfPair(folder: string): boolean {
  const [own, peer, event] = ['ifindex', 'iflink', 'uevent'].map((name) =>
    readFileSync(join(folder, name), 'latin1').trim(),
  );
  return own !== peer && !event.includes('DEVTYPE=');
}

/** Of eight hexadecimal digits: the kernel writes the 32 bits of an address as a number of the machine's. */
function addressOf(digits: string): string {
  const bytes = Buffer.from(digits, 'hex');
  return (endianness() === 'LE' ? bytes.reverse() : bytes).join('.');
}
