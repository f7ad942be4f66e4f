/** Reads the sums in the bytes of an `ExportMetricsServiceRequest` with protobufjs, for tests to compare. */
import { type Attributes, attributes, decodeMessage, type WireKeyValue } from './decode.ts';

const TEMPORALITIES = ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'] as const;

/** A counter, as it was pushed. Times are Unix nanoseconds; an int is a bigint and a double is a number. */
export type Sum = {
  name: string;
  unit: string;
  temporality: (typeof TEMPORALITIES)[number];
  isMonotonic: boolean;
  points: { attributes: Attributes; start: bigint; time: bigint; value: bigint | number }[];
};

type WirePoint = {
  attributes: WireKeyValue[];
  startTimeUnixNano: bigint;
  timeUnixNano: bigint;
  asInt?: bigint;
  asDouble?: number;
};
type WireMetric = {
  name: string;
  unit: string;
  sum?: { dataPoints: WirePoint[]; aggregationTemporality: number; isMonotonic: boolean };
};
type Wire = { resourceMetrics: { scopeMetrics: { metrics: WireMetric[] }[] }[] };

/** The sums of a request, in its order. Throws on what this schema does not know, and on a point without a value. */
export function decodeSums(body: Uint8Array): Sum[] {
  const { resourceMetrics } = decodeMessage<Wire>('ExportMetricsServiceRequest', body);
  const metrics = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics).flatMap(({ metrics }) => metrics);
  return metrics.flatMap(({ name, unit, sum }) => {
    if (!sum) return [];
    const temporality = TEMPORALITIES[sum.aggregationTemporality];
    const points = sum.dataPoints.map((point) => {
      const value = point.asInt ?? point.asDouble;
      if (value === undefined) throw new Error(`${name} has a point without a value`);
      const { startTimeUnixNano: start, timeUnixNano: time } = point;
      return { attributes: attributes(point.attributes), start, time, value };
    });
    return [{ name, unit, temporality, isMonotonic: sum.isMonotonic, points }];
  });
}
