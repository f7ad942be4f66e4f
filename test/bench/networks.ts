/** Files of network names: one as a large company might have, and the shortest that names as much. */
import { seeded } from '../random.ts';

const PREFIXES = 100_000;
/** Prefixes of a site, near each other; and kinds of services. */
const OF_SITE = 20;
const SERVICES = 20;
/** Networks of the generator's servers. */
const SERVERS = 4_096;

const HEAD = 'prefix,site,service';

/** CSV that names each address, by two prefixes. */
export function twoNetworksCsv(): Buffer {
  return Buffer.from([HEAD, '0.0.0.0/0,site-123,service-12', '::/0,site-123,service-12'].join('\n'));
}

/** CSV with `PREFIXES` rows, always the same: the networks of the generator's flows among many others. */
export function manyNetworksCsv(): Buffer {
  const random = seeded(1);
  const below = (limit: number) => Math.floor(random() * limit);
  const prefixes = new Set<string>();
  for (let network = 0; network < SERVERS; network++) {
    const [high, low] = [network >> 8, network & 0xff];
    prefixes.add(`${198 - (network >> 10)}.${high}.${low}.0/24`);
    prefixes.add(`2606:4700:${network.toString(16)}::/48`);
    prefixes.add(`10.20.${network >> 4}.${(network & 15) << 4}/28`);
    prefixes.add(`2001:db8:1:${network.toString(16)}::/64`);
  }
  while (prefixes.size < PREFIXES) {
    const bits = 16 + below(13);
    const address = Math.floor(random() * 2 ** bits) * 2 ** (32 - bits);
    prefixes.add(`${[24, 16, 8, 0].map((shift) => (address / 2 ** shift) & 255).join('.')}/${bits}`);
  }
  const rows = [...prefixes].map(
    (prefix, index) => `${prefix},site-${Math.floor(index / OF_SITE)},service-${below(SERVICES)}`,
  );
  return Buffer.from([HEAD, ...rows].join('\n'));
}
