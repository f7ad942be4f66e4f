/** What spans say of a flow beside its elements: who began it, its TCP flags by name, its Community ID, its trace. */
import { createHash } from 'node:crypto';
import { parseIp } from '../../crds/selection/address.ts';
import type { Attributes } from '../otlp/decode.ts';
import { murmur } from './murmur.ts';

const FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'];
/** Protocols whose ports, or types and codes, are in a Community ID. */
const WITH_PORTS = [1, 6, 17, 58, 132];
/** Of ICMP and ICMPv6: types that answer each other. */
const ANSWERS: Record<number, [number, number][]> = {
  1: [
    [8, 0],
    [13, 14],
    [15, 16],
    [10, 9],
    [17, 18],
  ],
  58: [
    [128, 129],
    [133, 134],
    [135, 136],
    [130, 131],
    [139, 140],
    [144, 145],
  ],
};

/** The attributes that follow from the others of a flow, and from its protocol's number. */
export function conversationAttributes(all: Attributes, protocol: bigint | undefined): Attributes {
  const attributes: Attributes = {};
  const sides = { forward: ['client', 'server'], reverse: ['server', 'client'] }[all['flow.direction'] as string] ?? [];
  for (const [index, side] of sides.entries()) {
    for (const what of ['address', 'port']) {
      const value = all[`${['source', 'destination'][index]}.${what}`];
      if (value !== undefined) attributes[`${side}.${what}`] = value;
    }
  }
  const bits = BigInt((all['flow.tcp.flags.bits'] ?? 0) as bigint | string);
  const tags = FLAGS.filter((_, bit) => (bits >> BigInt(bit)) & 1n);
  if (tags.length > 0) attributes['flow.tcp.flags.tags'] = tags;
  const id = protocol === undefined ? undefined : communityId(all, Number(protocol));
  if (id !== undefined) attributes['flow.community_id'] = id;
  return attributes;
}

/** By the specification's reference implementation, `community-id.py`. */
function communityId(all: Attributes, protocol: number): string | undefined {
  const addresses = [all['source.address'], all['destination.address']].map((text) => parseIp(String(text)));
  const [source, destination] = addresses;
  if (!source || !destination || source.family !== destination.family || protocol > 255) return undefined;
  const isIcmp = protocol === 1 || protocol === 58;
  const names = isIcmp ? ['flow.icmp.type.id', 'flow.icmp.code.id'] : ['source.port', 'destination.port'];
  let ports = names.map((name) => (all[name] === undefined ? -1 : Number(all[name])));
  if (WITH_PORTS.includes(protocol) && ports.some((port) => port < 0 || port > 65_535)) return undefined;
  const answer = ANSWERS[protocol]?.flatMap(([a, b]) => (a === ports[0] ? [b] : b === ports[0] ? [a] : []))[0];
  if (answer !== undefined) ports = [ports[0], answer];
  const ends = addresses.map((ip, index) => ({
    address: ip!.value,
    port: WITH_PORTS.includes(protocol) ? ports[index] : 0,
  }));
  const [a, b] = ends;
  const isInOrder = a.address < b.address || (a.address === b.address && a.port < b.port);
  if (!(isIcmp && answer === undefined) && !isInOrder) ends.reverse();
  const digits = source.family === 4 ? 8 : 32;
  const port = (number: number) => number.toString(16).padStart(4, '0');
  const hex = [
    '0000',
    ...ends.map(({ address }) => address.toString(16).padStart(digits, '0')),
    protocol.toString(16).padStart(2, '0'),
    '00',
    ...(WITH_PORTS.includes(protocol) ? ends.map((end) => port(end.port)) : []),
  ].join('');
  return `1:${createHash('sha1').update(hex, 'hex').digest('base64')}`;
}

const HOUR = 3_600_000_000_000n;
const PORTS_OF_ICMP = ['icmp', 'ipv6-icmp'];

/**
 * The trace of a conversation, version 1: by both ends, the protocol's number, and the time at which the flow ended, in
 * Unix nanoseconds. Undefined where no end is known.
 */
export function conversationTrace(all: Attributes, protocol: number | undefined, end: bigint): string | undefined {
  const hasPorts = !PORTS_OF_ICMP.includes(all['network.transport'] as string);
  const ends = ['source', 'destination'].map((name) => {
    const ip = all[`${name}.address`] === undefined ? undefined : parseIp(String(all[`${name}.address`]));
    const value = ip ? (ip.family === 4 ? (0xffffn << 32n) | ip.value : ip.value) : 0n;
    const port = BigInt((all[`${name}.port`] ?? 0n) as bigint | string);
    return { known: ip !== undefined, value, port: hasPorts && port <= 65_535n ? port : 0n };
  });
  if (!ends.some(({ known }) => known)) return undefined;
  const [low, high] = ends.sort((a, b) => Number(a.value === b.value ? a.port - b.port : a.value < b.value ? -1n : 1n));
  const input = Buffer.alloc(48);
  input.write(low.value.toString(16).padStart(32, '0'), 0, 'hex');
  input.write(high.value.toString(16).padStart(32, '0'), 16, 'hex');
  input.writeUInt16LE(Number(low.port), 32);
  input.writeUInt16LE(Number(high.port), 34);
  input.writeUInt32LE(Math.min(protocol ?? 255, 255), 36);
  input.writeBigUInt64LE(end / HOUR, 40);
  return murmur(input, 1n);
}
