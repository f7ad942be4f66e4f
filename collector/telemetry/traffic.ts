/** What flows came to by exporter and transport, for the status: the set of `flowMetrics` that has these dimensions. */
import type { FlowSet } from './flow-sums.ts';

const [EXPORTER, TRANSPORT] = ['netflow.exporter.address', 'network.transport'];
/** The most bytes. */
const MAX_ROWS = 20;

/** Without an exporter or transport: of those that tell none, or found no room. */
export type TrafficRow = { exporter?: string; transport?: string; bytes: number; packets: number; records: number };

/** The rows with most bytes; undefined when no set, without a filter, counts by just these. */
export function trafficOf(sets: readonly FlowSet[]): TrafficRow[] | undefined {
  const set = sets.find(({ dimensions, isWhole }) => {
    return isWhole && dimensions.length === 2 && [EXPORTER, TRANSPORT].every((name) => dimensions.includes(name));
  });
  if (!set) return undefined;
  const rows = Array.from(set.series, ({ attributes, bytes, packets, records }): TrafficRow => {
    const [exporter, transport] = [attributes[EXPORTER], attributes[TRANSPORT]];
    return {
      ...(exporter !== undefined && { exporter: String(exporter) }),
      ...(transport !== undefined && { transport: String(transport) }),
      ...{ bytes, packets, records },
    };
  });
  return rows.sort((a, b) => b.bytes - a.bytes).slice(0, MAX_ROWS);
}
