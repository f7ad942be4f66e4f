import { mergeExporters } from './exporters.ts';
import type { Ledger } from './ledger.ts';
import { counter, type Metric } from './metric-data.ts';
import type { ExporterState } from './state.ts';

/** Addresses with a series of their own; each costs five series in every store of metrics. */
const MAX_ADDRESSES = 200;

const COUNTED = {
  packets: 'packets',
  bytes: 'packetBytes',
  flows: 'flows',
  lostFlows: 'lostFlows',
  lostPackets: 'lostPackets',
} as const satisfies Partial<Record<keyof ExporterState, keyof Ledger>>;
type Counted = keyof typeof COUNTED;
const NAMES = Object.keys(COUNTED) as Counted[];

type Series = Record<Counted, { value: number; last: number }>;

/**
 * Metrics by exporter address. The first 200 addresses keep a series for the life of the process; what the ledger has
 * beyond them stands under `other`. So series never move, all of them only grow, and they sum up to the ledger.
 */
export function createExporterMetrics(): (ledger: Ledger, exporters: readonly ExporterState[]) => Metric[] {
  const seriesOf = new Map<string, Series>();
  const other = newSeries();

  return (ledger, exporters) => {
    const present = new Map(mergeExporters(exporters, (row) => row.address).map((row) => [row.address, row]));
    for (const address of present.keys()) {
      if (seriesOf.size < MAX_ADDRESSES && !seriesOf.has(address)) seriesOf.set(address, newSeries());
    }
    for (const [address, series] of seriesOf) {
      const row = present.get(address);
      if (row) for (const name of NAMES) grow(series[name], row[name]);
    }
    for (const name of NAMES) {
      let rest = ledger[COUNTED[name]];
      for (const series of seriesOf.values()) rest -= series[name].value;
      other[name].value = Math.max(other[name].value, rest);
    }

    const all = [...seriesOf, ['other', other] as const];
    const points = (name: Counted, labels: Record<string, string> = {}) =>
      all.map(([address, series]) => ({
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
