/**
 * The attributes of flow spans, a row for each: what it is called, what it is made of, which profiles have it. What
 * else lists attributes is made from this table: plans, columns and types of the selection, profiles, checks of names,
 * documents. Spans have plain and named attributes in the order of the rows. Where a profile calls two attributes the
 * same, the first that a record has is sent.
 */
import type { Attribute } from './attribute.ts';

const ALL = { flow: true, netflowreceiver: true, minimal: true, python: true } as const;
const RECEIVER_ONLY = { netflowreceiver: true } as const;
const PYTHON_ONLY = { python: true } as const;
const ON_REQUEST = { full: true } as const;
const IN_FLOW_AND_PYTHON = { flow: true, python: true } as const;
const inPython = (name: string) => ({ flow: true, python: name }) as const;
const counter = (inReceiver: string, inPython: string) =>
  ({ flow: true, netflowreceiver: inReceiver, minimal: true, python: inPython }) as const;

const END_REASONS = {
  1: 'idle_timeout',
  2: 'active_timeout',
  3: 'end_of_flow_detected',
  4: 'forced_end',
  5: 'lack_of_resources',
};
const FIREWALL_EVENTS = { 0: 'ignore', 1: 'created', 2: 'deleted', 3: 'denied', 4: 'alert', 5: 'update' };

/** A zero says that there is none. */
const NEVER = { beside: [] };
const OF_TCP = { protocol: 6 };
/** A length of 0 is the default route's, which has a next hop. */
const BY_NEXT_HOP = { beside: [15, 62] };

const ICMP = '32, 139, 11 (type × 256 + code)';
const OF_ICMP = 'of protocols 1 and 58 only';
const OUTER = 'the header around the flow’s: see above';
const OUTERS = 'an array if there are several';
const byDirection = (forward: string, reverse: string) => `\`${forward}\` (forward), \`${reverse}\` (reverse)`;
const OF_SERVICES = '`spans.services`, in flows between them';
const DIRECTION_KNOWN = 'when the direction is known';
const NOT_OWN_TIMES = 'when the span has other times';
/** Of both interfaces and both VRFs of a flow. */
const INGRESS = [10, 252];
const EGRESS = [14, 253];
const estimate = {
  type: 'int',
  form: 'computed',
  profiles: { flow: true, minimal: true },
  note: 'with `exporters.scale` only',
} as const;
const joined = { type: 'string', form: 'joined', sources: [] } as const;
const MAC = '`aa:bb:cc:dd:ee:ff`';

