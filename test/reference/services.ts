/** Between which services a flow is, as docs/spans.md has it. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Attributes } from '../otlp/decode.ts';
import { type FlowFacts, fits, longestMatch, type NetworkRow } from './naming.ts';

type Settings = NonNullable<CollectorConfig['spans']['services']>;

/** Client and server; undefined for a flow that is none between services. */
export function servicesOf(
  all: Attributes,
  facts: FlowFacts,
  settings: Settings,
  networks: readonly NetworkRow[],
): [client: string, server: string] | undefined {
  const { points } = settings;
  if (points.length > 0 && !points.some((point) => fits(point, facts))) return undefined;
  const ends = [all['source.address'], all['destination.address']].filter((address) => address !== undefined);
  if (all['flow.direction'] === 'unknown' || ends.length < 2) return undefined;
  const [source, destination] = ends.map((address) => serviceOf(String(address), settings, networks));
  return all['flow.direction'] === 'forward' ? [source, destination] : [destination, source];
}

function serviceOf(address: string, settings: Settings, networks: readonly NetworkRow[]): string {
  const nameOf = (row: NetworkRow): string | undefined => {
    const named = settings.columns
      .map((column) => row.values[column])
      .find((value) => value !== undefined && value !== '');
    return named ?? (settings.fallback === 'prefix' ? row.prefix : undefined);
  };
  const names = networks.map(nameOf).filter((name) => name !== undefined && name !== settings.rest);
  const own = [...new Set(names)].slice(0, settings.max);
  const row = longestMatch(networks, address);
  const name = row && nameOf(row);
  if (name !== undefined && own.includes(name)) return name;
  return settings.fallback === 'address' ? address : settings.rest;
}
