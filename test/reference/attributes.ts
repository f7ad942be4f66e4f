/** The attributes of a flow span, element by element, as docs/spans.md has them. */
import { protocolKeyword } from '../../collector/decode/elements/elements.ts';
import type { Attributes } from '../otlp/decode.ts';
import { conversationAttributes } from './conversation.ts';
import { readHeaders } from './headers.ts';
import { address, type Entry, find, firstSet, isZero, REVERSE_PEN, remaining, unsigned } from './record.ts';
import { attributeValue, int } from './values.ts';

type Source = number | { reverse: number } | { cisco: number };
/**
 * When a zero is a value: never, of TCP only, or beside one of these elements that is not zero. Without one, always.
 */
type Zero = 'never' | 'tcp' | number[];

/** Attributes whose value is that of the first of these elements that is not zero, or else the first. */
const PLAIN: [name: string, sources: Source[], zero?: Zero][] = [
  ['flow.bytes.delta', [1, 231, 23, 352]],
  ['flow.packets.delta', [2, 298, 24]],
  ['flow.bytes.total', [85, 171, 353]],
  ['flow.packets.total', [86, 172]],
  ['flow.reverse.bytes.delta', [{ reverse: 1 }, 232, { reverse: 23 }, { reverse: 352 }]],
  ['flow.reverse.packets.delta', [{ reverse: 2 }, 299, { reverse: 24 }]],
  ['flow.reverse.bytes.total', [{ reverse: 85 }, { reverse: 171 }, { reverse: 353 }]],
  ['flow.reverse.packets.total', [{ reverse: 86 }, { reverse: 172 }]],
  ['flow.tcp.flags.bits', [6], 'tcp'],
  ['flow.reverse.tcp.flags.bits', [{ reverse: 6 }], 'tcp'],
  ['flow.ip.ttl', [192]],
  ['flow.ip.flow_label', [31], 'never'],
  ['netflow.interface.ingress.index', [10, 252], [14, 253]],
  ['netflow.interface.egress.index', [14, 253], [10, 252]],
  ['source.as.number', [16], 'never'],
  ['destination.as.number', [17], 'never'],
  ['source.prefix.length', [9, 29], [15, 62]],
  ['destination.prefix.length', [13, 30], [15, 62]],
  ['netflow.vlan.id', [58, 243], 'never'],
  ['source.mac', [56], 'never'],
  ['destination.mac', [80], 'never'],
  ['netflow.application.name', [96]],
  ['netflow.application.description', [94]],
  ['netflow.nat.source.port', [227, { cisco: 40_003 }], 'never'],
  ['netflow.nat.destination.port', [228, { cisco: 40_004 }], 'never'],
];

/** Ports: of any protocol, of UDP, of TCP. */
const PORTS: [name: string, any: number, udp: number, tcp: number][] = [
  ['source.port', 7, 180, 182],
  ['destination.port', 11, 181, 183],
];
/** TCP, UDP, DCCP, SCTP, UDP-Lite. */
const WITH_PORTS = [6n, 17n, 33n, 132n, 136n];

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
const TCP = 6n;
const UDP = 17n;

/** All attributes but those of the times. Elements of the times must be marked as used before. */
export function flowAttributes(
  entries: Entry[],
  samplingInterval: (entries: Entry[]) => number | undefined,
  scale: boolean,
): Attributes {
  const attributes: Attributes = readHeaders(entries);
  const protocol = protocolOf(entries);
  if (protocol !== undefined) {
    attributes['network.transport'] = protocolKeyword(Number(protocol)) ?? `protocol_${protocol}`;
    attributes['network.protocol.number'] = int(protocol);
  }
  icmp(attributes, protocol, entries);
  ports(attributes, protocol, entries);

  for (const [name, sources, zero] of PLAIN) {
    const found = sources.flatMap((source) => entryOf(entries, source) ?? []);
    if (found.length === 0) continue;
    const chosen = use(firstSet(found));
    const isValue =
      !isZero(chosen) ||
      (zero === undefined
        ? true
        : zero === 'tcp'
          ? protocol === undefined || protocol === TCP
          : zero !== 'never' && zero.some((id) => isSet(find(entries, id))));
    const value = attributeValue(chosen.element!.type, chosen.bytes);
    if (isValue && value !== undefined) attributes[name] = value;
  }

  const version = find(entries, 60);
  const family = version && !version.used ? { 4: 'ipv4', 6: 'ipv6' }[Number(unsigned(version))] : undefined;
  if (version) version.used = true;
  for (const [name, ipv4Id, ipv6Id, ciscoId] of ADDRESSES) {
    const isEnd = ciscoId === undefined && ipv4Id !== 15;
    const ipv4 = [find(entries, ipv4Id), ciscoId === undefined ? undefined : find(entries, ciscoId, CISCO_PEN)];
    const ipv6 = find(entries, ipv6Id);
    const found = [...ipv4, ipv6].filter((entry) => entry !== undefined);
    if (found.length === 0) continue;
    let chosen = firstSet(found);
    if (isEnd && family && ipv4[0] && ipv6) chosen = family === 'ipv4' ? ipv4[0] : ipv6;
    use(chosen);
    if (isEnd || !isZero(chosen)) attributes[name] = address(chosen);
  }
  const someAddress = (attributes['source.address'] ?? attributes['destination.address']) as string | undefined;
  const type = family ?? (someAddress && (someAddress.includes(':') ? 'ipv6' : 'ipv4'));
  if (type) attributes['network.type'] = type;

  classOfService(attributes, entries);
  const interval = samplingInterval(entries);
  if (interval !== undefined) {
    attributes['flow.sampling.interval'] = BigInt(Math.round(interval));
    for (const counter of scale ? ['flow.bytes', 'flow.packets'] : []) {
      const delta = attributes[`${counter}.delta`];
      if (delta !== undefined) attributes[`${counter}.estimate`] = int(BigInt(Math.round(Number(delta) * interval)));
    }
  }

  const reason = find(entries, 136);
  if (reason && !isZero(use(reason)))
    attributes['flow.end_reason'] = END_REASONS[Number(unsigned(reason)) - 1] ?? unsigned(reason).toString();
  const events = [find(entries, 233), find(entries, 40_005, CISCO_PEN)].filter((entry) => entry !== undefined);
  if (events.length > 0) {
    const event = unsigned(use(firstSet(events)));
    attributes['netflow.firewall.event'] = FIREWALL_EVENTS[Number(event)] ?? event.toString();
  }
  const application = find(entries, 95);
  if (application && !isZero(use(application))) {
    const [engine, ...id] = application.bytes;
    // The selectors of engine 20 are of vendors, whose enterprise number comes first (RFC 6759 §4.1).
    const parts = engine === 20 && id.length >= 4 ? [id.slice(0, 4), id.slice(4)] : [id];
    const numbers = parts.map((bytes) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n));
    attributes['netflow.application.id'] = [engine, ...numbers].join(':');
  }

  labels(attributes, entries);
  attributes['flow.direction'] = direction(entries, attributes);
  return { ...remaining(entries), ...attributes, ...conversationAttributes(attributes, protocol) };
}

