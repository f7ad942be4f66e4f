import { MAX_REPORTED_EXPORTERS, type TopExporter } from '../../crds/report.ts';
import { mergeExporters } from '../telemetry/exporters.ts';
import type { ExporterState } from '../telemetry/state.ts';

/** An exporter that has not sent for this long, in milliseconds, does not count. */
const LATELY_MS = 300_000;
/** Shorter ones say little about a rate. */
const MIN_SPAN_MS = 1_000;

type Exporters = { count: number; top: TopExporter[] };

/**
 * Tells, each time it is looked at, how many exporters have sent lately, and which ones sent most since the last look.
 * `now` is Unix milliseconds, `uptime` those since the counters began, by a clock that never goes back.
 */
export function createExporterWatch(): (rows: readonly ExporterState[], now: number, uptime: number) => Exporters {
  let seen = new Map<string, ExporterState>();
  let seenAt = 0;

  return (rows, now, uptime) => {
    const exporters = mergeExporters(rows, ({ address }) => address);
    const elapsed = Math.max(1, uptime - seenAt);
    const top = exporters
      .map((exporter) => ratesOf(exporter, seen.get(exporter.address), elapsed))
      .filter(({ packetsPerSecond }) => packetsPerSecond > 0)
      .sort((a, b) => b.flowsPerSecond - a.flowsPerSecond || b.packetsPerSecond - a.packetsPerSecond)
      .slice(0, MAX_REPORTED_EXPORTERS);
    seen = new Map(exporters.map((exporter) => [exporter.address, exporter]));
    seenAt = uptime;
    return { count: exporters.filter(({ lastPacketTime }) => now - lastPacketTime < LATELY_MS).length, top };
  };
}

/**
 * Rows come once a second from each worker, so they are of some time before now; from last packet to last packet the
 * time is exact. `elapsed`: milliseconds since the last look, for exporters whose packets span too short a time.
 */
function ratesOf(exporter: ExporterState, before: ExporterState | undefined, elapsed: number): TopExporter {
  // One that was forgotten in between began anew.
  const from = before && before.packets <= exporter.packets ? before : undefined;
  const grown = (name: 'packets' | 'flows' | 'lostFlows' | 'lostPackets') =>
    Math.max(0, exporter[name] - (from?.[name] ?? 0));
  const span = exporter.lastPacketTime - (from?.lastPacketTime ?? exporter.firstPacketTime);
  const seconds = (span < MIN_SPAN_MS ? elapsed : span) / 1_000;
  const [packets, flows] = [grown('packets'), grown('flows')];
  const lost = grown('lostFlows') + (packets > 0 ? (grown('lostPackets') * flows) / packets : 0);
  return {
    address: exporter.address,
    packetsPerSecond: packets / seconds,
    flowsPerSecond: flows / seconds,
    lostPercent: flows + lost > 0 ? (lost / (flows + lost)) * 100 : 0,
  };
}
