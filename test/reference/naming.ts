/** From the attributes of profile `flow` to those that a configuration asks for, as docs/spans.md has it. */
import { BlockList, isIP } from 'node:net';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Attributes, AttributeValue } from '../otlp/decode.ts';
import type { Packet } from './packet.ts';
import type { ElementRow } from './record.ts';
import type { Reception } from './spans.ts';
import type { FlowTimes } from './times.ts';
import { int } from './values.ts';

/** A row of the file of networks: a prefix, and values by column. */
export type NetworkRow = { prefix: string; values: Record<string, string> };

export type Naming = Pick<CollectorConfig, 'spans' | 'exporters'> & {
  networks: readonly NetworkRow[];
  elements: readonly ElementRow[];
};

/** What attributes are named by, beside themselves. */
export type FlowFacts = {
  packet: Packet;
  reception: Reception;
  times: FlowTimes;
  /** Indexes of the flow's interfaces. */
  ingress: bigint | undefined;
  egress: bigint | undefined;
};

const SAME = [
  'source.address',
  'source.port',
  'destination.address',
  'destination.port',
  'network.transport',
  'network.type',
];
const MINIMAL = [
  ...SAME,
  'peer.service',
  'service.peer.name',
  'netflow.exporter.address',
  'flow.bytes.estimate',
  'flow.packets.estimate',
  'flow.bytes.delta',
  'flow.bytes.total',
  'flow.packets.delta',
  'flow.packets.total',
  'flow.direction',
];

export function nameAttributes(all: Attributes, facts: FlowFacts, { spans, networks }: Naming): Attributes {
  const { include, exclude, rename, constants } = spans.attributes;
  const matches = (patterns: readonly string[], name: string) =>
    patterns.some((pattern) => name === pattern || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1))));
  const chosen = Object.entries(inProfile(spans.profile, all, facts))
    .filter(([name]) => (include.length === 0 || matches(include, name)) && !matches(exclude, name))
    .map(([name, value]) => [rename[name] ?? name, value] as const);
  const fixed = constants
    .filter((constant) => fits(constant, facts))
    .flatMap(({ attributes }) => Object.entries(attributes));
  const ends = ['source', 'destination'].flatMap((end) => {
    const address = all[`${end}.address`];
    const row = typeof address === 'string' ? longestMatch(networks, address) : undefined;
    const values = Object.entries(row?.values ?? {}).filter(([, value]) => value !== '');
    return values.map(([column, value]) => [`${end}.${column}`, value] as const);
  });
  return Object.fromEntries<AttributeValue>([...chosen, ...fixed, ...ends]);
}

/** What only profile `python` has. */
const OF_PYTHON = ['network.protocol.number', 'flow.tos'];
const RENAMED_IN_PYTHON: [theirs: string, ...ours: string[]][] = [
  ['flow.bytes', 'flow.bytes.delta', 'flow.bytes.total'],
  ['flow.packets', 'flow.packets.delta', 'flow.packets.total'],
  ['flow.tcp.flags', 'flow.tcp.flags.bits'],
  ['network.protocol.name', 'network.transport'],
  ['network.peer.address', 'destination.address'],
  ['network.peer.port', 'destination.port'],
  ['network.interface.name', 'netflow.interface.ingress.name'],
  ['netflow.interface.input', 'netflow.interface.ingress.index'],
  ['netflow.interface.output', 'netflow.interface.egress.index'],
  ['netflow.src_as', 'source.as.number'],
  ['netflow.dst_as', 'destination.as.number'],
  ['netflow.src_mask', 'source.prefix.length'],
  ['netflow.dst_mask', 'destination.prefix.length'],
  ['netflow.nexthop', 'netflow.next_hop.address'],
];
const SAME_IN_PYTHON = [
  ...SAME,
  ...OF_PYTHON,
  'client.address',
  'client.port',
  'server.address',
  'server.port',
  'netflow.exporter.address',
  'peer.service',
  'service.peer.name',
];

/** What only profile `full` has. */
const ON_REQUEST = ['client.port', 'flow.tcp.flags.tags', 'flow.community_id'];

function inProfile(profile: Naming['spans']['profile'], all: Attributes, facts: FlowFacts): Attributes {
  const without = (names: readonly string[]) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
  if (profile === 'full') return without(OF_PYTHON);
  if (profile === 'flow') return without([...OF_PYTHON, ...ON_REQUEST]);
  if (profile === 'minimal') return defined(Object.fromEntries(MINIMAL.map((name) => [name, all[name]])));
  const { packet, reception, times } = facts;
  const { version, sequence } = packet.header;
  if (profile === 'python') {
    const first = (names: readonly string[]) => names.map((name) => all[name]).find((value) => value !== undefined);
    return defined({
      ...Object.fromEntries(SAME_IN_PYTHON.map((name) => [name, all[name]])),
      ...Object.fromEntries(RENAMED_IN_PYTHON.map(([theirs, ...ours]) => [theirs, first(ours)])),
      'netflow.version': version === 'sflow' ? undefined : BigInt(version),
    });
  }
  return defined({
    ...Object.fromEntries(SAME.map((name) => [name, all[name]])),
    'flow.io.bytes': all['flow.bytes.delta'] ?? all['flow.bytes.total'],
    'flow.io.packets': all['flow.packets.delta'] ?? all['flow.packets.total'],
    'flow.tcp_flags': all['flow.tcp.flags.bits'],
    'flow.sampling_rate': all['flow.sampling.interval'],
    'flow.type': version === 'sflow' ? 'sflow_5' : version === 10 ? 'ipfix' : `netflow_v${version}`,
    'flow.sequence_num': sequence === undefined ? undefined : BigInt(sequence),
    'flow.time_received': BigInt(Math.round(reception.receivedMs)) * 1_000_000n,
    'flow.start': times.own && int(times.own.start),
    'flow.end': times.own && int(times.own.end),
    'flow.sampler_address': all['netflow.exporter.address'],
    'peer.service': all['peer.service'],
    'service.peer.name': all['service.peer.name'],
  });
}

function defined(attributes: Record<string, AttributeValue | undefined>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined),
  );
}

export function fits(
  {
    exporters,
    ingressInterfaces,
    egressInterfaces,
  }: Omit<Naming['spans']['attributes']['constants'][number], 'attributes'>,
  { reception, ingress, egress }: FlowFacts,
): boolean {
  const among = (interfaces: readonly number[], index: bigint | undefined) =>
    interfaces.length === 0 || interfaces.some((one) => BigInt(one) === index);
  const known = exporters.length === 0 || exporters.some((prefix) => contains(prefix, reception.source.address));
  return known && among(ingressInterfaces, ingress) && among(egressInterfaces, egress);
}

export function longestMatch(rows: readonly NetworkRow[], address: string): NetworkRow | undefined {
  const matching = rows.filter(({ prefix }) => contains(prefix, address));
  return matching.sort((a, b) => bitsOf(b.prefix) - bitsOf(a.prefix))[0];
}

export function contains(prefix: string, address: string): boolean {
  const [network] = prefix.split('/');
  if (isIP(network) !== isIP(address)) return false;
  const family = isIP(network) === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, bitsOf(prefix), family);
  return list.check(address, family);
}

function bitsOf(prefix: string): number {
  const [network, bits] = prefix.split('/');
  return Number(bits ?? (isIP(network) === 4 ? 32 : 128));
}
