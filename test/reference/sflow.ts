/**
 * sFlow version 5 as one reads its specifications: each sample an object, its records read in their order. Samples of
 * packets come out as values of IPFIX elements, and of those that `sflow.csv` names; lists as attributes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attributes } from '../otlp/decode.ts';
import { type FieldValue, type FlowRecord, Malformed, type Packet } from './packet.ts';
import { fieldsOf, headersOf, PPP } from './sections.ts';

const PEN = 14706;
const CSV = join(import.meta.dirname, '../../collector/decode/elements/data/sflow.csv');
const IDS = new Map(
  readFileSync(CSV, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => [row.split(',')[1], Number(row.split(',')[0])]),
);
const MAX_TEXT = 254;

/** Reads XDR from the front; what is not there reads as zeros, and nothing is behind it. */
class Xdr {
  rest: Buffer;
  /** What the lists come to that are read from here. */
  readonly lists: Attributes;
  constructor(bytes: Buffer, lists: Attributes) {
    this.rest = bytes;
    this.lists = lists;
  }
  bytes(length: number): Buffer {
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(Math.ceil(length / 4) * 4);
    return taken;
  }
  u32(): number {
    const word = this.bytes(4);
    return word.length === 4 ? word.readUInt32BE() : 0;
  }
  /** As many numbers as the list says, or as are there. */
  list(): number[] {
    const count = this.u32();
    const numbers: number[] = [];
    while (numbers.length < count && this.rest.length >= 4) numbers.push(this.u32());
    return numbers;
  }
  /** Tells a list: as many items, each of some bytes, as find room behind five that say what they are. */
  tell<Item extends bigint | string>(name: string, items: readonly Item[], size: (item: Item) => number): void {
    let room = MAX_TEXT - 5;
    const beyond = items.findIndex((item) => {
      room -= size(item);
      return room < 0;
    });
    const told = beyond < 0 ? items : items.slice(0, beyond);
    if (told.length > 0) this.lists[`netflow.sflow.${name}`] = [...told];
  }
  address(): Buffer | undefined {
    const length = { 1: 4, 2: 16 }[this.u32()];
    return length === undefined || this.rest.length < length ? undefined : this.bytes(length);
  }
}

type Names = string | number;
const value = (name: Names, bytes: ArrayLike<number>, variable = false): FieldValue => {
  const isOwn = typeof name === 'string';
  const id = isOwn ? IDS.get(name)! : name;
  return { pen: isOwn ? PEN : 0, id, bytes: Uint8Array.from(bytes), variable };
};
/** Zero where it is too much for the element. */
const number = (name: Names, of: number, length = 4): FieldValue =>
  value(
    name,
    Array.from({ length }, (_, index) => (of < 256 ** length ? Math.floor(of / 256 ** (length - 1 - index)) % 256 : 0)),
  );
const text = (name: Names, of: Buffer | string): FieldValue => value(name, Buffer.from(of).subarray(0, MAX_TEXT), true);
const address = (of: Buffer | undefined, ipv4: number, ipv6: number): FieldValue[] =>
  of ? [value(of.length === 4 ? ipv4 : ipv6, of)] : [];

type Structure = { shortest: number; read: (xdr: Xdr, size: number) => FieldValue[] };

function gateway(xdr: Xdr): FieldValue[] {
  const nextHop = address(xdr.address(), 18, 63);
  const own = [number('routerAsNumber', xdr.u32()), number(16, xdr.u32()), number(129, xdr.u32())];
  const path: number[] = [];
  const inSets: number[] = [];
  for (let left = xdr.u32(); left > 0 && xdr.rest.length > 0; left--) {
    const isSet = xdr.u32() === 1;
    const numbers = xdr.list();
    path.push(...numbers);
    if (isSet) inSets.push(...numbers);
  }
  xdr.tell('destinationAsPath', path.map(BigInt), () => 4);
  xdr.tell('destinationAsSet', inSets.map(BigInt), () => 4);
  const communities = xdr.list().map((one) => `${Math.floor(one / 65_536)}:${one % 65_536}`);
  xdr.tell('communities', communities, (text) => 1 + text.length);
  return [
    ...nextHop,
    ...own,
    number(128, path.find((as) => as > 0) ?? 0),
    number(17, path.at(-1) ?? 0),
    number('localPreference', xdr.u32()),
  ];
}

