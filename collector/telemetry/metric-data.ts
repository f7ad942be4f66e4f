/** From values as they are read now to the SDK's metric data. */
import { type HrTime, ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import { METRICS, type MetricDefinition, type MetricName } from './metric-table.ts';

export type Point = { labels: Record<string, string>; value: number };
/** Buckets by upper bound, with one more for the rest. */
type Histogram = { bounds: readonly number[]; counts: number[]; sum: number };

type ValueOf<Name extends MetricName> = (typeof METRICS)[Name]['type'] extends 'histogram'
  ? Histogram
  : number | Point[];
/** What each metric says now. Counters only grow. */
export type MetricValues = { [Name in MetricName]: ValueOf<Name> };

/** As the SDK's exporters take them: cumulative since `startTime`. Times are Unix milliseconds. */
export function toMetricData(values: MetricValues, startTime: number, now: number): MetricData[] {
  const times = { startTime: hrTime(startTime), endTime: hrTime(now) };
  return Object.entries(METRICS).map(([name, { type, unit, help }]: [string, MetricDefinition]) => {
    const common = {
      descriptor: { name, description: help, unit, valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    };
    const value: number | Point[] | Histogram = values[name as MetricName];
    if (typeof value === 'object' && 'bounds' in value) {
      const { bounds, counts, sum } = value;
      const count = counts.reduce((total, bucket) => total + bucket, 0);
      const buckets = { boundaries: [...bounds], counts };
      const dataPoints = [{ ...times, attributes: {}, value: { buckets, count, sum } }];
      return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
    const points = typeof value === 'number' ? [{ labels: {}, value }] : value;
    const dataPoints = points.map(({ labels, value }) => ({ ...times, attributes: labels, value }));
    return type === 'counter'
      ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
      : { ...common, dataPointType: DataPointType.GAUGE, dataPoints };
  });
}

/** Unix milliseconds as the SDK has times. */
export function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
}
