import { mergeExporters } from './exporters.ts';
import type { MetricValues } from './metric-data.ts';
import type { ExporterState } from './state.ts';

/** Addresses with a series of their own; each costs six series in every store of metrics. */
const MAX_ADDRESSES = 200;

const NAMES = ['packets', 'bytes', 'flows', 'lostFlows', 'lostPackets'] as const;
type Counted = (typeof NAMES)[number];
type Series = Record<Counted, { value: number; last: number }>;

/**
 * Metrics by exporter address. The first 200 addresses keep a series for the life of the process, all others together
 * are `other`: so no exporter moves from one series to another, and every series only grows.
 */
export function createExporterMetrics() {
  const seriesOf = new Map<string, Series>([['other', newSeries()]]);

  return (exporters: readonly ExporterState[]) => {
    for (const { address } of exporters) {
      if (seriesOf.size <= MAX_ADDRESSES && !seriesOf.has(address)) seriesOf.set(address, newSeries());
    }
    const nameOf = ({ address }: ExporterState) => (seriesOf.has(address) ? address : 'other');
    const merged = mergeExporters(exporters, nameOf);
    for (const row of merged) {
      const series = seriesOf.get(nameOf(row))!;
      for (const name of NAMES) grow(series[name], row[name]);
    }

    const points = (name: Counted, labels: Record<string, string> = {}) =>
      [...seriesOf].map(([address, series]) => ({
        labels: { ...labels, 'netflow.exporter.address': address },
        value: series[name].value,
      }));
    return {
      netflow_exporter_clock_offset_seconds: merged.flatMap(({ address, clockOffsetSeconds: value }) =>
        value === undefined || !seriesOf.has(address)
          ? []
          : [{ labels: { 'netflow.exporter.address': address }, value }],
      ),
      netflow_exporter_packets_total: points('packets'),
      netflow_exporter_packet_bytes_total: points('bytes'),
      netflow_exporter_flows_total: points('flows'),
      netflow_exporter_lost_total: [
        ...points('lostFlows', { unit: 'flows' }),
        ...points('lostPackets', { unit: 'packets' }),
      ],
    } satisfies Partial<MetricValues>;
  };
}

function newSeries(): Series {
  return Object.fromEntries(NAMES.map((name) => [name, { value: 0, last: 0 }])) as Series;
}

/**
 * Adds what came since `last`. A lower count is from an exporter that was forgotten and seen again: a new base, not a
 * loss.
 */
function grow(counter: { value: number; last: number }, current: number): void {
  counter.value += Math.max(0, current - counter.last);
  counter.last = current;
}
