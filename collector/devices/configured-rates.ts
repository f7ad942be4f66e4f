/** Rates of sampling that the configuration has for exporters and their interfaces. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { allowedSources } from '../listen/sources.ts';
import type { ConfiguredRates } from './sampling-rates.ts';

type Entries = CollectorConfig['exporters']['sampling'];

export class RatesByExporter {
  readonly #entries: readonly { entry: Entries[number]; fits: (address: string) => boolean }[];
  readonly #known = new WeakMap<object, ConfiguredRates | { none: true }>();

  constructor(entries: Entries) {
    this.#entries = entries.map((entry) => ({ entry, fits: allowedSources(entry.exporters) }));
  }

  /** Undefined for an exporter that no entry is about. */
  of(exporter: { address: string }): ConfiguredRates | undefined {
    if (this.#entries.length === 0) return undefined;
    let known = this.#known.get(exporter);
    if (!known) {
      known = this.#find(exporter.address) ?? { none: true };
      this.#known.set(exporter, known);
    }
    return 'none' in known ? undefined : known;
  }

  #find(address: string): ConfiguredRates | undefined {
    const fitting = this.#entries.filter(({ fits }) => fits(address)).map(({ entry }) => entry);
    if (fitting.length === 0) return undefined;
    return {
      forced: rateOf(fitting.filter(({ force }) => force)),
      default: rateOf(fitting.filter(({ force }) => !force)),
    };
  }
}

/** Of the first entry that is about one of the interfaces; 0 when none is. */
function rateOf(entries: Entries): (ingress: number, egress: number) => number {
  if (entries.length === 0) return () => 0;
  const rates = entries.map(({ interfaces, rate }) => ({ interfaces: new Set(interfaces), rate }));
  return (ingress, egress) => {
    for (const { interfaces, rate } of rates) {
      if (interfaces.size === 0 || interfaces.has(ingress) || interfaces.has(egress)) return rate;
    }
    return 0;
  };
}
