import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { readUpTo } from '../../crds/common/stream.ts';
import { Connections } from '../connect/connections.ts';
import { adviseOnEncoding, encodeBody } from './encoding.ts';
import { encodeJsonAnswer } from './json-answer.ts';
import type { Outcome, Transport } from './outcome.ts';
import { MAX_RESPONSE_BYTES, MAX_TIMER_MS, type TransportOptions, USER_AGENT } from './request.ts';
import { httpFailure, parseRetryAfter } from './retry.ts';
import { readRpcStatus } from './rpc-status.ts';

const PROTOBUF = 'application/x-protobuf';
const JSON_TEXT = 'application/json';

/** How a connection that the server has closed shows itself. */
const RESET: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

/** OTLP/HTTP with protobuf bodies, over kept-alive HTTP/1.1 connections. */
export function createHttpTransport({ target, credentials, compression }: TransportOptions): Transport {
  const connections = new Connections<Agent>({
    target,
    version: 'http/1.1',
    tls: credentials.tls,
    createClient: agentOf,
    destroyClient: (agent) => agent.destroy(),
  });
  let closed = false;
  // A proxy is sent plaintext requests with their whole URL (RFC 9112 §3.2.2); TLS goes through a tunnel.
  const forwarded = target.secure || target.proxy?.secure ? undefined : target.proxy;
  const path = forwarded ? `http://${target.authority}${target.path}` : target.path;
  const fixedHeaders = {
    host: target.authority,
    'content-type': PROTOBUF,
    'user-agent': USER_AGENT,
    ...(compression !== 'none' && { 'content-encoding': compression }),
    ...(forwarded?.authorization !== undefined && { 'proxy-authorization': forwarded.authorization }),
  };

  async function post(body: Uint8Array, timeoutMillis: number): Promise<Outcome> {
    const end = performance.now() + timeoutMillis;
    const connection = await connections.take(timeoutMillis);
    const { reused } = connection;
    const headers = { ...credentials.headers(), ...fixedHeaders, 'content-length': body.length };
    const outgoing = request({ agent: connection.client, method: 'POST', path, headers });
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no answer in ${timeoutMillis} ms`)),
      Math.min(end - performance.now(), MAX_TIMER_MS),
    );
    let reusable = false;
    try {
      const outcome = await exchange(outgoing, body);
      reusable = outgoing.shouldKeepAlive && !connection.socket.destroyed;
      return outcome;
    } catch (error) {
      // The server closed a kept-alive connection just as we took it for this request: once more at once.
      if (reused && !closed && RESET.has((error as NodeJS.ErrnoException).code)) {
        return await post(body, timeoutMillis);
      }
      throw error;
    } finally {
      clearTimeout(timer);
      connections.give(connection, reusable);
    }
  }

  return {
    async send(data, timeoutMillis) {
      try {
        const body = await encodeBody(data, compression);
        if (closed) throw new Error('shut down');
        return adviseOnEncoding(await post(body, timeoutMillis), compression);
      } catch (error) {
        return { status: 'retryable', error: error as Error };
      }
    },
    shutdown() {
      closed = true;
      connections.close();
    },
  };
}

/** An agent that has this one connection. */
function agentOf(socket: Socket): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => socket;
  return agent;
}

/** Sends the body and reads the answer. Rejects when the connection breaks before the answer's head. */
async function exchange(outgoing: ClientRequest, body: Uint8Array): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', resolve);
  outgoing.on('error', reject);
  outgoing.end(body);
  const incoming = await promise;
  const status = incoming.statusCode!;
  const answer = await readUpTo(untilBroken(incoming), MAX_RESPONSE_BYTES);
  // Answered before the body was taken: nothing of it may be read once the caller has given its memory back.
  if (!outgoing.writableFinished) outgoing.destroy();
  if (answer === undefined) {
    return { status: 'failure', error: new Error(`the answer is larger than ${MAX_RESPONSE_BYTES} bytes`) };
  }
  const type = mediaType(incoming.headers['content-type']);
  if (status >= 200 && status < 300) return successOf(status, type, answer);
  const message = (type === PROTOBUF && readRpcStatus(answer)?.message) || incoming.statusMessage || '';
  return httpFailure(status, message, parseRetryAfter(incoming.headers['retry-after'], Date.now()));
}

/**
 * Any server may say 200, also one that is no backend: only an answer of the specification is a success. Empty bytes
 * are a whole message. JSON is not what was asked for, but some backends answer with it all the same.
 */
function successOf(status: number, type: string, answer: Uint8Array): Outcome {
  if (type === PROTOBUF || answer.length === 0) return { status: 'success', data: answer };
  const data = type === JSON_TEXT ? encodeJsonAnswer(answer) : undefined;
  if (data !== undefined) return { status: 'success', data };
  const error = new Error(`HTTP status ${status}, ${type || 'no content type'}: not an answer to OTLP`);
  return { status: 'failure', error };
}

/** A content type without its parameters, in lower case (RFC 9110 §8.3.1). */
function mediaType(contentType = ''): string {
  return contentType.split(';', 1)[0].trim().toLowerCase();
}

/** What comes before the connection breaks: the status line has already told the outcome. */
async function* untilBroken(incoming: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* incoming;
  } catch {
    // It ends here.
  }
}
