/** The attributes of flows that expressions may name, by the names that they have in spans, and their types in CEL. */

export type AttributeType = 'int' | 'double' | 'string' | 'bool' | 'dyn';

const TYPES: Record<string, AttributeType> = {
  'source.address': 'string',
  'source.port': 'int',
  'source.as.number': 'int',
  'source.prefix.length': 'int',
  'source.mac': 'string',
  'destination.address': 'string',
  'destination.port': 'int',
  'destination.as.number': 'int',
  'destination.prefix.length': 'int',
  'destination.mac': 'string',
  'network.transport': 'string',
  'network.type': 'string',
  'flow.direction': 'string',
  'flow.bytes.delta': 'int',
  'flow.packets.delta': 'int',
  'flow.bytes.total': 'int',
  'flow.packets.total': 'int',
  'flow.reverse.bytes.delta': 'int',
  'flow.reverse.packets.delta': 'int',
  'flow.reverse.bytes.total': 'int',
  'flow.reverse.packets.total': 'int',
  'flow.tcp.flags.bits': 'int',
  'flow.reverse.tcp.flags.bits': 'int',
  'flow.ip.dscp.id': 'int',
  'flow.ip.ecn.id': 'int',
  'flow.ip.ttl': 'int',
  'flow.ip.flow_label': 'int',
  'flow.icmp.type.id': 'int',
  'flow.icmp.code.id': 'int',
  'flow.end_reason': 'string',
  'flow.sampling.interval': 'int',
  'netflow.version': 'int',
  'netflow.exporter.address': 'string',
  'netflow.exporter.port': 'int',
  'netflow.observation_domain.id': 'int',
  'netflow.interface.ingress.index': 'int',
  'netflow.interface.egress.index': 'int',
  'netflow.next_hop.address': 'string',
  'netflow.vlan.id': 'int',
  'netflow.application.id': 'string',
  'netflow.application.name': 'string',
  'netflow.firewall.event': 'string',
  'netflow.nat.source.address': 'string',
  'netflow.nat.source.port': 'int',
  'netflow.nat.destination.address': 'string',
  'netflow.nat.destination.port': 'int',
  'netflow.flow.start': 'int',
  'netflow.flow.end': 'int',
  'netflow.time.source': 'string',
};

/** Names that attributes begin with. */
export const GROUPS: ReadonlySet<string> = new Set(Object.keys(TYPES).map((name) => name.split('.')[0]));

/** All attributes with a type of their own. */
export const ATTRIBUTES: readonly string[] = Object.keys(TYPES);

/**
 * The type of an attribute, undefined when there is none of that name. Elements without an attribute of their own stand
 * under `netflow.`, with types that only their template tells.
 */
export function attributeType(name: string): AttributeType | undefined {
  if (Object.hasOwn(TYPES, name)) return TYPES[name];
  const isGroup = ATTRIBUTES.some((known) => known.startsWith(`${name}.`));
  return name.startsWith('netflow.') && !isGroup ? 'dyn' : undefined;
}

/** What there is in place of a name that no attribute has: the attributes next to it, below it, or that end alike. */
export function namesNear(name: string): readonly string[] {
  const group = name.slice(0, name.lastIndexOf('.') + 1);
  const last = name.slice(group.length);
  const choices = [
    group === '' ? [] : ATTRIBUTES.filter((known) => known.startsWith(group)),
    ATTRIBUTES.filter((known) => known.startsWith(`${name}.`)),
    ATTRIBUTES.filter((known) => known.endsWith(`.${last}`)),
  ];
  const few = choices.find(({ length }) => length > 0 && length <= MAX_NAMES);
  return few ?? [...GROUPS].map((root) => `${root}.…`);
}

/** Names in a message. */
const MAX_NAMES = 8;
