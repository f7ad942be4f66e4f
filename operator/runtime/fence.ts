import type { Transport } from './transport.ts';

/**
 * A transport that sends nothing once `valid()` is false. A leader's calls go through it: timers may fire late in a
 * process that was stopped for a while, so the lease's clock is looked at before each request.
 */
export function fenced(transport: Transport, valid: () => boolean): Transport {
  return {
    ...transport,
    async send(request) {
      if (!valid()) throw new DOMException('the lease is no longer ours', 'AbortError');
      return transport.send(request);
    },
  };
}
