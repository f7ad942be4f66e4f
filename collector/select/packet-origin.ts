/** What expressions may ask of a packet besides its records: who sent it. */
import { type Ip, parseIp } from '../../crds/selection/address.ts';

export class PacketOrigin {
  address = '';
  port = 0;
  /** Observation domain; -1 when the version has none. */
  domain = -1;
  /** Family of the address; 0 when there is none. */
  family: 0 | 4 | 6 = 0;
  /** The address: the first word for IPv4, all four for IPv6. */
  readonly words = new Int32Array(4);

  /** Turns to the packet at hand. */
  turnTo(address: string, port: number, domain: number): void {
    this.port = port;
    this.domain = domain;
    if (address === this.address) return;
    this.address = address;
    const ip = parseIp(address);
    this.family = ip?.family ?? 0;
    if (ip) this.words.set(wordsOf(ip));
  }
}

/** An address as the signed words that it has in a packet: one, or four. */
export function wordsOf({ family, value }: Ip): number[] {
  const count = family === 4 ? 1 : 4;
  return Array.from({ length: count }, (_, index) =>
    Number(BigInt.asIntN(32, value >> BigInt(32 * (count - 1 - index)))),
  );
}
