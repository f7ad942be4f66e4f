import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';

/** An address that could not be reached is tried after all others for this long. */
const AVOIDED_MS = 10_000;
/** Of a name with more addresses, this many are used at once, and the others as connections are replaced. */
const MAX_USED = 16;

type Resolve = (
  name: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * The addresses of a backend's name, all of which are to get their share. The name is looked up for each connection;
 * the address with the fewest connections comes first, one that failed lately last.
 */
export class Addresses {
  readonly #resolve: Resolve;
  readonly #now: () => number;
  #known: string[] = [];
  /** Until when an address is avoided. */
  readonly #avoided = new Map<string, number>();
  /** Open connections to each. */
  readonly #connections = new Map<string, number>();

  constructor(resolve: Resolve = lookup, now: () => number = () => performance.now()) {
    this.#resolve = resolve;
    this.#now = now;
  }

  /** Whether there is one that could be reached, as far as is known, and has no connection. */
  get oneIsUnused(): boolean {
    if (this.#connections.size >= MAX_USED) return false;
    return this.#known.some((address) => !this.#connections.has(address) && !this.#isAvoided(address));
  }

  /** For `net.connect`: all addresses in the order to try them; to have `another` one used, only the first of these. */
  lookup(another: boolean): LookupFunction {
    return (name, options, callback) => {
      this.#resolve(name, { ...options, all: true }, (error, found) => {
        if (error) return callback(error, []);
        this.#known = found.map(({ address }) => address);
        for (const address of this.#avoided.keys()) {
          if (!this.#known.includes(address)) this.#avoided.delete(address);
        }
        const inOrder = this.#inOrder(found);
        if (!another) return callback(null, inOrder);
        // Until it has answered, nobody else is to try it.
        this.avoid(inOrder[0].address);
        callback(null, inOrder.slice(0, 1));
      });
    };
  }

  /** Avoids an address for some time. */
  avoid(address: string): void {
    this.#avoided.set(address, this.#now() + AVOIDED_MS);
  }

  /** Avoids all that have no connection: there are others, and a request has waited for one of these in vain. */
  avoidUnused(): void {
    for (const address of this.#known) if (!this.#connections.has(address)) this.avoid(address);
  }

  /** Counts a connection while it is open. */
  track(socket: Socket): void {
    const address = socket.remoteAddress;
    if (address === undefined) return;
    this.#avoided.delete(address);
    this.#add(address, 1);
    socket.once('close', () => this.#add(address, -1));
  }

  #inOrder(found: LookupAddress[]): LookupAddress[] {
    return found
      .map((entry) => {
        const { address } = entry;
        // At random among equals, so that collectors that start together do not all begin with the same.
        const rank = [Number(this.#isAvoided(address)), this.#connections.get(address) ?? 0, Math.random()];
        return { entry, rank };
      })
      .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.rank[2] - b.rank[2])
      .map(({ entry }) => entry);
  }

  #isAvoided(address: string): boolean {
    return (this.#avoided.get(address) ?? 0) > this.#now();
  }

  #add(address: string, change: number): void {
    const count = (this.#connections.get(address) ?? 0) + change;
    if (count > 0) this.#connections.set(address, count);
    else this.#connections.delete(address);
  }
}
