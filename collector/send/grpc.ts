import { type ClientHttp2Session, connect, constants } from 'node:http2';
import type { ConnectionOptions } from 'node:tls';
import { openSocket } from './connect.ts';
import { adviseOnEncoding, encodeBody } from './encoding.ts';
import { callUnary } from './grpc-call.ts';
import { encodeTimeout, GRPC } from './grpc-status.ts';
import type { Outcome, Transport } from './outcome.ts';
import { type TransportOptions, USER_AGENT } from './request.ts';
import { grpcFailure } from './retry.ts';

/** Megabytes that Node lets a session hold; above the default (10), as 64 requests of 3 MiB may be under way. */
const SESSION_MEMORY = 256;

/**
 * Unary gRPC calls over `node:http2`: half the CPU of a general gRPC client (one connection, no copy of the message).
 * A session that breaks, that the server is leaving (GOAWAY), on which a call timed out, or whose certificates have been
 * replaced takes no new calls: the next call opens another, while calls under way on the old one finish.
 */
export function createGrpcTransport({ target, credentials, compression }: TransportOptions): Transport {
  const compressed = compression !== 'none';
  const sessions = new Set<ClientHttp2Session>();
  let current: ClientHttp2Session | undefined;
  let currentTls: ConnectionOptions | undefined;
  let closed = false;
  const fixedHeaders = {
    ':method': 'POST',
    ':path': target.path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': USER_AGENT,
    ...(compressed && { 'grpc-encoding': compression }),
  };

  function openSession(tls: ConnectionOptions | undefined): ClientHttp2Session {
    const session = connect(`${target.secure ? 'https' : 'http'}://${target.authority}`, {
      createConnection: () => openSocket(target, tls, 'h2'),
      maxSessionMemory: SESSION_MEMORY,
      settings: { enablePush: false },
    });
    sessions.add(session);
    const retire = () => {
      if (current === session) current = undefined;
    };
    session.on('goaway', retire);
    // Its calls report what went wrong; without a listener the error would end the process.
    session.on('error', retire);
    session.on('close', () => {
      retire();
      sessions.delete(session);
    });
    return session;
  }

  function usableSession(): ClientHttp2Session {
    const tls = target.secure ? credentials.tls() : undefined;
    // Opened with credentials that have been replaced: what is under way on it ends.
    if (tls !== currentTls) current?.close();
    if (current === undefined || current.closed || current.destroyed) current = openSession(tls);
    currentTls = tls;
    return current;
  }

  async function call(message: Uint8Array, timeoutMillis: number): Promise<Outcome & { refused?: boolean }> {
    const headers = { ...credentials.headers(), ...fixedHeaders, 'grpc-timeout': encodeTimeout(timeoutMillis) };
    const session = usableSession();
    const stream = session.request(headers);
    const outcome = await callUnary(stream, message, compressed, timeoutMillis);
    if (outcome.timedOut) {
      if (current === session) current = undefined;
      // Not taken in whole, the message may still be read when the caller has already given its memory back.
      if (stream.writableFinished) session.close();
      else session.destroy();
    }
    if (outcome.code === GRPC.OK) return { status: 'success', data: outcome.data };
    const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
    return { ...grpcFailure(outcome), refused };
  }

  return {
    async send(data, timeoutMillis) {
      try {
        const message = await encodeBody(data, compression);
        if (closed) return grpcFailure({ code: GRPC.CANCELLED, message: 'shut down' });
        const response = await call(message, timeoutMillis);
        // The server has not looked at it, as happens around a GOAWAY: once more at once (gRFC A6, transparent retry).
        const last = response.refused && !closed ? await call(message, timeoutMillis) : response;
        return adviseOnEncoding(last, compression);
      } catch (error) {
        return grpcFailure({ code: GRPC.UNAVAILABLE, message: (error as Error).message });
      }
    },
    shutdown() {
      closed = true;
      for (const session of sessions) session.destroy();
    },
  };
}
