/** Metrics of delta temporality: what has changed since the last time they were collected. */
import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';

type Point<T> = DataPoint<T>;

/**
 * Makes each collection tell what counters and histograms grew by since the one before. A series that began anew in
 * between, which its start time tells, counts from there. Gauges stay as they are.
 */
export function sinceLastTime(producer: MetricProducer): MetricProducer {
  let last = new Map<string, Point<number> | Point<Histogram>>();

  return {
    async collect(options) {
      const { resourceMetrics, errors } = await producer.collect(options);
      const seen: typeof last = new Map();

      function changes<T extends number | Histogram>(
        name: string,
        points: Point<T>[],
        minus: (now: T, before: T) => T,
      ): Point<T>[] {
        return points.map((point) => {
          const key = keyOf(name, point.attributes);
          seen.set(key, point as Point<number> | Point<Histogram>);
          const before = last.get(key) as Point<T> | undefined;
          if (!before || !isSame(before.startTime, point.startTime)) return point;
          return { ...point, startTime: before.endTime, value: minus(point.value, before.value) };
        });
      }

      function change(metric: MetricData): MetricData {
        const { name } = metric.descriptor;
        const aggregationTemporality = AggregationTemporality.DELTA;
        if (metric.dataPointType === DataPointType.SUM) {
          const dataPoints = changes(name, metric.dataPoints, (now, before) => now - before);
          return { ...metric, aggregationTemporality, dataPoints };
        }
        if (metric.dataPointType === DataPointType.HISTOGRAM) {
          return { ...metric, aggregationTemporality, dataPoints: changes(name, metric.dataPoints, difference) };
        }
        return metric;
      }

      const scopeMetrics = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
        scope,
        metrics: metrics.map(change),
      }));
      last = seen;
      return { resourceMetrics: { ...resourceMetrics, scopeMetrics }, errors };
    },
  };
}

function keyOf(name: string, attributes: Attributes): string {
  return JSON.stringify([name, attributes]);
}

function isSame([seconds, nanos]: HrTime, other: HrTime): boolean {
  return seconds === other[0] && nanos === other[1];
}

function difference(now: Histogram, before: Histogram): Histogram {
  const counts = now.buckets.counts.map((count, index) => count - before.buckets.counts[index]);
  return {
    buckets: { ...now.buckets, counts },
    count: now.count - before.count,
    sum: now.sum! - before.sum!,
  };
}
