import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import type { Target } from '../otlp/endpoint.ts';

/**
 * Idle time after which the kernel probes the peer. It keeps NAT entries alive and finds dead peers; HTTP/2 pings do
 * not serve for this: gRPC servers close connections that ping while no request is under way (keepalive.md, gRFC A8).
 */
const KEEPALIVE_MS = 30_000;

/** Opens a connection to the backend, over TLS when `tls` is given. Failures to connect are the socket's `error` events. */
export function openSocket(
  { host, port }: Target,
  tls: ConnectionOptions | undefined,
  protocol: 'h2' | 'http/1.1',
): Socket {
  const socket = tcpConnect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS });
  if (tls === undefined) return socket;
  const servername = tls.servername ?? (isIP(host) === 0 ? host : undefined);
  return tlsConnect({ ...tls, socket, host, servername, ALPNProtocols: [protocol] });
}
