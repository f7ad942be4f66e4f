import { mergeExporters } from './exporters.ts';
import { counter, type Metric } from './metric-data.ts';
import type { ExporterState } from './state.ts';

/** Addresses with a series of their own; each costs five series in every store of metrics. */
const MAX_ADDRESSES = 200;

const NAMES = ['packets', 'bytes', 'flows', 'lostFlows', 'lostPackets'] as const;
type Counted = (typeof NAMES)[number];
type Series = Record<Counted, { value: number; last: number }>;

/**
 * Metrics by exporter address. The first 200 addresses keep a series for the life of the process, all others together
 * are `other`: so no exporter moves from one series to another, and every series only grows.
 */
export function createExporterMetrics(): (exporters: readonly ExporterState[]) => Metric[] {
  const seriesOf = new Map<string, Series>([['other', newSeries()]]);

  return (exporters) => {
    for (const { address } of exporters) {
      if (seriesOf.size <= MAX_ADDRESSES && !seriesOf.has(address)) seriesOf.set(address, newSeries());
    }
    const nameOf = ({ address }: ExporterState) => (seriesOf.has(address) ? address : 'other');
    for (const row of mergeExporters(exporters, nameOf)) {
      const series = seriesOf.get(nameOf(row))!;
      for (const name of NAMES) grow(series[name], row[name]);
    }

    const points = (name: Counted, labels: Record<string, string> = {}) =>
      [...seriesOf].map(([address, series]) => ({
        labels: { ...labels, 'netflow.exporter.address': address },
        value: series[name].value,
      }));
    return [
      counter('netflow_exporter_packets_total', 'Packets received, by exporter.', '{packet}', points('packets')),
      counter('netflow_exporter_packet_bytes_total', 'Bytes of UDP payload, by exporter.', 'By', points('bytes')),
      counter('netflow_exporter_flows_total', 'Flow records received, by exporter.', '{flow}', points('flows')),
      counter(
        'netflow_exporter_lost_total',
        'Flows or packets that sequence numbers say never came, by exporter.',
        '{item}',
        [...points('lostFlows', { unit: 'flows' }), ...points('lostPackets', { unit: 'packets' })],
      ),
    ];
  };
}

function newSeries(): Series {
  return Object.fromEntries(NAMES.map((name) => [name, { value: 0, last: 0 }])) as Series;
}

/** Adds what came since `last`. A lower count is of an exporter forgotten and seen anew: a new base, not a loss. */
function grow(counter: { value: number; last: number }, current: number): void {
  counter.value += Math.max(0, current - counter.last);
  counter.last = current;
}
