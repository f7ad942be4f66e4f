import type { IExporterTransport } from '@opentelemetry/otlp-exporter-base';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { MAX_TIMER_MS } from './request.ts';
import { retryDelay } from './retry.ts';

/**
 * A transport whose `send` tries again what may be tried again, for callers without a queue of their own. The last
 * outcome is returned when `retry.maxElapsed` would pass, or at shutdown.
 */
export function createRetryingTransport(
  transport: IExporterTransport,
  retry: CollectorConfig['otlp']['retry'],
  now: () => number = () => performance.now(),
  random: () => number = Math.random,
): IExporterTransport {
  const shutdown = Promise.withResolvers<void>();
  let closed = false;

  async function wait(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(delayMs, MAX_TIMER_MS));
    await Promise.race([promise, shutdown.promise]);
    clearTimeout(timer);
  }

  return {
    async send(data, timeoutMillis) {
      const start = now();
      for (let failures = 1; ; failures++) {
        const response = await transport.send(data, timeoutMillis);
        if (response.status !== 'retryable' || closed) return response;
        const delay = retryDelay(failures, retry, random, response.retryInMillis);
        if (now() + delay - start > retry.maxElapsed) return response;
        await wait(delay);
        if (closed) return response;
      }
    },
    shutdown() {
      closed = true;
      shutdown.resolve();
      transport.shutdown();
    },
  };
}
