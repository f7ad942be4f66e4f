/**
 * The table of attributes as plans and the selection need it: by elements' keys, and by the names that a configuration
 * comes to. Elements that the table does not name stand under `netflow.<name>`.
 */
import type { JoinedKind, JoinedValue, Source, ZeroRule } from '../../crds/attributes/attribute.ts';
import { ATTRIBUTES, type AttributeName } from '../../crds/attributes/table.ts';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { PROFILE_NAMES, WITH_ELEMENTS } from '../../crds/spans/profiles.ts';
import {
  type AbstractDataType,
  type Element,
  findElement,
  findV9Element,
  REVERSE_PEN,
  vendorName,
} from '../decode/elements/elements.ts';
import type { Field, Template } from '../decode/template.ts';

/** Field types of v9 from here on are vendors' own. */
const V9_VENDORS = 32_768;

/** One number for an element, to look it up by. */
export function elementKey(pen: number, id: number): number {
  return pen * 65_536 + id;
}

function keyOf(source: Source): number {
  return typeof source === 'number' ? elementKey(0, source) : elementKey(REVERSE_PEN, source.reverse);
}

/** An attribute that is made from one element: the first of `sources`, keys of elements, that is not zero. */
export type ElementAttribute = {
  attribute: AttributeName;
  sources: readonly number[];
  zero?: ZeroRule | undefined;
  /** Names of numbers, where the attribute is the name. */
  names?: Readonly<Record<number, string>>;
};

/** The plain and the named attributes of the table, and those that options data tell where a record does not. */
export const ELEMENT_ATTRIBUTES: readonly ElementAttribute[] = ATTRIBUTES.flatMap((row) => {
  if (row.form !== 'plain' && row.form !== 'named' && row.form !== 'joined') return [];
  const names = row.form === 'named' ? { names: row.names } : {};
  return [{ attribute: row.name, sources: row.sources.map(keyOf), zero: row.zero, ...names }];
});

/** An attribute that options data tell of what a record names, unless it has one of `sources` itself. */
export type JoinedAttribute = {
  attribute: AttributeName;
  of: JoinedKind;
  by: readonly number[];
  value: JoinedValue;
  sources: readonly number[];
};

export const JOINED_ATTRIBUTES: readonly JoinedAttribute[] = ATTRIBUTES.flatMap((row) => {
  if (row.form !== 'joined') return [];
  const { name: attribute, of, by, value, sources } = row;
  return [{ attribute, of, by, value, sources: sources.map(keyOf) }];
});

/** An attribute that is a port, by the keys of its elements: for any protocol, for UDP, for TCP. */
export type PortAttribute = { attribute: AttributeName; any: number; udp: number; tcp: number };

/** Of both ends of a flow. */
export const PORT_ATTRIBUTES: readonly PortAttribute[] = ATTRIBUTES.flatMap((row) =>
  row.form === 'port' ? [{ attribute: row.name, any: row.any, udp: row.udp, tcp: row.tcp }] : [],
);

/** An attribute that is an address, from elements of both families. */
export type AddressAttribute = ElementAttribute & { ipv4: readonly number[]; ipv6: readonly number[] };

export const ADDRESS_ATTRIBUTES: readonly AddressAttribute[] = ATTRIBUTES.flatMap((row) => {
  if (row.form !== 'address') return [];
  const [ipv4, ipv6] = [row.ipv4.map(keyOf), row.ipv6.map(keyOf)];
  return [{ attribute: row.name, sources: [...ipv4, ...ipv6], ipv4, ipv6, zero: row.zero }];
});

/** Of both ends of a flow. */
export const END_ADDRESSES = (['source.address', 'destination.address'] as const).map(
  (end) => ADDRESS_ATTRIBUTES.find(({ attribute }) => attribute === end)!,
);

/** The keys of the elements that an attribute is made from. */
export function sourcesOf(name: AttributeName): readonly number[] {
  return ELEMENT_ATTRIBUTES.find(({ attribute }) => attribute === name)!.sources;
}