function tellLabels(name: string, xdr: Xdr): void {
  const labels = xdr.list().map((entry) => BigInt(Math.floor(entry / 4_096)));
  xdr.tell(name, labels, () => 4);
}

function mac(name: string, xdr: Xdr, isPacked = false): FieldValue {
  if (!isPacked) {
    const bytes = xdr.bytes(6);
    return value(name, bytes.length === 6 ? bytes : Buffer.alloc(6));
  }
  const bytes = xdr.rest.subarray(0, 6);
  xdr.rest = xdr.rest.subarray(6);
  return value(name, bytes);
}

function hyper(name: string, xdr: Xdr): FieldValue {
  const [high, low] = [xdr.u32(), xdr.u32()];
  return value(name, [...number(name, high).bytes, ...number(name, low).bytes]);
}

const numbers =
  (...names: [Names, number?][]) =>
  (xdr: Xdr) =>
    names.map(([name, length]) => number(name, xdr.u32(), length));
const string = (xdr: Xdr) => xdr.bytes(xdr.u32());
const named = (name: string) => (xdr: Xdr) => [
  text(`${name}Name`, string(xdr)),
  ...numbers([`${name}Id`], [`${name}Cos`])(xdr),
];
const tunnel = (xdr: Xdr, size: number): FieldValue[] => {
  xdr.u32();
  return [mac('tunnelSourceMac', xdr, size === 20), mac('tunnelDestinationMac', xdr, size === 20)];
};
const wlan = (xdr: Xdr, isPacked: boolean) => [
  text(147, string(xdr)),
  mac('wlanBssid', xdr, isPacked),
  number('wlanVersion', xdr.u32(), 1),
];

const STRUCTURES: Record<number, Structure> = {
  1001: {
    shortest: 16,
    read: (xdr) => {
      const known = (name: Names, length: number, of: number) => (of === 2 ** 32 - 1 ? [] : [number(name, of, length)]);
      return [
        ...[...known(58, 2, xdr.u32()), ...known(244, 1, xdr.u32())],
        ...[...known(59, 2, xdr.u32()), ...known('egressPriority', 1, xdr.u32())],
      ];
    },
  },
  1002: {
    shortest: 12,
    read: (xdr) => {
      const nextHop = xdr.address();
      const [source, destination] = nextHop?.length === 16 ? [29, 30] : [9, 13];
      return [...address(nextHop, 15, 62), ...numbers([source, 1], [destination, 1])(xdr)];
    },
  },
  1003: { shortest: 28, read: gateway },
  1004: {
    shortest: 16,
    read: (xdr) => {
      xdr.u32();
      const source = text(371, string(xdr));
      xdr.u32();
      return [source, text('destinationUserName', string(xdr))];
    },
  },
  1005: {
    shortest: 12,
    read: (xdr) => {
      xdr.u32();
      return [text(461, string(xdr)), text(460, string(xdr))];
    },
  },
  1006: {
    shortest: 12,
    read: (xdr) => {
      const fec = address(xdr.address(), 47, 140);
      tellLabels('mplsIngressLabels', xdr);
      tellLabels('mplsEgressLabels', xdr);
      return fec;
    },
  },
  1007: { shortest: 8, read: (xdr) => [...address(xdr.address(), 225, 281), ...address(xdr.address(), 226, 282)] },
  1008: { shortest: 12, read: named('mplsTunnel') },
  1009: { shortest: 12, read: named('mplsVc') },
  1010: { shortest: 8, read: (xdr) => [text('mplsFtnDescription', string(xdr)), number('mplsFtnMask', xdr.u32())] },
  1011: { shortest: 4, read: numbers([91, 1]) },
  1012: {
    shortest: 4,
    read: (xdr) => {
      const vlans = xdr.list().map((tag) => BigInt(tag % 4_096));
      xdr.tell('vlanTunnel', vlans, () => 2);
      return [];
    },
  },
  1014: {
    shortest: 38,
    read: (xdr, size) => [
      ...wlan(xdr, size === 38),
      number(146, xdr.u32(), 1),
      hyper('wlanSpeed', xdr),
      ...numbers(['wlanRsni'], ['wlanRcpi'], ['wlanPacketDuration'])(xdr),
    ],
  },
  1015: {
    shortest: 42,
    read: (xdr, size) => [
      ...wlan(xdr, size === 42),
      ...numbers(['wlanTransmissions'], ['wlanPacketDuration'], ['wlanRetransmissionDuration'], [146, 1])(xdr),
      hyper('wlanSpeed', xdr),
      number('wlanPower', xdr.u32()),
    ],
  },
  1020: { shortest: 8, read: numbers([227, 2], [228, 2]) },
  1021: { shortest: 20, read: tunnel },
  1022: { shortest: 20, read: tunnel },
  1029: { shortest: 4, read: numbers(['vni']) },
  1030: { shortest: 4, read: numbers(['vni']) },
  1036: { shortest: 4, read: numbers(['egressQueue']) },
  1037: {
    shortest: 12,
    read: (xdr) => [number('aclNumber', xdr.u32()), text('aclName', string(xdr)), number('aclDirection', xdr.u32(), 1)],
  },
  1038: { shortest: 4, read: (xdr) => [text('function', string(xdr))] },
  1039: { shortest: 4, read: numbers(['transitDelay']) },
  1040: { shortest: 4, read: numbers(['queueDepth']) },
  1041: { shortest: 8, read: (xdr) => [text('hardwareTrapGroup', string(xdr)), text('hardwareTrap', string(xdr))] },
  1042: { shortest: 4, read: (xdr) => [text('linuxDropReason', string(xdr))] },
};
/** What tells the packet or its tunnel, and the shortest of each. */
const HEADERS: Record<number, number> = { 1: 16, 2: 20, 3: 32, 4: 56, 1023: 32, 1024: 32, 1025: 56, 1026: 56 };
/** Of both, one counts. */
const SAME: Record<number, number> = { 1022: 1021, 1030: 1029 };

