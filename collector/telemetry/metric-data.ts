/** Short forms for the SDK's metric data. */
import { type HrTime, ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';

type Labels = Record<string, string>;
export type Point = { labels: Labels; value: number };
type Histogram = { bounds: readonly number[]; counts: number[]; sum: number };

/** One metric as read now; `unit` is a UCUM code. */
export type Metric = { name: string; help: string; unit: string } & (
  | { type: 'counter' | 'gauge'; points: Point[] }
  | { type: 'histogram'; histogram: Histogram }
);

/** A number that only grows. */
export function counter(name: string, help: string, unit: string, value: number | Point[]): Metric {
  return { type: 'counter', name, help, unit, points: toPoints(value) };
}

/** A number that goes up and down. */
export function gauge(name: string, help: string, unit: string, value: number | Point[]): Metric {
  return { type: 'gauge', name, help, unit, points: toPoints(value) };
}

/** Buckets by upper bound, with one more for the rest. */
export function histogram(name: string, help: string, unit: string, value: Histogram): Metric {
  return { type: 'histogram', name, help, unit, histogram: value };
}

/** As the SDK's exporters take them: cumulative since `startTime`. Times are Unix milliseconds. */
export function toMetricData(metrics: readonly Metric[], startTime: number, now: number): MetricData[] {
  const times = { startTime: hrTime(startTime), endTime: hrTime(now) };
  return metrics.map((metric) => {
    const common = {
      descriptor: { name: metric.name, description: metric.help, unit: metric.unit, valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    };
    if (metric.type === 'histogram') {
      const { bounds, counts, sum } = metric.histogram;
      const count = counts.reduce((total, bucket) => total + bucket, 0);
      const value = { buckets: { boundaries: [...bounds], counts }, count, sum };
      return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: [{ ...times, attributes: {}, value }] };
    }
    const dataPoints = metric.points.map(({ labels, value }) => ({ ...times, attributes: labels, value }));
    return metric.type === 'counter'
      ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
      : { ...common, dataPointType: DataPointType.GAUGE, dataPoints };
  });
}

function toPoints(value: number | Point[]): Point[] {
  return typeof value === 'number' ? [{ labels: {}, value }] : value;
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
}