const ROWS = [
  { name: 'source.address', type: 'string', form: 'address', ipv4: [8], ipv6: [27], profiles: ALL },
  { name: 'source.port', type: 'int', form: 'port', any: 7, udp: 180, tcp: 182, profiles: ALL },
  { name: 'destination.address', type: 'string', form: 'address', ipv4: [12], ipv6: [28], profiles: ALL },
  { name: 'destination.port', type: 'int', form: 'port', any: 11, udp: 181, tcp: 183, profiles: ALL },
  {
    name: 'network.transport',
    type: 'string',
    form: 'computed',
    from: '4; ICMP, where a record has its elements, no protocol and no ports',
    profiles: ALL,
    note: 'IANA’s keyword in lower case, `protocol_<number>` where there is none',
  },
  {
    name: 'network.type',
    type: 'string',
    form: 'computed',
    from: '60, or the family of the addresses',
    profiles: ALL,
    note: '`ipv4`, `ipv6`',
  },
  {
    name: 'flow.direction',
    type: 'string',
    form: 'computed',
    from: 'see above',
    profiles: { flow: true, minimal: true },
    note: '`forward`, `reverse`, `unknown`',
  },
  {
    name: 'client.address',
    type: 'string',
    form: 'computed',
    from: byDirection('source.address', 'destination.address'),
    profiles: IN_FLOW_AND_PYTHON,
    note: DIRECTION_KNOWN,
  },
  {
    name: 'client.port',
    type: 'int',
    form: 'computed',
    from: byDirection('source.port', 'destination.port'),
    profiles: { full: true, python: true },
    note: DIRECTION_KNOWN,
  },
  {
    name: 'server.address',
    type: 'string',
    form: 'computed',
    from: byDirection('destination.address', 'source.address'),
    profiles: IN_FLOW_AND_PYTHON,
    note: DIRECTION_KNOWN,
  },
  {
    name: 'server.port',
    type: 'int',
    form: 'computed',
    from: byDirection('destination.port', 'source.port'),
    profiles: IN_FLOW_AND_PYTHON,
    note: DIRECTION_KNOWN,
  },
  {
    name: 'flow.bytes.delta',
    type: 'int',
    form: 'plain',
    sources: [1, 231, 23, 352],
    profiles: counter('flow.io.bytes', 'flow.bytes'),
  },
  {
    name: 'flow.packets.delta',
    type: 'int',
    form: 'plain',
    sources: [2, 298, 24],
    profiles: counter('flow.io.packets', 'flow.packets'),
  },
  {
    name: 'flow.bytes.total',
    type: 'int',
    form: 'plain',
    sources: [85, 171, 353],
    profiles: counter('flow.io.bytes', 'flow.bytes'),
  },
  {
    name: 'flow.packets.total',
    type: 'int',
    form: 'plain',
    sources: [86, 172],
    profiles: counter('flow.io.packets', 'flow.packets'),
  },
  { name: 'flow.bytes.estimate', ...estimate, from: '`flow.bytes.delta` × the sampling interval, rounded' },
  { name: 'flow.packets.estimate', ...estimate, from: '`flow.packets.delta` × the sampling interval, rounded' },
  {
    name: 'flow.reverse.bytes.delta',
    type: 'int',
    form: 'plain',
    sources: [{ reverse: 1 }, 232, { reverse: 23 }, { reverse: 352 }],
  },
  { name: 'flow.reverse.packets.delta', type: 'int', form: 'plain', sources: [{ reverse: 2 }, 299, { reverse: 24 }] },
  {
    name: 'flow.reverse.bytes.total',
    type: 'int',
    form: 'plain',
    sources: [{ reverse: 85 }, { reverse: 171 }, { reverse: 353 }],
  },
  { name: 'flow.reverse.packets.total', type: 'int', form: 'plain', sources: [{ reverse: 86 }, { reverse: 172 }] },
  {
    name: 'flow.tcp.flags.bits',
    type: 'int',
    form: 'plain',
    sources: [6],
    zero: OF_TCP,
    profiles: { flow: true, netflowreceiver: 'flow.tcp_flags', python: 'flow.tcp.flags' },
  },
  { name: 'flow.reverse.tcp.flags.bits', type: 'int', form: 'plain', sources: [{ reverse: 6 }], zero: OF_TCP },
  {
    name: 'flow.tcp.flags.tags',
    type: 'string',
    form: 'computed',
    from: 'the lower eight bits of `flow.tcp.flags.bits`',
    profiles: ON_REQUEST,
    note: 'array of `fin`, `syn`, `rst`, `psh`, `ack`, `urg`, `ece`, `cwr`; left out when empty',
  },
  {
    name: 'flow.community_id',
    type: 'string',
    form: 'computed',
    from: 'addresses, ports, protocol, ICMP’s type and code',
    profiles: ON_REQUEST,
    note: 'Community ID v1, of seed 0',
  },
  { name: 'flow.ip.dscp.id', type: 'int', form: 'computed', from: '5 (upper six bits), 195' },
  { name: 'flow.ip.ecn.id', type: 'int', form: 'computed', from: '5 (lower two bits)', note: 'left out when 0' },
  { name: 'flow.ip.ttl', type: 'int', form: 'plain', sources: [192] },
  { name: 'flow.ip.flow_label', type: 'int', form: 'plain', sources: [31], zero: NEVER },
  { name: 'flow.icmp.type.id', type: 'int', form: 'computed', from: `176, 178; ${ICMP}`, note: OF_ICMP },
  { name: 'flow.icmp.code.id', type: 'int', form: 'computed', from: `177, 179; ${ICMP}`, note: OF_ICMP },
  {
    name: 'flow.sampling.interval',
    type: 'int',
    form: 'computed',
    from: '50; 34; (305 + 306) / 305; 310 / 309; 1 / 311; (307 + 308) / 307; options data, v5 header: see below',
    profiles: { flow: true, netflowreceiver: 'flow.sampling_rate' },
    note: 'rounded; left out when it is not known',
  },
  {
    name: 'flow.sampling.probability',
    type: 'double',
    form: 'computed',
    from: 'the selection',
    profiles: ALL,
    note: 'of sampled flows only',
    afterSelection: true,
  },
  { name: 'netflow.version', type: 'int', form: 'of packet', profiles: PYTHON_ONLY },
  {
    name: 'netflow.exporter.address',
    type: 'string',
    form: 'computed',
    from: 'the source of the packet',
    profiles: { ...IN_FLOW_AND_PYTHON, netflowreceiver: 'flow.sampler_address', minimal: true },
  },
  { name: 'netflow.exporter.port', type: 'int', form: 'of packet' },
  { name: 'netflow.observation_domain.id', type: 'int', form: 'of packet' },
  {
    name: 'netflow.interface.ingress.index',
    type: 'int',
    form: 'plain',
    sources: INGRESS,
    zero: { beside: EGRESS },
    profiles: inPython('netflow.interface.input'),
  },
  {
    name: 'netflow.interface.ingress.name',
    ...joined,
    of: 'interface',
    by: INGRESS,
    value: 'name',
    told: 82,
    profiles: inPython('network.interface.name'),
  },
  {
    name: 'netflow.interface.ingress.description',
    ...joined,
    of: 'interface',
    by: INGRESS,
    value: 'description',
    told: 83,
  },
  {
    name: 'netflow.interface.egress.index',
    type: 'int',
    form: 'plain',
    sources: EGRESS,
    zero: { beside: INGRESS },
    profiles: inPython('netflow.interface.output'),
  },
  { name: 'netflow.interface.egress.name', ...joined, of: 'interface', by: EGRESS, value: 'name', told: 82 },
  {
    name: 'netflow.interface.egress.description',
    ...joined,
    of: 'interface',
    by: EGRESS,
    value: 'description',
    told: 83,
  },
  { name: 'netflow.vrf.ingress.name', ...joined, of: 'vrf', by: [234], value: 'name', told: 236 },
  {
    name: 'netflow.vrf.ingress.route_distinguisher',
    ...joined,
    of: 'vrf',
    by: [234],
    value: 'distinguisher',
    told: 90,
    note: 'as RFC 4364 writes it: `65000:12`',
  },
  { name: 'netflow.vrf.egress.name', ...joined, of: 'vrf', by: [235], value: 'name', told: 236 },
  {
    name: 'netflow.vrf.egress.route_distinguisher',
    ...joined,
    of: 'vrf',
    by: [235],
    value: 'distinguisher',
    told: 90,
    note: 'the same',
  },
  {
    name: 'source.as.number',
    type: 'int',
    form: 'plain',
    sources: [16],
    zero: NEVER,
    profiles: inPython('netflow.src_as'),
  },
  {
    name: 'destination.as.number',
    type: 'int',
    form: 'plain',
    sources: [17],
    zero: NEVER,
    profiles: inPython('netflow.dst_as'),
  },
  {
    name: 'source.prefix.length',
    type: 'int',
    form: 'plain',
    sources: [9, 29],
    zero: BY_NEXT_HOP,
    profiles: inPython('netflow.src_mask'),
  },
  {
    name: 'destination.prefix.length',
    type: 'int',
    form: 'plain',
    sources: [13, 30],
    zero: BY_NEXT_HOP,
    profiles: inPython('netflow.dst_mask'),
  },
  {
    name: 'netflow.next_hop.address',
    type: 'string',
    form: 'address',
    ipv4: [15],
    ipv6: [62],
    zero: NEVER,
    profiles: inPython('netflow.nexthop'),
  },
  { name: 'netflow.vlan.id', type: 'int', form: 'plain', sources: [58, 243], zero: NEVER },
  { name: 'source.mac', type: 'string', form: 'plain', sources: [56], zero: NEVER, note: MAC },
  { name: 'destination.mac', type: 'string', form: 'plain', sources: [80], zero: NEVER, note: MAC },
  {
    name: 'netflow.application.id',
    type: 'string',
    form: 'computed',
    from: '95',
    note: '`<engine>:<selector>`, of engine 20 `20:<PEN>:<selector>` (RFC 6759), decimal',
  },
  { name: 'netflow.application.name', ...joined, sources: [96], of: 'application', by: [95], value: 'name', told: 96 },
  {
    name: 'netflow.application.description',
    ...joined,
    sources: [94],
    of: 'application',
    by: [95],
    value: 'description',
    told: 94,
  },
  // From 40001 on, v9 field types of Cisco's ASA.
  {
    name: 'netflow.nat.source.address',
    type: 'string',
    form: 'address',
    ipv4: [225, 40_001],
    ipv6: [281],
    zero: NEVER,
  },
  { name: 'netflow.nat.source.port', type: 'int', form: 'plain', sources: [227, 40_003], zero: NEVER },
  {
    name: 'netflow.nat.destination.address',
    type: 'string',
    form: 'address',
    ipv4: [226, 40_002],
    ipv6: [282],
    zero: NEVER,
  },
  { name: 'netflow.nat.destination.port', type: 'int', form: 'plain', sources: [228, 40_004], zero: NEVER },
  { name: 'flow.end_reason', type: 'string', form: 'named', sources: [136], names: END_REASONS, zero: NEVER },
  { name: 'netflow.firewall.event', type: 'string', form: 'named', sources: [233, 40_005], names: FIREWALL_EVENTS },
  {
    name: 'netflow.tunnel.type',
    type: 'string',
    form: 'computed',
    from: OUTER,
    note: `as \`network.transport\`, \`vxlan\` and others by the port of UDP, or \`srv6\`; ${OUTERS}`,
  },
  { name: 'netflow.tunnel.source.address', type: 'string', form: 'computed', from: OUTER, note: OUTERS },
  {
    name: 'netflow.tunnel.source.port',
    type: 'int',
    form: 'computed',
    from: OUTER,
    note: `left out when 0; ${OUTERS}`,
  },
  { name: 'netflow.tunnel.destination.address', type: 'string', form: 'computed', from: OUTER, note: OUTERS },
  {
    name: 'netflow.tunnel.destination.port',
    type: 'int',
    form: 'computed',
    from: OUTER,
    note: `left out when 0; ${OUTERS}`,
  },
  { name: 'netflow.flow.start', type: 'int', form: 'computed', from: NOT_OWN_TIMES, note: 'Unix nanoseconds' },
  { name: 'netflow.flow.end', type: 'int', form: 'computed', from: NOT_OWN_TIMES, note: 'Unix nanoseconds' },
  {
    name: 'netflow.time.source',
    type: 'string',
    form: 'computed',
    from: NOT_OWN_TIMES,
    note: '`corrected`, `clamped`, `repaired`, `absurd`, `duration`, `received`, `absent`',
  },
  {
    name: 'netflow.list.error',
    type: 'string',
    form: 'computed',
    from: 'lists that were not read to their end',
    note: '`list_malformed`, `list_template_missing`, `list_limit`',
  },
  {
    name: 'peer.service',
    type: 'string',
    form: 'computed',
    from: OF_SERVICES,
    profiles: ALL,
    note: 'the server’s',
    afterSelection: true,
  },
  {
    name: 'service.peer.name',
    type: 'string',
    form: 'computed',
    from: OF_SERVICES,
    profiles: ALL,
    note: 'the same',
    afterSelection: true,
  },
  {
    name: 'network.protocol.name',
    type: 'string',
    form: 'computed',
    from: '`network.transport`',
    profiles: PYTHON_ONLY,
    note: 'the same keyword',
  },
  { name: 'network.protocol.number', type: 'int', form: 'computed', from: '4', profiles: PYTHON_ONLY },
  {
    name: 'network.peer.address',
    type: 'string',
    form: 'computed',
    from: '`destination.address`',
    profiles: PYTHON_ONLY,
  },
  { name: 'network.peer.port', type: 'int', form: 'computed', from: '`destination.port`', profiles: PYTHON_ONLY },
  { name: 'flow.tos', type: 'int', form: 'computed', from: '5', profiles: PYTHON_ONLY },
  {
    name: 'flow.type',
    type: 'string',
    form: 'computed',
    from: '`netflow.version` of the packet',
    profiles: RECEIVER_ONLY,
    note: '`netflow_v1`, `netflow_v5`, `netflow_v7`, `netflow_v9`, `ipfix`, `sflow_5`',
  },
  {
    name: 'flow.sequence_num',
    type: 'int',
    form: 'computed',
    from: '`netflow.sequence` of the packet',
    profiles: RECEIVER_ONLY,
    note: 'absent for v1',
  },
  {
    name: 'flow.time_received',
    type: 'int',
    form: 'computed',
    from: 'reception',
    profiles: RECEIVER_ONLY,
    note: 'Unix nanoseconds',
  },
  {
    name: 'flow.start',
    type: 'int',
    form: 'computed',
    from: 'the flow’s own times, whatever times its span has',
    profiles: RECEIVER_ONLY,
    note: 'Unix nanoseconds',
  },
  {
    name: 'flow.end',
    type: 'int',
    form: 'computed',
    from: 'the flow’s own times, whatever times its span has',
    profiles: RECEIVER_ONLY,
    note: 'Unix nanoseconds',
  },
] as const satisfies readonly Attribute[];

/** The name of a row. */
export type AttributeName = (typeof ROWS)[number]['name'];

export const ATTRIBUTES: readonly (Attribute & { name: AttributeName })[] = ROWS;
