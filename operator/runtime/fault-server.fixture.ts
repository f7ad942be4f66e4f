/**
 * Makes an API server misbehave, by a seed: the same seed gives the same schedule of faults. Used in memory, on a
 * virtual clock, and over real HTTP.
 */

import { pick } from '../../test/random.ts';
import { failure, json, line, oneChunk } from './api-server.fixture.ts';
import { type Clock, sleep } from './clock.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

export type Handler = (request: TransportRequest) => Promise<TransportResponse>;

export type FaultOptions = {
  clock: Clock;
  random: () => number;
  /** Chance, from 0 to 1, that a request fails, and that something is wrong with an event of a watch. */
  rate: () => number;
  /** Longest delay of a slow answer, in milliseconds. */
  slow: number;
};

const REQUEST_FAULTS = [
  'too many requests',
  'unavailable',
  'internal error',
  'unauthorized',
  'gone',
  'reset before',
  'reset after',
  'stall',
  'slow',
  'cut',
  'garbage',
  'no list',
] as const;

const STREAM_FAULTS = [
  'reset',
  'stall',
  'cut frame',
  'end',
  'duplicate',
  'replay',
  'reorder',
  'garbage',
  'error 410',
  'error 500',
  'error 429',
  'error too large',
] as const;

export function withFaults(handle: Handler, { clock, random, rate, slow }: FaultOptions): Handler {
  return async (request) => {
    const { signal } = request;
    const isWatch = request.path.includes('watch=1');
    if (random() >= rate()) return isWatch ? faultyStream(await handle(request), signal) : handle(request);
    switch (pick(random, REQUEST_FAULTS)) {
      case 'too many requests':
        return json(429, { code: 429, reason: 'TooManyRequests' }, { 'retry-after': '1' });
      case 'unavailable':
        return { status: 503, headers: {}, body: oneChunk('upstream connect error') };
      case 'internal error':
        return failure(500, 'InternalError', 'etcdserver: leader changed');
      case 'unauthorized':
        return failure(401, 'Unauthorized', 'Unauthorized');
      case 'gone':
        return failure(410, 'Expired', 'too old resource version');
      case 'reset before':
        throw reset();
      case 'reset after':
        await handle(request);
        throw reset();
      case 'stall':
        return forever(signal);
      case 'slow':
        await sleep(clock, random() * slow, signal);
        return handle(request);
      case 'cut': {
        const response = await handle(request);
        return { ...response, body: cut(response.body) };
      }
      case 'garbage':
        return { status: 200, headers: {}, body: oneChunk('<html>captive portal</html>') };
      case 'no list':
        return json(200, {});
    }
  };

  function faultyStream(response: TransportResponse, signal: AbortSignal): TransportResponse {
    return response.status === 200 ? { ...response, body: disturb(response.body, signal) } : response;
  }

  async function* disturb(lines: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const sent: Uint8Array[] = [];
    let held: Uint8Array | undefined;
    for await (const event of lines) {
      const fault = random() < rate() ? pick(random, STREAM_FAULTS) : 'none';
      if (fault === 'reset') throw reset();
      if (fault === 'stall') await forever(signal);
      if (fault === 'end') return;
      if (fault === 'reorder' && !held) {
        held = event;
        continue;
      }
      if (fault === 'cut frame') {
        yield event.subarray(0, Math.floor(random() * event.length));
        return;
      }
      if (fault === 'garbage') yield Buffer.from('}{\n');
      if (fault === 'error 410') yield line('ERROR', { code: 410, reason: 'Expired' });
      if (fault === 'error 500') yield line('ERROR', { code: 500, message: 'internal error' });
      if (fault === 'error 429') yield line('ERROR', { code: 429, details: { retryAfterSeconds: 2 } });
      if (fault === 'error too large') yield line('ERROR', { code: 504, details: TOO_LARGE });
      if (fault === 'replay' && sent.length > 0) yield pick(random, sent);
      // In two pieces, so that no reader relies on one event a chunk.
      const half = Math.floor(random() * event.length);
      yield event.subarray(0, half);
      yield event.subarray(half);
      if (fault === 'duplicate') yield event;
      sent.push(event);
      if (held) yield held;
      held = undefined;
    }
  }
}

const TOO_LARGE = { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] };

/** A transport that is a function call. */
export function inMemory(handle: Handler): Transport {
  return {
    host: 'memory',
    send: (request) =>
      new Promise((resolve, reject) => {
        const { signal } = request;
        if (signal.aborted) return reject(signal.reason);
        const onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        handle(request)
          .then(resolve, reject)
          .finally(() => signal.removeEventListener('abort', onAbort));
      }),
    close() {},
  };
}

function reset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function* cut(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    yield chunk.subarray(0, Math.floor(chunk.length / 2));
    throw reset();
  }
}
