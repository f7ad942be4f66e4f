/**
 * What flow spans say of the exporter: its address where the profile has it, and `constants` of the configuration.
 * Encoded once for all exporters and interfaces that the same entries fit, and then only copied.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Point } from '../../crds/spans/services.ts';
import { allowedSources } from '../listen/sources.ts';
import { spanAttribute } from '../otlp/protobuf-writer.ts';
import type { NameOf } from './attributes.ts';

type Constant = CollectorConfig['spans']['attributes']['constants'][number];
/** A constant, or a place where flows count as calls between services. */
type Given = Constant & { isPoint: boolean };
type Entry = Given & { index: number; fitsExporter: (address: string) => boolean };

/** Encodings that are kept for an exporter's interfaces; with more, all are made anew. */
const MAX_KEPT = 1_024;
const ADDRESS = 'netflow.exporter.address';

/** Of one exporter, or of several that have the same. */
export type ExporterAttributes = {
  /** For the indexes of a flow's interfaces; -1 for one that is not known. */
  of(ingress: number, egress: number): Encoded;
};

/** Whole attributes, their names, and whether one of `points` fits. */
type Encoded = { bytes: Uint8Array; names: ReadonlySet<string>; counts: boolean };

const NONE: Encoded = { bytes: new Uint8Array(), names: new Set(), counts: false };
export const NO_ATTRIBUTES: ExporterAttributes = { of: () => NONE };

export class AttributesByExporter {
  /** What a plan has to do for them. */
  readonly kind: 'none' | 'all' | 'by interface';
  /** All names that constants give. */
  readonly names: ReadonlySet<string>;
  readonly #entries: readonly Entry[];
  readonly #addressName: string | undefined;
  readonly #byExporter = new WeakMap<object, ExporterAttributes>();
  readonly #byEntries = new Map<string, ExporterAttributes>();

  constructor(constants: readonly Constant[], points: readonly Point[], nameOf: NameOf) {
    const given: readonly Given[] = [
      ...constants.map((constant) => ({ ...constant, isPoint: false })),
      ...points.map((point) => ({ ...point, attributes: {}, isPoint: true })),
    ];
    this.#addressName = nameOf(ADDRESS);
    this.#entries = given.map((one, index) => ({ ...one, index, fitsExporter: allowedSources(one.exporters) }));
    this.names = new Set(constants.flatMap(({ attributes }) => Object.keys(attributes)));
    const byInterface = given.some(dependsOnInterfaces);
    this.kind = byInterface ? 'by interface' : given.length > 0 || this.#addressName ? 'all' : 'none';
  }

  of(exporter: { address: string }): ExporterAttributes {
    if (this.kind === 'none') return NO_ATTRIBUTES;
    let known = this.#byExporter.get(exporter);
    if (!known) {
      known = this.#find(exporter.address);
      this.#byExporter.set(exporter, known);
    }
    return known;
  }

  #find(address: string): ExporterAttributes {
    const entries = this.#entries.filter(({ fitsExporter }) => fitsExporter(address));
    if (this.#addressName) return encode(entries, { [this.#addressName]: address });
    const key = entries.map(({ index }) => index).join();
    let known = this.#byEntries.get(key);
    if (!known) {
      known = encode(entries, {});
      this.#byEntries.set(key, known);
    }
    return known;
  }
}

function dependsOnInterfaces({ ingressInterfaces, egressInterfaces }: Point): boolean {
  return ingressInterfaces.length > 0 || egressInterfaces.length > 0;
}

/** `own`: attributes that a constant of their name replaces. */
function encode(constants: readonly Given[], own: Record<string, string>): ExporterAttributes {
  if (!constants.some(dependsOnInterfaces)) {
    const encoded = encodeAll(constants, own);
    return { of: () => encoded };
  }
  const ingressKey = createInterfaceKey(constants.map(({ ingressInterfaces }) => ingressInterfaces));
  const egressKey = createInterfaceKey(constants.map(({ egressInterfaces }) => egressInterfaces));
  const kept = new Map<number, Encoded>();
  return {
    of(ingress, egress) {
      const key = ingressKey(ingress) * 2 ** 20 + egressKey(egress);
      let encoded = kept.get(key);
      if (!encoded) {
        const fitting = constants.filter(
          ({ ingressInterfaces, egressInterfaces }) =>
            isAmong(ingressInterfaces, ingress) && isAmong(egressInterfaces, egress),
        );
        encoded = encodeAll(fitting, own);
        if (kept.size >= MAX_KEPT) kept.clear();
        kept.set(key, encoded);
      }
      return encoded;
    },
  };
}

function isAmong(interfaces: readonly number[], index: number): boolean {
  return interfaces.length === 0 || interfaces.includes(index);
}

/** Tells interfaces apart that entries name; all others are one: exporters may send any number. */
function createInterfaceKey(lists: readonly (readonly number[])[]): (index: number) => number {
  const keys = new Map([...new Set(lists.flat())].map((index, position) => [index, position + 1]));
  return (index) => keys.get(index) ?? 0;
}

/** Of one name, the last counts. */
function encodeAll(constants: readonly Given[], own: Record<string, string>): Encoded {
  const values = new Map([own, ...constants.map(({ attributes }) => attributes)].flatMap(Object.entries<string>));
  const attributes = [...values].flatMap(([name, value]) => [...spanAttribute(name, value)]);
  return {
    bytes: Uint8Array.from(attributes),
    names: new Set(values.keys()),
    counts: constants.some(({ isPoint }) => isPoint),
  };
}
