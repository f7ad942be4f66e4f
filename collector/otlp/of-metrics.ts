import type { CollectorConfig } from '../../crds/collector-config.ts';

/**
 * How metrics are pushed: what `metrics.otlp` does not say is as in `otlp`. But for headers, and the file of them:
 * those of traces may hold secrets of another backend.
 */
export function otlpOfMetrics({ otlp, metrics }: Pick<CollectorConfig, 'otlp' | 'metrics'>) {
  const { endpoint, headersFile, tls, ...own } = metrics.otlp;
  return { ...otlp, ...own, endpoint, headersFile, tls: { ...otlp.tls, ...tls } };
}
