import { once } from 'node:events';
import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import type { Target } from '../otlp/endpoint.ts';
import type { Addresses } from './addresses.ts';
import { openTunnel } from './tunnel.ts';

/**
 * Idle time after which the kernel probes the peer. It keeps NAT entries alive and finds dead peers; HTTP/2 pings do
 * not serve for this: gRPC servers close connections that ping while no request is under way (keepalive.md, gRFC A8).
 */
const KEEPALIVE_MS = 30_000;
/** Time for one address to answer when there is another one to try. */
export const ATTEMPT_MS = 2_000;

/** How HTTP is spoken over a connection, as ALPN names it. */
export type HttpVersion = 'h2' | 'http/1.1';

export type DialOptions = {
  target: Target;
  addresses: Addresses;
  /** Only an address that has no connection yet will do: there are others. */
  another: boolean;
  /** Options of TLS, when it is to be used. */
  tls: ConnectionOptions | undefined;
  version: HttpVersion;
  /** Ends the attempt; its reason is what `dial` rejects with. */
  signal: AbortSignal;
};

/** Connects to a backend, over its proxy and with TLS as need be. Resolves when requests can be sent. */
export async function dial(options: DialOptions): Promise<Socket> {
  const { target, addresses, tls, version, signal } = options;
  try {
    const socket = await openStream(options);
    if (tls === undefined) return socket;
    const servername = tls.servername ?? (isIP(target.host) === 0 ? target.host : undefined);
    const { remoteAddress } = socket;
    try {
      const secured = tlsConnect({ ...tls, socket, host: target.host, servername, ALPNProtocols: [version] });
      return await ready(secured, 'secureConnect', signal);
    } catch (error) {
      if (remoteAddress !== undefined) addresses.avoid(remoteAddress);
      throw error;
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : inWords(error as Error);
  }
}

async function openStream({ target, addresses, another, version, signal }: DialOptions): Promise<Socket> {
  const { host, port, proxy, socketPath, authority } = target;
  if (proxy && (target.secure || proxy.secure || version === 'h2')) {
    const socket = await openTunnel(proxy, authority, signal);
    // What goes wrong is found by who uses it; without a listener an error would end the process.
    return socket
      .on('error', () => {})
      .setNoDelay(true)
      .setKeepAlive(true, KEEPALIVE_MS);
  }
  const socket = tcpConnect({
    ...(socketPath === undefined ? (proxy ?? { host, port, lookup: addresses.lookup(another) }) : { path: socketPath }),
    ...{ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS },
    ...{ autoSelectFamily: true, autoSelectFamilyAttemptTimeout: ATTEMPT_MS },
  });
  for (const failure of ['connectionAttemptFailed', 'connectionAttemptTimeout'] as const) {
    socket.on(failure, (address: string) => addresses.avoid(address));
  }
  await ready(socket, 'connect', signal);
  if (proxy === undefined) addresses.track(socket);
  return socket;
}

/** Resolves with the socket when it has emitted `event`. */
async function ready<S extends Socket>(socket: S, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<S> {
  socket.on('error', () => {});
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** When several addresses were tried, the error has no message but those of each. */
function inWords(error: Error): Error {
  if (!(error instanceof AggregateError) || error.message !== '') return error;
  return new Error(error.errors.map(({ message }) => message).join('; '), { cause: error });
}
