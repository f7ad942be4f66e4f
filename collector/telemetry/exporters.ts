import { isDeepStrictEqual } from 'node:util';
import { byVersion } from '../common/version-name.ts';
import type { DomainState, ExporterState } from './state.ts';

/**
 * Adds up the rows that `key` makes equal: one device is seen by several workers, and on several source ports. The
 * result keeps the order of first occurrence.
 */
export function mergeExporters(rows: readonly ExporterState[], key: (row: ExporterState) => string): ExporterState[] {
  const merged = new Map<string, ExporterState>();
  for (const row of rows) {
    const seen = merged.get(key(row));
    merged.set(key(row), seen ? addRows(seen, row) : row);
  }
  return [...merged.values()];
}

/** Whom to show first: who is over a budget, then who sends most. */
export function byImportance(
  a: Pick<ExporterState, 'overBudget' | 'packets'>,
  b: Pick<ExporterState, 'overBudget' | 'packets'>,
): number {
  return Number(b.overBudget.length > 0) - Number(a.overBudget.length > 0) || b.packets - a.packets;
}

function addRows(a: ExporterState, b: ExporterState): ExporterState {
  return {
    ...a,
    versions: [...new Set([...a.versions, ...b.versions])].sort(byVersion),
    ...mergeDomains(a, b),
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    flows: a.flows + b.flows,
    errors: a.errors + b.errors,
    lostFlows: a.lostFlows + b.lostFlows,
    lostPackets: a.lostPackets + b.lostPackets,
    templates: a.templates + b.templates,
    heldSets: a.heldSets + b.heldSets,
    overBudget: [...new Set([...a.overBudget, ...b.overBudget])],
    flippingTemplates: a.flippingTemplates || b.flippingTemplates,
    rates: [...a.rates, ...b.rates.filter((rate) => !a.rates.some((other) => isDeepStrictEqual(other, rate)))],
    samplesUnrated: a.samplesUnrated || b.samplesUnrated,
    clockOffsetSeconds: [a, b]
      .map(({ clockOffsetSeconds }) => clockOffsetSeconds)
      .filter((offset) => offset !== undefined)
      .sort((x, y) => Math.abs(y) - Math.abs(x))[0],
    // Each worker tells it for flows of its own: that of most is the usual one.
    lateness: (a.flows >= b.flows ? [a, b] : [b, a]).map(({ lateness }) => lateness).find((usual) => usual),
    firstPacketTime: Math.min(a.firstPacketTime, b.firstPacketTime),
    lastPacketTime: Math.max(a.lastPacketTime, b.lastPacketTime),
  };
}

/** Each worker may have heard of the same ones: of more than are listed, how many are the same is not known. */
function mergeDomains(a: ExporterState, b: ExporterState): Pick<ExporterState, 'domains' | 'domainCount'> {
  const known = new Map<string, DomainState>();
  for (const domain of [...a.domains, ...b.domains].sort((x, y) => x.heardTime - y.heardTime))
    known.set(`${domain.version} ${domain.agent} ${domain.id}`, domain);
  const domains = [...known.values()].reverse();
  return { domains, domainCount: Math.max(domains.length, a.domainCount, b.domainCount) };
}
