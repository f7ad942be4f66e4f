import {
  createOtlpNetworkExportDelegate,
  ExporterMetrics,
  type IExporterTransport,
  OTLPExporterBase,
} from '@opentelemetry/otlp-exporter-base';
import { MetricsExporterMetricsHelper, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { AggregationTemporality, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { createRetryingTransport } from './retrying-transport.ts';
import { createTransport } from './transport.ts';

/** Exports under way at once: the next one is refused while this many wait for their retries. */
const CONCURRENCY = 2;

/**
 * Pushes metrics to `metrics.otlp.endpoint`, for a PeriodicExportingMetricReader. What `metrics.otlp` does not name
 * (TLS, compression, timeout, retries) is as in `otlp`; retries end before the next push, which supersedes them.
 * Throws an Error when the endpoint can't be used.
 */
export function createMetricSender(
  config: Pick<CollectorConfig, 'otlp' | 'metrics'> & { metrics: { otlp: { endpoint: string } } },
  log: Log,
): PushMetricExporter {
  const { otlp, metrics } = config;
  const transport: IExporterTransport = createRetryingTransport(
    // Not even the file with the headers of traces is used: they may be for another backend.
    createTransport(
      { ...otlp, ...metrics.otlp, headersFile: metrics.otlp.headersFile },
      'metrics',
      'metrics.otlp',
      log,
    ),
    { ...otlp.retry, maxElapsed: Math.min(otlp.retry.maxElapsed, metrics.otlp.interval) },
  );
  const exporter = new OTLPExporterBase(
    createOtlpNetworkExportDelegate(
      { timeoutMillis: otlp.timeout, concurrencyLimit: CONCURRENCY, compression: 'none' },
      ProtobufMetricsSerializer,
      new ExporterMetrics({
        componentType: 'otlp_metric_exporter',
        metricsHelper: MetricsExporterMetricsHelper,
        url: metrics.otlp.endpoint,
        meterProvider: undefined,
        responseAttributesFromError: () => ({}),
      }),
      transport,
    ),
  );
  const temporality = AggregationTemporality[metrics.otlp.temporality === 'delta' ? 'DELTA' : 'CUMULATIVE'];
  return Object.assign(exporter, { selectAggregationTemporality: () => temporality });
}
