/** The attributes of a flow span, element by element, as docs/spans.md has them. */
import { protocolKeyword } from '../../collector/decode/elements/elements.ts';
import type { Attributes } from '../otlp/decode.ts';
import { address, type Entry, find, isZero, REVERSE_PEN, remaining, unsigned } from './record.ts';
import { attributeValue, int } from './values.ts';

/** Attributes whose value is that of the first of these elements, as it is. */
const PLAIN: [name: string, ...sources: (number | { reverse: number } | { cisco: number })[]][] = [
  ['source.port', 7, 180, 182],
  ['destination.port', 11, 181, 183],
  ['flow.bytes.delta', 1, 231],
  ['flow.packets.delta', 2, 298],
  ['flow.bytes.total', 85],
  ['flow.packets.total', 86],
  ['flow.reverse.bytes.delta', { reverse: 1 }, 232],
  ['flow.reverse.packets.delta', { reverse: 2 }, 299],
  ['flow.reverse.bytes.total', { reverse: 85 }],
  ['flow.reverse.packets.total', { reverse: 86 }],
  ['flow.tcp.flags.bits', 6],
  ['flow.reverse.tcp.flags.bits', { reverse: 6 }],
  ['flow.ip.ttl', 192],
  ['flow.ip.flow_label', 31],
  ['netflow.interface.ingress.index', 10, 252],
  ['netflow.interface.egress.index', 14, 253],
  ['source.as.number', 16],
  ['destination.as.number', 17],
  ['source.prefix.length', 9, 29],
  ['destination.prefix.length', 13, 30],
  ['netflow.vlan.id', 58, 243],
  ['source.mac', 56],
  ['destination.mac', 80],
  ['netflow.application.name', 96],
  ['netflow.application.description', 94],
  ['netflow.nat.source.port', 227, { cisco: 40_003 }],
  ['netflow.nat.destination.port', 228, { cisco: 40_004 }],
];

/** IPv4 element, IPv6 element, and Cisco's IPv4 element in v9. */
const ADDRESSES: [name: string, ipv4: number, ipv6: number, cisco?: number][] = [
  ['source.address', 8, 27],
  ['destination.address', 12, 28],
  ['netflow.next_hop.address', 15, 62],
  ['netflow.nat.source.address', 225, 281, 40_001],
  ['netflow.nat.destination.address', 226, 282, 40_002],
];

const END_REASONS = ['idle_timeout', 'active_timeout', 'end_of_flow_detected', 'forced_end', 'lack_of_resources'];
const FIREWALL_EVENTS = ['ignore', 'created', 'deleted', 'denied', 'alert', 'update'];

/** Has the elements that Cisco's ASA exports in v9 without an enterprise number. */
const CISCO_PEN = 9;

const ICMP = 1n;
const IPV6_ICMP = 58n;

