/** What expressions may ask of a packet besides its records: who sent it. */
import { type Ip, parseIp } from '../../crds/selection/address.ts';

/** Addresses that are kept: some 350 bytes each. With more, all are parsed anew. */
const MAX_KEPT = 4_096;

/** Who sends, as `turnTo` knows it again. */
type Sender = { readonly address: string; readonly port: number };
type Address = Pick<PacketOrigin, 'address' | 'family' | 'words'>;

export class PacketOrigin {
  address = '';
  port = 0;
  /** Observation domain; -1 when the version has none. */
  domain = -1;
  /** Family of the address; 0 when there is none. */
  family: 0 | 4 | 6 = 0;
  /** The address: the first word for IPv4, all four for IPv6. */
  words = new Int32Array(4);
  #sender: Sender | undefined;
  /** Parsing costs more than all else that is done for a packet. */
  #parsed = new WeakMap<Sender, Address>();
  #kept = 0;

  /** Turns to the packet at hand. */
  turnTo(sender: Sender, domain: number): void {
    this.port = sender.port;
    this.domain = domain;
    if (sender === this.#sender) return;
    this.#sender = sender;
    let parsed = this.#parsed.get(sender);
    if (!parsed) {
      if (++this.#kept > MAX_KEPT) {
        this.#parsed = new WeakMap();
        this.#kept = 1;
      }
      parsed = parse(sender.address);
      this.#parsed.set(sender, parsed);
    }
    this.address = parsed.address;
    this.family = parsed.family;
    this.words = parsed.words;
  }
}

function parse(address: string): Address {
  const words = new Int32Array(4);
  const ip = parseIp(address);
  if (ip) words.set(wordsOf(ip));
  return { address, family: ip?.family ?? 0, words };
}

/** An address as the signed words that it has in a packet: one, or four. */
export function wordsOf({ family, value }: Ip): number[] {
  const count = family === 4 ? 1 : 4;
  return Array.from({ length: count }, (_, index) =>
    Number(BigInt.asIntN(32, value >> BigInt(32 * (count - 1 - index)))),
  );
}
