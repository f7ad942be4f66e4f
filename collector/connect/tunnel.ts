import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { formatHostPort } from '../../crds/common/host-port.ts';
import type { HttpProxy } from '../otlp/endpoint.ts';

/** Connects to `authority` (host:port) through a proxy (CONNECT, RFC 9110 §9.3.6). Rejects when the proxy refuses. */
export async function openTunnel(proxy: HttpProxy, authority: string, signal: AbortSignal): Promise<Socket> {
  const { secure, host, port, authorization } = proxy;
  const outgoing = (secure ? httpsRequest : httpRequest)({
    ...{ host, port, method: 'CONNECT', path: authority, agent: false, signal },
    headers: { host: authority, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
  });
  outgoing.end();
  const [answer, socket, rest] = (await once(outgoing, 'connect')) as [IncomingMessage, Socket, Buffer];
  if (answer.statusCode !== 200) {
    socket.destroy();
    const hint = answer.statusCode === 407 ? '; write user and password in the proxy’s URL' : '';
    const status = `${answer.statusCode} ${answer.statusMessage}`;
    throw new Error(`the proxy ${formatHostPort(host, port)} answers ${status} for ${authority}${hint}`);
  }
  if (rest.length > 0) socket.unshift(rest);
  return socket;
}
