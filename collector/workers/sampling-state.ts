/** The rates of sampling that are known of an exporter, and where they come from, for status and page. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { allowedSources } from '../listen/sources.ts';
import type { RateState } from '../telemetry/state.ts';
import type { Exporter } from '../templates/exporter.ts';

/** Rates that are shown of one exporter: the status is no copy of its tables. */
const MAX_RATES = 8;

/** Makes what tells the rates of an exporter, with these of the configuration. */
export function describeRates(
  entries: CollectorConfig['exporters']['sampling'],
): (exporter: Pick<Exporter, 'address' | 'headerRate' | 'domains'>) => RateState[] {
  const configured = entries.map(({ exporters, interfaces, rate, force }) => ({
    fits: allowedSources(exporters),
    state: { rate, from: fromConfiguration(interfaces, force) },
  }));
  return ({ address, headerRate, domains }) => {
    const rates = configured.filter(({ fits }) => fits(address)).map(({ state }) => state);
    if (headerRate > 0) rates.push({ rate: headerRate, from: 'header' });
    for (const { device, sampleRate, id } of domains.values()) {
      if (rates.length >= MAX_RATES) break;
      if (sampleRate > 0) rates.push({ rate: sampleRate, from: `last sample of sub-agent ${id}` });
      for (const { kind, id, interval } of device?.rates().take(MAX_RATES) ?? []) {
        const of = kind.slice('rate of '.length);
        rates.push({ rate: interval, from: kind === 'rate of domain' ? `options of ${of}` : `options of ${of} ${id}` });
      }
    }
    return rates.slice(0, MAX_RATES);
  };
}

function fromConfiguration(interfaces: readonly number[], force: boolean): string {
  const where = interfaces.length > 0 ? ` for interfaces ${interfaces.join(', ')}` : '';
  return `configuration${where}${force ? ', forced' : ''}`;
}
