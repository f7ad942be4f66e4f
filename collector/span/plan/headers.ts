/**
 * The headers that a template's records have: their addresses, and what else is of each. RFC 7011 §8 has the fields of
 * an outer header before those of an inner one.
 */
import type { Template } from '../../decode/template.ts';
import { isSound, type LocatedField } from './layout.ts';

type Kind = { family: 'ipv4' | 'ipv6'; version: number; source: number; destination: number; own: readonly number[] };

/** The two addresses of a header, and the place of the first of them among the fields. */
export type Pair = { kind: Kind; source: LocatedField; destination: LocatedField; start: number };

/** `own`: prefix lengths, and in IPv6 the flow label. */
const KINDS: readonly Kind[] = [
  { family: 'ipv4', version: 4, source: 8, destination: 12, own: [9, 13] },
  { family: 'ipv6', version: 6, source: 27, destination: 28, own: [29, 30, 31] },
];
const ADDRESSES = KINDS.flatMap(({ source, destination }) => [source, destination]);
export const [PROTOCOL, SOURCE_PORT, DESTINATION_PORT] = [4, 7, 11];
/** What else headers have: class of service, flags, ports of UDP and TCP, ICMP, time to live. */
const IN_HEADERS: readonly number[] = [
  ...[PROTOCOL, SOURCE_PORT, DESTINATION_PORT],
  ...[5, 195, 6, 180, 181, 182, 183, 32, 139, 176, 177, 178, 179, 192],
];

/** Headers that are told apart; of more, those nearest to what they carry. */
export const MAX_HEADERS = 4;

/** How many headers records have that are told apart; one if they have none. */
export function countHeaders({ fields }: Template): number {
  const count = (id: number) => fields.filter((field) => field.pen === 0 && field.id === id).length;
  const pairs = KINDS.map(({ source, destination }) => Math.min(count(source), count(destination)));
  return Math.max(1, Math.min(MAX_HEADERS, pairs[0] + pairs[1]));
}

/** Of another header than any that has both its addresses. */
const NONE = Symbol();
type Owner = Pair | typeof NONE | undefined;

export class Headers {
  readonly fields: readonly LocatedField[];
  /** In the order of the record, the outermost first. */
  readonly pairs: readonly Pair[];
  /** Fields of the length of their type, by element. */
  readonly #sound: ReadonlyMap<number, readonly LocatedField[]>;
  readonly #ofPairs: ReadonlyMap<LocatedField, Pair>;

  constructor(fields: readonly LocatedField[]) {
    this.fields = fields;
    this.#sound = Map.groupBy(fields.filter(isSound), ({ key }) => key);
    const places = new Map(fields.map((field, index) => [field, index]));
    const pairs = KINDS.flatMap((kind) => {
      const destinations = this.all(kind.destination);
      const sources = this.all(kind.source).slice(0, destinations.length);
      return sources.map((source, index): Pair => {
        const destination = destinations[index];
        return { kind, source, destination, start: Math.min(places.get(source)!, places.get(destination)!) };
      });
    });
    this.pairs = pairs.sort((a, b) => a.start - b.start);
    this.#ofPairs = new Map(pairs.flatMap((pair) => [pair.source, pair.destination].map((field) => [field, pair])));
  }

  /** All fields of an element, of the length of its type. */
  all(element: number): readonly LocatedField[] {
    return this.#sound.get(element) ?? [];
  }

  /**
   * The header that each field is of; undefined for one that is of none, but of the whole record, or of a header that
   * can't be told. A field that every header has is of the header of its place among its like; another belongs to the
   * only header of its family, or the addresses before it, unless all is of the `only` header there is.
   */
  owners(only: Pair | undefined): Owner[] {
    const seen = new Map<number, number>();
    let before = -1;
    return this.fields.map((field, index) => {
      while (before + 1 < this.pairs.length && this.pairs[before + 1].start < index) before++;
      if (!isSound(field)) return undefined;
      const place = seen.get(field.key) ?? 0;
      seen.set(field.key, place + 1);
      return this.#ownerOf(field, place, only ?? this.pairs[before]);
    });
  }

  #ownerOf(field: LocatedField, place: number, otherwise: Pair | undefined): Owner {
    const { key } = field;
    if (ADDRESSES.includes(key)) return this.#ofPairs.get(field) ?? NONE;
    const kind = KINDS.find(({ own }) => own.includes(key));
    if (!kind && !IN_HEADERS.includes(key)) return undefined;
    const ofKind = kind ? this.pairs.filter((pair) => pair.kind === kind) : [];
    if (kind && ofKind.length < 2) return ofKind[0] ?? NONE;
    return this.all(key).length >= this.pairs.length ? (this.pairs[place] ?? NONE) : otherwise;
  }
}