/** All attributes but those of the times. Elements of the times must be marked as used before. */
export function flowAttributes(
  entries: Entry[],
  samplingInterval: (entries: Entry[]) => number | undefined,
  scale: boolean,
): Attributes {
  const attributes: Attributes = {};
  const take = (id: number, pen = 0) => {
    const entry = find(entries, id, pen);
    if (entry) entry.used = true;
    return entry;
  };

  for (const [name, ...sources] of PLAIN) {
    for (const source of sources) {
      if (name in attributes) break;
      const entry =
        typeof source === 'number'
          ? take(source)
          : 'cisco' in source
            ? take(source.cisco, CISCO_PEN)
            : take(source.reverse, REVERSE_PEN);
      const value = entry && attributeValue(entry.element!.type, entry.bytes);
      if (value !== undefined) attributes[name] = value;
    }
  }

  const version = find(entries, 60);
  const family = version && { 4: 'ipv4', 6: 'ipv6' }[Number(unsigned(version))];
  if (version) version.used = true;
  for (const [name, ipv4Id, ipv6Id, ciscoId] of ADDRESSES) {
    const ipv4 = find(entries, ipv4Id) ?? (ciscoId === undefined ? undefined : find(entries, ciscoId, CISCO_PEN));
    const ipv6 = find(entries, ipv6Id);
    let chosen = ipv4 ?? ipv6;
    if (ipv4 && ipv6) chosen = family ? (family === 'ipv4' ? ipv4 : ipv6) : isZero(ipv4) ? ipv6 : ipv4;
    if (!chosen) continue;
    chosen.used = true;
    attributes[name] = address(chosen);
  }
  const someAddress = (attributes['source.address'] ?? attributes['destination.address']) as string | undefined;
  const type = family ?? (someAddress && (someAddress.includes(':') ? 'ipv6' : 'ipv4'));
  if (type) attributes['network.type'] = type;

  const protocol = take(4);
  if (protocol) {
    const number = unsigned(protocol);
    attributes['network.transport'] = protocolKeyword(Number(number)) ?? `protocol_${number}`;
  }

  const tos = take(5);
  if (tos) {
    attributes['flow.ip.dscp.id'] = (unsigned(tos) >> 2n) & 63n;
    attributes['flow.ip.ecn.id'] = unsigned(tos) & 3n;
  } else {
    const dscp = take(195);
    if (dscp) attributes['flow.ip.dscp.id'] = int(unsigned(dscp));
  }

  icmp(attributes, protocol && unsigned(protocol), take, entries);
  const interval = samplingInterval(entries);
  if (interval !== undefined) {
    attributes['flow.sampling.interval'] = BigInt(Math.round(interval));
    for (const counter of scale ? ['flow.bytes', 'flow.packets'] : []) {
      const delta = attributes[`${counter}.delta`];
      if (delta !== undefined) attributes[`${counter}.estimate`] = int(BigInt(Math.round(Number(delta) * interval)));
    }
  }

  const reason = take(136);
  if (reason) attributes['flow.end_reason'] = END_REASONS[Number(unsigned(reason)) - 1] ?? unsigned(reason).toString();
  const event = take(233) ?? take(40_005, CISCO_PEN);
  if (event)
    attributes['netflow.firewall.event'] = FIREWALL_EVENTS[Number(unsigned(event))] ?? unsigned(event).toString();
  const application = take(95);
  if (application) {
    const [engine, ...id] = application.bytes;
    // The selectors of engine 20 are of vendors, whose enterprise number comes first (RFC 6759 §4.1).
    const parts = engine === 20 && id.length >= 4 ? [id.slice(0, 4), id.slice(4)] : [id];
    const numbers = parts.map((bytes) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n));
    attributes['netflow.application.id'] = [engine, ...numbers].join(':');
  }

  labels(attributes, entries);
  attributes['flow.direction'] = direction(entries, attributes);
  const candidates = new Set(
    ADDRESSES.flatMap(([, ipv4, ipv6, cisco]) => [
      find(entries, ipv4) ?? (cisco === undefined ? undefined : find(entries, cisco, CISCO_PEN)),
      find(entries, ipv6),
    ]),
  );
  const isLostZeroAddress = (entry: Entry) => candidates.has(entry) && isZero(entry);
  return { ...remaining(entries, isLostZeroAddress), ...attributes };
}

type Take = (id: number) => Entry | undefined;

function icmp(attributes: Attributes, protocol: bigint | undefined, take: Take, entries: Entry[]): void {
  const type = find(entries, 176) ?? find(entries, 178);
  const code = find(entries, 177) ?? find(entries, 179);
  if (type) attributes['flow.icmp.type.id'] = int(unsigned(take(type.id)!));
  if (code) attributes['flow.icmp.code.id'] = int(unsigned(take(code.id)!));
  if (type || code) return;
  const combined = take(32) ?? take(139);
  const port = attributes['destination.port'];
  let both = combined && unsigned(combined);
  if (!combined && (protocol === ICMP || protocol === IPV6_ICMP) && port !== undefined) both = BigInt(port as bigint);
  if (both === undefined) return;
  attributes['flow.icmp.type.id'] = (both >> 8n) & 255n;
  attributes['flow.icmp.code.id'] = both & 255n;
}

/** The labels of an MPLS stack (70–79): 20 of 24 bits, down to the entry whose last bit is set (RFC 3032 §2.1). */
function labels(attributes: Attributes, entries: Entry[]): void {
  let isBelow = false;
  for (let id = 70; id <= 79; id++) {
    const [entry, again] = entries.filter((one) => one.pen === 0 && one.id === id);
    if (!entry || again || entry.bytes.length !== 3 || entry.variable) continue;
    entry.used = true;
    const value = unsigned(entry);
    if (value !== 0n && !isBelow) attributes[`netflow.${entry.element!.name}`] = value >> 4n;
    isBelow ||= (value & 1n) === 1n;
  }
}

function direction(entries: Entry[], attributes: Attributes): 'forward' | 'reverse' | 'unknown' {
  const told = find(entries, 239);
  if (told) return ({ 1: 'forward', 2: 'reverse' } as const)[Number(unsigned(told))] ?? 'unknown';
  if ([231, 232, 298, 299].some((id) => find(entries, id))) return 'forward';
  const source = BigInt((attributes['source.port'] as bigint | string | undefined) ?? 0);
  const destination = BigInt((attributes['destination.port'] as bigint | string | undefined) ?? 0);
  if (source === 0n || destination === 0n) return 'unknown';
  for (const limit of [1_024n, 32_768n]) {
    if (destination < limit && source >= limit) return 'forward';
    if (source < limit && destination >= limit) return 'reverse';
  }
  return 'unknown';
}
