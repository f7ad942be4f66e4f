/**
 * The attributes of flow spans: which elements become which attributes. README.md beside this file says it for
 * users. Elements that are not named here stand under `netflow.<name>`.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { isNameOf, PROFILE_NAMES } from '../../crds/spans/profiles.ts';
import {
  type AbstractDataType,
  findElement,
  findV9Element,
  REVERSE_PEN,
  vendorName,
} from '../decode/elements/elements.ts';
import type { Field, Template } from '../decode/template.ts';

/** One number for an element, to look it up by. */
export function elementKey(pen: number, id: number): number {
  return pen * 65_536 + id;
}

const reverse = (id: number): number => elementKey(REVERSE_PEN, id);

/** How an attribute is made from one element. */
type AttributeForm =
  | { form: 'plain' }
  /** The number's name; a number without one as text. */
  | { form: 'named'; names: Readonly<Record<number, string>> };

type FlowAttribute = AttributeForm & { attribute: string; sources: readonly number[] };

const plain = (attribute: string, ...sources: number[]): FlowAttribute => ({ form: 'plain', attribute, sources });

/** Attributes made from one element as it is, the first of `sources` that a record has. */
export const FLOW_ATTRIBUTES: readonly FlowAttribute[] = [
  plain('source.port', 7, 180, 182),
  plain('destination.port', 11, 181, 183),
  plain('flow.bytes.delta', 1, 231),
  plain('flow.packets.delta', 2, 298),
  plain('flow.bytes.total', 85),
  plain('flow.packets.total', 86),
  plain('flow.reverse.bytes.delta', reverse(1), 232),
  plain('flow.reverse.packets.delta', reverse(2), 299),
  plain('flow.reverse.bytes.total', reverse(85)),
  plain('flow.reverse.packets.total', reverse(86)),
  plain('flow.tcp.flags.bits', 6),
  plain('flow.reverse.tcp.flags.bits', reverse(6)),
  plain('flow.ip.ttl', 192),
  plain('flow.ip.flow_label', 31),
  plain('netflow.interface.ingress.index', 10),
  plain('netflow.interface.egress.index', 14),
  plain('source.as.number', 16),
  plain('destination.as.number', 17),
  plain('source.prefix.length', 9, 29),
  plain('destination.prefix.length', 13, 30),
  plain('netflow.vlan.id', 58, 243),
  plain('source.mac', 56),
  plain('destination.mac', 80),
  plain('netflow.application.name', 96),
  plain('netflow.nat.source.port', 227, 40_003),
  plain('netflow.nat.destination.port', 228, 40_004),
  {
    form: 'named',
    attribute: 'flow.end_reason',
    sources: [136],
    names: {
      1: 'idle_timeout',
      2: 'active_timeout',
      3: 'end_of_flow_detected',
      4: 'forced_end',
      5: 'lack_of_resources',
    },
  },
  {
    form: 'named',
    attribute: 'netflow.firewall.event',
    sources: [233, 40_005],
    names: { 0: 'ignore', 1: 'created', 2: 'deleted', 3: 'denied', 4: 'alert', 5: 'update' },
  },
];

/** Attributes of addresses, from elements of both families. 40001 to 40005 are Cisco's in v9 (ASA). */
export const ADDRESS_ATTRIBUTES = [
  { attribute: 'source.address', ipv4: [8], ipv6: 27 },
  { attribute: 'destination.address', ipv4: [12], ipv6: 28 },
  { attribute: 'netflow.next_hop.address', ipv4: [15], ipv6: 62 },
  { attribute: 'netflow.nat.source.address', ipv4: [225, 40_001], ipv6: 281 },
  { attribute: 'netflow.nat.destination.address', ipv4: [226, 40_002], ipv6: 282 },
] as const;

/** What a field is: its type, and the attribute it has when the profile does not name another. */
export function describeField(template: Template, field: Field): { attribute: string; type: AbstractDataType } {
  const element = template.version === 9 ? findV9Element(field.id) : findElement(field.pen, field.id);
  const pen = element?.pen ?? field.pen;
  const scope = pen === 0 ? '' : pen === REVERSE_PEN ? 'reverse.' : `${vendorName(pen) ?? pen}.`;
  const name = element?.name ?? (pen === 0 ? `element.${field.id}` : `${field.id}`);
  return { attribute: `netflow.${scope}${name}`, type: element?.type ?? 'octetArray' };
}

/** The name under which an attribute is sent, undefined when it is not. */
export type NameOf = (attribute: string) => string | undefined;

/**
 * What becomes of attributes, by their names here: the profile names them, then `include`, `exclude` and `rename` speak
 * of those names. A trailing `*` in a list stands for any rest.
 */
export function attributeNames({
  profile,
  attributes: { include, exclude, rename },
}: Pick<CollectorConfig['spans'], 'profile' | 'attributes'>): NameOf {
  const names = new Map(Object.entries(PROFILE_NAMES[profile]));
  const renamed = new Map(Object.entries(rename));
  const matches = (patterns: readonly string[], name: string): boolean =>
    patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  return (attribute) => {
    const name = names.get(attribute) ?? (isNameOf(profile, attribute) ? attribute : undefined);
    if (name === undefined || (include.length > 0 && !matches(include, name)) || matches(exclude, name))
      return undefined;
    return renamed.get(name) ?? name;
  };
}
