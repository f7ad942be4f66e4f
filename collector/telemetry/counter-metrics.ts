/** Counters that devices tell by sFlow, as the SDK's exporters take metrics. */
import { ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { CounterSeries } from './counter-sums.ts';
import { hrTime } from './metric-data.ts';
import { COUNTER_METRICS, type MetricDefinition } from './metric-table.ts';

/** Those metrics that have series. `now` in Unix milliseconds. */
export function counterMetricData(series: readonly CounterSeries[], now: number): MetricData[] {
  const byMetric = Map.groupBy(series, ({ metric }) => metric);
  return [...byMetric].map(([name, all]): MetricData => {
    const { type, unit, help }: MetricDefinition = COUNTER_METRICS[name];
    const isWhole = unit !== 's' && unit !== '1' && unit !== '{thread}';
    const common = {
      descriptor: { name, description: help, unit, valueType: isWhole ? ValueType.INT : ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    };
    const endTime = hrTime(now);
    const dataPoints = all.map(({ attributes, value, startTime = now }) => {
      return { startTime: hrTime(startTime), endTime, attributes, value };
    });
    return type === 'counter'
      ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
      : { ...common, dataPointType: DataPointType.GAUGE, dataPoints };
  });
}
