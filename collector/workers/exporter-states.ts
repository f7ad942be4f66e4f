/** What a worker tells of its exporters, for status, metrics and page: of those that matter most, as they are now. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { byVersion } from '../common/version-name.ts';
import { SFLOW, toldVersion } from '../decode/header.ts';
import { addressText } from '../span/identity.ts';
import { byImportance } from '../telemetry/exporters.ts';
import type { ExporterState, RateState } from '../telemetry/state.ts';
import type { Exporter } from '../templates/exporter.ts';

/** Exporters in a report. */
const MAX_REPORTED_EXPORTERS = 1_000;
/** So long after the last flow without it, an exporter counts as one whose rate is not known. */
const UNRATED_MS = 60_000;
/** Domains of one exporter in a report. */
const MAX_REPORTED_DOMAINS = 16;
/** So long after it wanted more than its budget, an exporter counts as one that does. */
const OVER_BUDGET_MS = 300_000;

export type ExporterStateOptions = {
  exporters: Iterable<Exporter>;
  listeners: CollectorConfig['listeners'];
  ratesOf: (exporter: Exporter) => RateState[];
  /** Now, in milliseconds of a clock that nobody sets; and when that was 0, in Unix milliseconds. */
  monotonicMs: number;
  timeOrigin: number;
};

/** The states of the first by importance. */
export function exporterStates(options: ExporterStateOptions): ExporterState[] {
  const { exporters, ratesOf, monotonicMs, timeOrigin } = options;
  const ranked = Array.from(exporters, (exporter) => {
    const overBudget = exporter.exceededSince(monotonicMs - OVER_BUDGET_MS);
    return { exporter, packets: exporter.packets, overBudget };
  });
  const first = ranked.sort(byImportance).slice(0, MAX_REPORTED_EXPORTERS);
  return first.map(({ exporter, overBudget }) => ({
    ...describeExporter(exporter, options),
    overBudget,
    rates: ratesOf(exporter),
    ...describeTimes(exporter, timeOrigin),
  }));
}

function describeExporter(
  exporter: Exporter,
  { listeners, monotonicMs }: ExporterStateOptions,
): Omit<ExporterState, 'rates' | 'overBudget' | keyof ReturnType<typeof describeTimes>> {
  const { address, port, packets, bytes, flows, errors, lostFlows, lostPackets } = exporter;
  const { firstPacketTime, lastPacketTime } = exporter;
  return {
    listener: listeners[exporter.listener].name,
    versions: [...exporter.versions].map(toldVersion).sort(byVersion),
    templates: exporter.templates.size,
    heldSets: exporter.heldSets,
    flippingTemplates: exporter.flipping,
    samplesUnrated: exporter.unratedAt > monotonicMs - UNRATED_MS,
    ...{ address, port, packets, bytes, flows, errors, lostFlows, lostPackets, firstPacketTime, lastPacketTime },
  };
}

function describeTimes(
  { clockOffsetMs, usualLateness, domains, versions }: Exporter,
  timeOrigin: number,
): Pick<ExporterState, 'clockOffsetSeconds' | 'lateness' | 'domains' | 'domainCount'> {
  const ahead = (offsetMs: number): { clockOffsetSeconds?: number } =>
    Number.isNaN(offsetMs) ? {} : { clockOffsetSeconds: -Math.round(offsetMs + timeOrigin) / 1_000 };
  const last = [...domains.values()].sort((a, b) => b.heardAt - a.heardAt).slice(0, MAX_REPORTED_DOMAINS);
  return {
    // Packets of sFlow tell no time.
    ...([...versions].some((version) => version !== SFLOW) && ahead(clockOffsetMs)),
    ...(usualLateness && { lateness: usualLateness }),
    domains: last.map(({ version, id, agent, clock, heardAt }) => ({
      ...{ version: toldVersion(version), id },
      ...(agent !== '' && { agent: addressText(agent) }),
      ...(version !== SFLOW && ahead(clock.offsetMs)),
      heardTime: Math.round(heardAt + timeOrigin),
    })),
    domainCount: domains.size,
  };
}
