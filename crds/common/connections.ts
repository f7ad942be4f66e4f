/**
 * Bounds the connections of an HTTP or HTTPS server, so that nobody who opens many keeps others out: by address, in
 * all, and in the time that one may take to ask for something.
 */
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

export type ConnectionLimits = {
  /** Connections at once. When all are in use, the address that has most of them loses its oldest. */
  max: number;
  /** Of one address; further ones are closed at once. */
  maxOfAddress: number;
  /** Milliseconds until the first request has arrived, from the end of the TLS handshake if there is one. */
  arrivalMs: number;
};

/** What Node's own servers are to be made with, besides: they close what stops in the middle of a request. */
export function timeoutsOf({ arrivalMs }: ConnectionLimits) {
  return {
    handshakeTimeout: arrivalMs,
    headersTimeout: arrivalMs,
    requestTimeout: 2 * arrivalMs,
    connectionsCheckingInterval: Math.ceil(arrivalMs / 5),
  };
}

/** Keeps the connections of a server within limits. Returns how many there are. */
export function boundConnections(server: HttpServer | HttpsServer, limits: ConnectionLimits): () => number {
  const { max, maxOfAddress, arrivalMs } = limits;
  /** The oldest first. */
  const byAddress = new Map<string, Set<Socket>>();
  const timers = new WeakMap<Socket, NodeJS.Timeout>();
  let count = 0;

  function forget(address: string, socket: Socket): void {
    const sockets = byAddress.get(address);
    if (!sockets?.delete(socket)) return;
    count--;
    if (sockets.size === 0) byAddress.delete(address);
  }

  /** Makes room for one more of an address that has `held`; returns whether there is. */
  function makeRoom(held: number): boolean {
    if (held >= maxOfAddress) return false;
    if (count < max) return true;
    const [address, most] = [...byAddress].reduce((one, other) => (other[1].size > one[1].size ? other : one));
    if (most.size <= held + 1) return false;
    const [oldest] = most;
    forget(address, oldest);
    oldest.destroy();
    return true;
  }

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    if (!makeRoom(byAddress.get(address)?.size ?? 0)) {
      socket.destroy();
      return;
    }
    const sockets = byAddress.get(address) ?? new Set();
    byAddress.set(address, sockets.add(socket));
    count++;
    socket.once('close', () => forget(address, socket));
  });

  // Node does not close a TLS connection over which nothing comes.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), arrivalMs).unref();
    timers.set(socket, timer);
    socket.once('close', () => clearTimeout(timer));
  });
  server.on('request', ({ socket }: IncomingMessage) => clearTimeout(timers.get(socket)));
  return () => count;
}
