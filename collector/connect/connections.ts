/**
 * Connections to a backend. Each request has one to itself; those that are idle are taken in turn, and each address of
 * the name has one. None grows old: so a backend that comes back, or a new one behind the same address,
 * gets its share.
 */
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Target } from '../otlp/endpoint.ts';
import { Addresses } from './addresses.ts';
import { ATTEMPT_MS, dial, type HttpVersion } from './dial.ts';

/** A connection takes no further request at about this age. */
const MAX_AGE_MS = 120_000;

export type Connection<Client> = {
  /** What speaks HTTP over it. */
  client: Client;
  /** It has answered a request before this one. */
  reused: boolean;
  socket: Socket;
  /** Of the peer, when it has one. */
  address: string | undefined;
  tls: ConnectionOptions | undefined;
  /** When it is to be replaced, by `performance.now`. */
  expires: number;
};

export type ConnectionsOptions<Client> = {
  target: Target;
  version: HttpVersion;
  /** Options of TLS, the same object while nothing has changed. Throws when there are none. */
  tls(): ConnectionOptions;
  /** Speaks HTTP over a socket. */
  createClient(socket: Socket): Client;
  /** Ends it at once, with its socket. */
  destroyClient(client: Client): void;
  maxAgeMs?: number;
  addresses?: Addresses;
};

export class Connections<Client> {
  readonly #options: ConnectionsOptions<Client>;
  readonly #addresses: Addresses;
  /** The one that has waited longest comes first. */
  readonly #idle = new Set<Connection<Client>>();
  readonly #busy = new Set<Connection<Client>>();
  readonly #closed = new AbortController();

  constructor(options: ConnectionsOptions<Client>) {
    this.#options = options;
    this.#addresses = options.addresses ?? new Addresses();
  }

  /** A connection for one request; to be given back. Rejects when there is none in `timeoutMs`. */
  async take(timeoutMs: number): Promise<Connection<Client>> {
    const { target } = this.#options;
    const end = performance.now() + timeoutMs;
    const tls = target.secure ? this.#options.tls() : undefined;
    for (const connection of this.#idle) {
      if (connection.tls !== tls || connection.expires < performance.now()) this.#destroy(connection);
    }
    if (this.#idle.size > 0 && this.#addresses.oneIsUnused) {
      try {
        return await this.#open(tls, Math.min(timeoutMs, ATTEMPT_MS), true);
      } catch {
        // It is not needed.
        this.#addresses.avoidUnused();
      }
    }
    const [next] = this.#idle;
    return next ? this.#reuse(next) : this.#open(tls, Math.max(0, end - performance.now()), false);
  }

  /** Gives a connection back. One that is not `reusable` ends. */
  give(connection: Connection<Client>, reusable: boolean): void {
    if (!this.#busy.delete(connection)) return;
    // As likely as not, the next one to this address would break too.
    if (!reusable && !connection.reused && connection.address !== undefined) this.#addresses.avoid(connection.address);
    connection.reused = true;
    if (reusable && !this.#closed.signal.aborted) this.#idle.add(connection);
    else this.#destroy(connection);
  }

  /** Ends all connections, and attempts to open one. */
  close(): void {
    this.#closed.abort(new Error('shut down'));
    for (const connection of [...this.#idle, ...this.#busy]) this.#destroy(connection);
  }

  #reuse(connection: Connection<Client>): Connection<Client> {
    this.#idle.delete(connection);
    this.#busy.add(connection);
    return connection;
  }

  async #open(tls: ConnectionOptions | undefined, timeoutMs: number, another: boolean): Promise<Connection<Client>> {
    const { target, version, createClient, maxAgeMs = MAX_AGE_MS } = this.#options;
    const timeout = new AbortController();
    const timer = setTimeout(
      () => timeout.abort(new Error(`no connection to ${target.authority} in ${timeoutMs} ms`)),
      timeoutMs,
    );
    const signal = AbortSignal.any([timeout.signal, this.#closed.signal]);
    let socket: Socket;
    try {
      socket = await dial({ target, addresses: this.#addresses, another, tls, version, signal });
    } finally {
      clearTimeout(timer);
    }
    // Not all at the same age, lest a fleet that started together comes again together.
    const expires = performance.now() + maxAgeMs * (0.75 + Math.random() / 2);
    const address = target.proxy === undefined ? socket.remoteAddress : undefined;
    const connection = { client: createClient(socket), reused: false, socket, address, tls, expires };
    this.#busy.add(connection);
    socket.once('close', () => this.#forget(connection));
    return connection;
  }

  #forget(connection: Connection<Client>): void {
    this.#idle.delete(connection);
    this.#busy.delete(connection);
  }

  #destroy(connection: Connection<Client>): void {
    this.#forget(connection);
    this.#options.destroyClient(connection.client);
    connection.socket.destroy();
  }
}
