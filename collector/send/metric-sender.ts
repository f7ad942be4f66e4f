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
import { otlpOfMetrics } from '../otlp/of-metrics.ts';
import { createRetryingTransport } from './retrying-transport.ts';
import { createTransport } from './transport.ts';

/** Exports under way at once: the next one is refused while this many wait for their retries. */
const CONCURRENCY = 2;

/**
 * Pushes metrics to `metrics.otlp.endpoint`, for a PeriodicExportingMetricReader. Retries end before the next push,
 * which supersedes them. Throws an Error when the endpoint can't be used.
 */
export function createMetricSender(
  config: Pick<CollectorConfig, 'otlp' | 'metrics'> & { metrics: { otlp: { endpoint: string } } },
  log: Log,
): PushMetricExporter {
  const { endpoint } = config.metrics.otlp;
  const otlp = { ...otlpOfMetrics(config), endpoint };
  const transport: IExporterTransport = createRetryingTransport(createTransport(otlp, 'metrics', 'metrics.otlp', log), {
    ...otlp.retry,
    maxElapsed: Math.min(otlp.retry.maxElapsed, otlp.interval),
  });
  const exporter = new OTLPExporterBase(
    createOtlpNetworkExportDelegate(
      { timeoutMillis: otlp.timeout, concurrencyLimit: CONCURRENCY, compression: 'none' },
      ProtobufMetricsSerializer,
      new ExporterMetrics({
        componentType: 'otlp_metric_exporter',
        metricsHelper: MetricsExporterMetricsHelper,
        url: endpoint,
        meterProvider: undefined,
        responseAttributesFromError: () => ({}),
      }),
      transport,
    ),
  );
  const temporality = AggregationTemporality[otlp.temporality === 'delta' ? 'DELTA' : 'CUMULATIVE'];
  return Object.assign(exporter, { selectAggregationTemporality: () => temporality });
}
