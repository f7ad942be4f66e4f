import type { Attributes } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';

/** Media type of Prometheus' text format. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Collects the metrics and writes them in Prometheus' text format, the resource as `target_info`. */
export async function renderPrometheus(producer: MetricProducer): Promise<string> {
  const { resourceMetrics } = await producer.collect();
  const resource = resourceFromAttributes(toLabels(resourceMetrics.resource.attributes));
  const scopeMetrics = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.map(named),
  }));
  return new PrometheusSerializer('', false, undefined, false, true).serialize({ resource, scopeMetrics });
}

const UNITS: Readonly<Record<string, string | undefined>> = { By: 'bytes', 'By/s': 'bytes_per_second', s: 'seconds' };

/** With the unit in its name, where this is OpenTelemetry's (OpenTelemetry, Prometheus compatibility, "Unit"). */
function named(metric: MetricData): MetricData {
  const { name, unit } = metric.descriptor;
  const suffix = UNITS[unit];
  if (!name.includes('.') || suffix === undefined) return metric;
  return { ...metric, descriptor: { ...metric.descriptor, name: `${name}.${suffix}` } };
}

/**
 * Attributes as labels of legal, distinct names: one bad or doubled name, which users may bring by their resource
 * attributes, makes Prometheus refuse the whole answer. Values that meet under one name are joined by `;`, in the order
 * of their keys (OpenTelemetry, Prometheus compatibility, "Resource Attributes").
 */
function toLabels(attributes: Attributes): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const key of Object.keys(attributes).sort()) {
    const value = attributes[key];
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const name = key
      .replace(/[^a-zA-Z0-9_]/g, '_')
      .replace(/_+/g, '_')
      .replace(/^(?=\d)/, '_');
    labels[name] = name in labels ? `${labels[name]};${text}` : text;
  }
  return labels;
}
