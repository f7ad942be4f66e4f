/** What flows came to, as the SDK's exporters take metrics. */
import { ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { FlowSeries, FlowSet } from './flow-sums.ts';
import { hrTime } from './metric-data.ts';
import { FLOW_METRICS, SET_LABEL } from './metric-table.ts';

const VALUES: Record<keyof typeof FLOW_METRICS, 'bytes' | 'packets' | 'records'> = {
  'network.flow.io': 'bytes',
  'network.flow.packets': 'packets',
  'network.flow.records': 'records',
};

/** Cumulative since each series began; nothing while there are none. `now` in Unix milliseconds. */
export function flowMetricData(sets: readonly FlowSet[], now: number): MetricData[] {
  const all: (FlowSeries & { times: { startTime: [number, number]; endTime: [number, number] } })[] = [];
  for (const { name, series } of sets) {
    for (const one of series) {
      const times = { startTime: hrTime(one.startTime), endTime: hrTime(now) };
      all.push({ ...one, attributes: { [SET_LABEL]: name, ...one.attributes }, times });
    }
  }
  if (all.length === 0) return [];
  return Object.entries(FLOW_METRICS).map(([name, { unit, help }]): MetricData => {
    const value = VALUES[name as keyof typeof FLOW_METRICS];
    return {
      descriptor: { name, description: help, unit, valueType: ValueType.INT },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: all.map(({ attributes, times, ...sums }) => ({ ...times, attributes, value: sums[value] })),
    };
  });
}