function entryOf(entries: Entry[], source: Source): Entry | undefined {
  if (typeof source === 'number') return find(entries, source);
  return 'cisco' in source ? find(entries, source.cisco, CISCO_PEN) : find(entries, source.reverse, REVERSE_PEN);
}

function use(entry: Entry): Entry {
  entry.used = true;
  return entry;
}

function isSet(entry: Entry | undefined): boolean {
  return entry !== undefined && !isZero(entry);
}

/** Where a record has no protocol and no ports but elements of ICMP, it is of ICMP. */
function protocolOf(entries: Entry[]): bigint | undefined {
  const told = find(entries, 4);
  if (told) return unsigned(use(told));
  const has = (...ids: number[]) => ids.some((id) => find(entries, id));
  if (has(7, 11, 180, 181, 182, 183) || has(32, 176) === has(139, 178)) return undefined;
  return has(32, 176) ? ICMP : IPV6_ICMP;
}

function isIcmp(protocol: bigint | undefined): boolean {
  return protocol === ICMP || protocol === IPV6_ICMP;
}

function icmp(attributes: Attributes, protocol: bigint | undefined, entries: Entry[]): void {
  if (!isIcmp(protocol)) return;
  const number = (entry: Entry) => int(unsigned(entry));
  const apart = [
    [176, 177],
    [178, 179],
  ].flatMap(([typeId, codeId]) => {
    const [type, code] = [find(entries, typeId), find(entries, codeId)];
    if (!type) return [];
    return [{ of: code ? [type, code] : [type], type: number(type), code: code && number(code) }];
  });
  // Beside 176 or 178 a port is no type and code, but an identifier.
  const together = [32, 139, ...(apart.length === 0 ? [11] : [])].flatMap((id) => {
    const entry = find(entries, id);
    return entry ? [{ of: [entry], type: (unsigned(entry) >> 8n) & 255n, code: unsigned(entry) & 255n }] : [];
  });
  const candidates = [...apart, ...together];
  const chosen = candidates.find(({ of }) => of.some(isSet)) ?? candidates[0];
  if (!chosen) return;
  for (const entry of chosen.of) use(entry);
  attributes['flow.icmp.type.id'] = chosen.type;
  if (chosen.code !== undefined) attributes['flow.icmp.code.id'] = chosen.code;
}

function ports(attributes: Attributes, protocol: bigint | undefined, entries: Entry[]): void {
  for (const [name, any, udp, tcp] of PORTS) {
    const found = [any, udp, tcp].flatMap((id) => find(entries, id) ?? []);
    if (found.length === 0) continue;
    if (isIcmp(protocol)) {
      found.forEach(use);
      continue;
    }
    const mayBe = (entry: Entry) =>
      entry.id === any || protocol === undefined || protocol === (entry.id === udp ? UDP : TCP);
    const chosen = found.find((entry) => mayBe(entry) && isSet(entry));
    if (chosen) attributes[name] = int(unsigned(use(chosen)));
    else if (protocol !== undefined && WITH_PORTS.includes(protocol)) attributes[name] = 0n;
  }
}

function classOfService(attributes: Attributes, entries: Entry[]): void {
  const found = [find(entries, 5), find(entries, 195)].filter((entry) => entry !== undefined);
  if (found.length === 0) return;
  const chosen = use(firstSet(found));
  const value = unsigned(chosen);
  attributes['flow.ip.dscp.id'] = chosen.id === 5 ? (value >> 2n) & 63n : int(value);
  if (chosen.id === 5) attributes['flow.tos'] = int(value);
  if (chosen.id === 5 && (value & 3n) !== 0n) attributes['flow.ip.ecn.id'] = value & 3n;
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