/** Elements, beside addresses, of which a zero says nothing, also where they stand under their own names. */
const WITHOUT_ZERO: readonly number[] = [
  ...[...ELEMENT_ATTRIBUTES, ...ADDRESS_ATTRIBUTES].flatMap(({ sources, zero }) =>
    zero && 'beside' in zero ? sources : [],
  ),
  // Type and prefix length of an MPLS label; a sampler, and how it samples; VLANs; EtherType; neighbouring autonomous
  // systems; type of IGMP.
  ...[46, 91, 48, 35, 49, 304, 59, 245, 254, 255, 256, 128, 129, 33],
  // Forwarding status and NAT event; access lists of Cisco's ASA.
  ...[89, 230, 33_000, 33_001],
];
const SILENT: ReadonlySet<number> = new Set([
  ...WITHOUT_ZERO,
  ...WITHOUT_ZERO.filter((key) => key < V9_VENDORS).map((id) => elementKey(REVERSE_PEN, id)),
  ...PORT_ATTRIBUTES.flatMap(({ any, udp, tcp }) => [any, udp, tcp]),
  // Protocol, class of service and flags, which are attributes where they are of the flow; ICMP.
  ...[4, 5, 195, 6, 32, 139, 176, 177, 178, 179],
]);
/** Elements that attributes are made from. */
const SOURCES: ReadonlySet<number> = new Set([
  ...[...ELEMENT_ATTRIBUTES, ...ADDRESS_ATTRIBUTES].flatMap(({ sources }) => sources),
  ...PORT_ATTRIBUTES.flatMap(({ any, udp, tcp }) => [any, udp, tcp]),
]);

/** Whether an attribute of the table is made from an element. */
export function hasAttribute(key: number): boolean {
  return SOURCES.has(key);
}

const ADDRESS_TYPES: readonly AbstractDataType[] = ['ipv4Address', 'ipv6Address', 'macAddress'];

/** Whether nothing is said by an element's value of zeros. */
export function isSilentWhenZero({ key, type }: { key: number; type: AbstractDataType }): boolean {
  return SILENT.has(key) || ADDRESS_TYPES.includes(type);
}

/** What spans call an element that has no attribute of its own, such as `netflow.postVlanId`. */
export type ElementName = string & { readonly [isElementName]: true };
declare const isElementName: unique symbol;

/** What names of elements that have no attribute of their own begin with. */
export const NETFLOW = 'netflow.';

/** The element of a field, if the registry has it. */
export function registeredElement(
  { version }: Pick<Template, 'version'>,
  { pen, id }: Pick<Field, 'pen' | 'id'>,
): Element | undefined {
  return version === 9 ? findV9Element(id) : findElement(pen, id);
}

/** What a field is: its type, and the attribute it has when the profile does not name another. */
export function describeField(
  template: Pick<Template, 'version' | 'named'>,
  field: Pick<Field, 'pen' | 'id'>,
): { attribute: ElementName; type: AbstractDataType } {
  const named = template.named?.byKey.get(elementKey(field.pen, field.id));
  if (named) return { attribute: named.attribute as ElementName, type: named.type };
  const element = registeredElement(template, field);
  const pen = element?.pen ?? field.pen;
  const scope = pen === 0 ? '' : pen === REVERSE_PEN ? 'reverse.' : `${vendorName(pen) ?? pen}.`;
  const name = element?.name ?? (pen === 0 ? `element.${field.id}` : `${field.id}`);
  return { attribute: `${NETFLOW}${scope}${name}` as ElementName, type: element?.type ?? 'octetArray' };
}

/** The name under which an attribute is sent, undefined when it is not. */
export type NameOf = (attribute: AttributeName | ElementName) => string | undefined;

const IN_TABLE: ReadonlySet<string> = new Set(ATTRIBUTES.map(({ name }) => name));

/**
 * What becomes of attributes, by their names here: the profile names them, then `include`, `exclude` and `rename` speak
 * of those names. A trailing `*` in a list stands for any rest.
 */
export function attributeNames({
  profile,
  attributes: { include, exclude, rename },
}: Pick<CollectorConfig['spans'], 'profile' | 'attributes'>): NameOf {
  const names = PROFILE_NAMES[profile];
  const renamed = new Map(Object.entries(rename));
  const matches = (patterns: readonly string[], name: string): boolean =>
    patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  return (attribute) => {
    const isElement = !IN_TABLE.has(attribute);
    const name = isElement && WITH_ELEMENTS.includes(profile) ? attribute : names.get(attribute);
    if (name === undefined || (include.length > 0 && !matches(include, name)) || matches(exclude, name))
      return undefined;
    return renamed.get(name) ?? name;
  };
}