/** Its time is that of its reception, which is not known here. */
export function decodeSflow(bytes: Uint8Array, source: { address: string }): Packet | undefined {
  const buffer = Buffer.from(bytes);
  const agentLength = buffer.length < 8 ? undefined : [0, 4, 16][buffer.readUInt32BE(4)];
  if (agentLength === undefined || buffer.length < 24 + agentLength) return undefined;
  const [subAgent, sequence, uptime, count] = [0, 4, 8, 12].map((at) => buffer.readUInt32BE(8 + agentLength + at));
  const packet: Packet = {
    header: { version: 'sflow', domain: subAgent, sequence, sysUptime: uptime, exportTime: 0n },
    ...{ size: bytes.length, sets: 0, templates: 0, missing: 0, flows: [], optionsRecords: 0 },
  };
  const agent = buffer.subarray(8, 8 + agentLength);
  if (agent.some((byte) => byte > 0) && textOf(agent) !== textOfSource(source.address)) packet.originalExporter = agent;
  let rest: Buffer = buffer.subarray(24 + agentLength);
  try {
    for (let nth = 0; nth < count; nth++) {
      const [format, body, behind] = take(rest);
      rest = behind;
      const flow = sampleOf(format, body);
      packet.sets++;
      if (flow) packet.flows.push(flow);
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    packet.malformed = error.message;
  }
  return packet;
}

/** An address as a URL has it: one form for each. */
function textOf(address: Buffer): string {
  if (address.length === 4) return address.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => address.readUInt16BE(2 * index).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname;
}

function textOfSource(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return plain.includes(':') ? new URL(`http://[${plain}]`).hostname : plain;
}

/** A format and the bytes of it, and what is behind. */
function take(bytes: Buffer): [format: number, body: Buffer, rest: Buffer] {
  if (bytes.length < 8) throw new Malformed('no room for a format and a length');
  const end = 8 + bytes.readUInt32BE(4);
  if (end > bytes.length) throw new Malformed('longer than what is left');
  return [bytes.readUInt32BE(0), bytes.subarray(8, end), bytes.subarray(end)];
}

/** The flow that a sample is; undefined for those that are none. */
function sampleOf(format: number, body: Buffer): FlowRecord | undefined {
  const head = { 1: 32, 2: 12, 3: 44, 4: 16, 5: 32 }[format];
  if (head === undefined) return undefined;
  if (body.length < head) throw new Malformed('a head that is cut off');
  const words = Array.from({ length: head / 4 }, (_, index) => body.readUInt32BE(4 * index));
  const records = recordsOf(body.subarray(head), words.at(-1)!, format === 1 || format === 3 || format === 5);
  if (format === 2 || format === 4) return undefined;
  const lists: Attributes = {};
  return { values: [...headOf(format, words), ...packetOf(records, lists)], lists, template: 0 };
}

function recordsOf(bytes: Buffer, count: number, isFlow: boolean): Map<number, Buffer> {
  const records = new Map<number, Buffer>();
  let rest: Buffer = bytes;
  for (let nth = 0; nth < count; nth++) {
    const [format, body, behind] = take(rest);
    rest = behind;
    const shortest = HEADERS[format] ?? STRUCTURES[format]?.shortest ?? 0;
    if (isFlow && body.length < shortest) throw new Malformed('a structure that is cut off');
    if (!records.has(format)) records.set(format, body);
  }
  return records;
}

const INTERNAL = 2 ** 30 - 1;

function headOf(format: number, words: readonly number[]): FieldValue[] {
  if (format === 5) {
    const [, sourceClass, index, drops, input, output, reason] = words;
    const head = [number('sampleDrops', drops), ...dataSource(sourceClass, index)];
    return [...head, ...interfaceOf('ingress', 0, input), ...interfaceOf('egress', 0, output), ...reasonOf(reason)];
  }
  const compact = (word: number): [number, number] => [Math.floor(word / 2 ** 30), word % 2 ** 30];
  const [sourceClass, index] = format === 1 ? [Math.floor(words[1] / 2 ** 24), words[1] % 2 ** 24] : words.slice(1);
  const [rate, pool, drops, ...interfaces] = words.slice(format === 1 ? 2 : 3);
  const [input, output] =
    format === 1
      ? [compact(interfaces[0]), compact(interfaces[1])]
      : ([interfaces.slice(0, 2), interfaces.slice(2, 4)] as [number, number][]);
  return [
    ...[number(34, rate), number('samplePool', pool), number('sampleDrops', drops)],
    ...dataSource(sourceClass, index),
    ...interfaceOf('ingress', ...input),
    ...interfaceOf('egress', ...output),
  ];
}

function dataSource(sourceClass: number, index: number): FieldValue[] {
  const isTold = sourceClass > 0 && sourceClass < 256;
  return [...(isTold ? [number('dataSourceClass', sourceClass, 1)] : []), number('dataSourceIndex', index)];
}

function interfaceOf(side: 'ingress' | 'egress', format: number, of: number): FieldValue[] {
  if (format === 0 && of === INTERNAL) return [value(`${side}Internal`, [1])];
  if (format === 0) return [number(side === 'ingress' ? 10 : 14, of)];
  if (side === 'ingress') return [];
  if (format === 1) return reasonOf(of);
  return format === 2 ? [number('egressInterfaceCount', of)] : [];
}

/** Names of reasons from 0 and from 256 on. */
const ICMP_REASONS =
  `net_unreachable host_unreachable protocol_unreachable port_unreachable frag_needed src_route_failed
  dst_net_unknown dst_host_unknown src_host_isolated dst_net_prohibited dst_host_prohibited dst_net_tos_unreachable
  dst_host_tos_unreachable comm_admin_prohibited host_precedence_violation precedence_cutoff`.split(/\s+/);
const REASONS = `unknown ttl_exceeded acl no_buffer_space red traffic_shaping pkt_too_big src_mac_is_multicast
  vlan_tag_mismatch ingress_vlan_filter ingress_spanning_tree_filter port_list_is_empty port_loopback_filter
  blackhole_route non_ip uc_dip_over_mc_dmac dip_is_loopback_address sip_is_mc sip_is_loopback_address
  ip_header_corrupted ipv4_sip_is_limited_bc ipv6_mc_dip_reserved_scope ipv6_mc_dip_interface_local_scope
  unresolved_neigh mc_reverse_path_forwarding non_routable_packet decap_error overlay_smac_is_mc unknown_l2 unknown_l3
  unknown_l3_exception unknown_buffer unknown_tunnel unknown_l4 sip_is_unspecified mlag_port_isolation
  blackhole_arp_neigh src_mac_is_dmac dmac_is_reserved sip_is_class_e mc_dmac_mismatch sip_is_dip dip_is_local_network
  dip_is_link_local overlay_smac_is_dmac egress_vlan_filter uc_reverse_path_forwarding split_horizon`.split(/\s+/);

function reasonOf(reason: number): FieldValue[] {
  const name = reason < 256 ? ICMP_REASONS[reason] : REASONS[reason - 256];
  return [number('dropReasonId', reason), text('dropReason', name ?? String(reason))];
}

function packetOf(records: ReadonlyMap<number, Buffer>, lists: Attributes): FieldValue[] {
  const formats = [...records.keys()];
  const structures = Object.entries(STRUCTURES).flatMap(([format, { read }]) => {
    const same = formats.find((other) => (SAME[other] ?? other) === (SAME[Number(format)] ?? Number(format)));
    const body = records.get(Number(format));
    return body && same === Number(format) ? read(new Xdr(body, lists), body.length) : [];
  });
  const outer = formats.find((format) => format >= 1023 && format <= 1026);
  const [raw, ethernet] = [records.get(1), records.get(2)];
  const headers = raw && headersOfRaw(raw);
  const family = formats.find((format) => format === 3 || format === 4);
  const ips = headers ? headers.filter(({ kind }) => kind === 'ipv4' || kind === 'ipv6').length : family ? 1 : 0;
  const tunnel = outer && ips > 0 && ips < 4 ? tuple(records.get(outer)!, outer < 1025) : [];
  if (raw) return [...structures, ...tunnel, ...fieldsOf(headers!), value(1, raw.subarray(4, 8)), value(2, [1])];
  const own: FieldValue[] = [];
  if (ethernet) {
    const width = ethernet.length === 20 ? 6 : 8;
    own.push(value(56, ethernet.subarray(4, 10)), value(80, ethernet.subarray(4 + width, 10 + width)));
    if (!family) own.push(value(256, ethernet.subarray(6 + 2 * width, 8 + 2 * width)));
  }
  if (family) {
    const ip = records.get(family)!;
    const flags = family === 3 ? 24 : 48;
    own.push(...tuple(ip, family === 3), value(6, ip.subarray(flags + 2, flags + 4)), value(5, [ip[flags + 7]]));
  }
  const sized = ethernet ?? (family ? records.get(family) : undefined);
  return [...structures, ...tunnel, ...own, ...(sized ? [value(1, sized.subarray(0, 4))] : []), value(2, [1])];
}

function tuple(ip: Buffer, isIpv4: boolean): FieldValue[] {
  const length = isIpv4 ? 4 : 16;
  const [from, to, ports] = [8, 8 + length, 8 + 2 * length];
  return [
    value(isIpv4 ? 8 : 27, ip.subarray(from, to)),
    value(isIpv4 ? 12 : 28, ip.subarray(to, ports)),
    value(4, [ip[7]]),
    value(7, ip.subarray(ports + 2, ports + 4)),
    value(11, ip.subarray(ports + 6, ports + 8)),
  ];
}

function headersOfRaw(raw: Buffer): ReturnType<typeof headersOf> {
  const bytes = raw.subarray(16, Math.min(raw.length, 16 + raw.readUInt32BE(12)));
  const protocol = raw.readUInt32BE(0);
  const what = { 1: 'ethernet', 11: 'ipv4', 12: 'ipv6', 13: 'mpls' }[protocol];
  if (what) return headersOf(what, bytes);
  if (protocol !== 7 && protocol !== 14) return [];
  const framed = bytes.length >= 2 && bytes.readUInt16BE() === 0xff03 ? bytes.subarray(2) : bytes;
  const isShort = framed.length > 0 && framed[0] % 2 === 1;
  if (framed.length < (isShort ? 1 : 2)) return [];
  const carried = PPP[isShort ? framed[0] : framed.readUInt16BE()];
  return carried ? headersOf(carried, framed.subarray(isShort ? 1 : 2)) : [];
}
