/** Frames of every header that is known, made by hand by their standards, and what is in them. */
import { LAYER, type Layer } from './layers.ts';

const u8 = (value: number) => value.toString(16).padStart(2, '0');
const u16 = (value: number) => value.toString(16).padStart(4, '0');
const u32 = (value: number) => value.toString(16).padStart(8, '0');
const lengthOf = (hex: string) => hex.length / 2;

/** Addresses for documentation (RFC 7042): TShark tells Ethernet below labels by addresses that are assigned. */
export const ethernet = (etherType: string, body: string, host = 1) =>
  `00005e00530${host}00005e0053ff${etherType}${body}`;
/** The beginning of a frame that has a length in the place of a type. */
const MACS = ethernet('', '');
export const vlan = (id: number, etherType: string, body: string) => u16(0x6000 + id) + etherType + body;
export const label = (number: number, isBottom = false) => u32((number << 12) + (isBottom ? 0x100 : 0) + 64);
export const pppoe = (protocol: string, body: string) => `11000007${u16(2 + lengthOf(body))}${protocol}${body}`;
export const ipv4 = (protocol: number, body: string, { fragment = 0, id = 7, host = 1 } = {}) =>
  `4500${u16(20 + lengthOf(body))}${u16(id)}${u16(fragment)}40${u8(protocol)}0000c000020${host}c6336401${body}`;
export const ipv6 = (next: number, body: string, host = 1) =>
  `60000000${u16(lengthOf(body))}${u8(next)}4020010db800000000000000000000000${host}20010db8000000000000000000000002${body}`;
export const udp = (body = '01020304', to = 53, from = 4000) =>
  `${u16(from)}${u16(to)}${u16(8 + lengthOf(body))}0000${body}`;
export const TCP = '01bbc35000000001000000025012040000000000';
export const ICMP = '0800000000010001';
export const vxlan = (body: string) => udp(`0800000000007b00${body}`, 4789);
/** Hop-by-hop options and a segment routing header of one segment, before `next`. */
const HOP_BY_HOP = (next: number) => `${u8(next)}00050200000100`.padEnd(16, '0');
const SEGMENTS = (next: number) => `${u8(next)}0204000000000020010db8000000000000000000000002`;
/** An authentication header with a check value of 12 bytes, before `next`. */
const AUTHENTICATION = (next: number) => `${u8(next)}04`.padEnd(48, '0');

export type Made = {
  name: string;
  first: Layer;
  hex: string;
  /** Its headers, from the outermost to the innermost. */
  layers: Layer[];
};

const { ethernet: E, vlan: V, mpls: M, pppoe: P, ipv4: I4, ipv6: I6, gre: G, vxlan: X, geneve: N } = LAYER;
const { tcp: T, udp: U, icmp: C, icmpv6: C6, ports: S, llc: L, backboneTag: B, etherip: R, gtp: Q } = LAYER;

/** A whole frame, as tunnels carry it. */
const FRAME_WITHIN = ethernet('0800', ipv4(6, TCP, { host: 2 }));
const mpls = (...labels: number[]) =>
  labels.map((number, index) => label(number, index === labels.length - 1)).join('');

export const FRAMES: Made[] = [
  {
    name: 'Ethernet',
    first: E,
    hex: ethernet('0800', ipv4(6, TCP)),
    layers: [E, I4, T],
  },
  {
    name: 'two tags',
    first: E,
    hex: ethernet('88a8', vlan(100, '8100', vlan(7, '86dd', ipv6(17, udp())))),
    layers: [E, V, V, I6, U],
  },
  {
    name: '802.3 with LLC and SNAP',
    first: E,
    hex: `${MACS}0024aaaa030000000800${ipv4(1, ICMP)}`,
    layers: [E, L, I4, C],
  },
  {
    name: '802.3 with LLC and SNAP behind a tag, padded',
    first: E,
    hex: `${ethernet('8100', `60070024aaaa030000000800${ipv4(1, ICMP)}`)}${'ff'.repeat(8)}`,
    layers: [E, V, L, I4, C],
  },
  { name: '802.3 with IP in LLC', first: E, hex: `${MACS}001f060603${ipv4(1, ICMP)}`, layers: [E, L, I4, C] },
  {
    name: 'a frame of a customer in a backbone',
    first: E,
    hex: ethernet('88a8', vlan(9, '88e7', `00000064${ethernet('8100', vlan(7, '0800', ipv4(6, TCP)), 2)}`)),
    layers: [E, V, B, E, V, I4, T],
  },
  { name: 'labels', first: E, hex: ethernet('8847', mpls(16, 17) + ipv4(17, udp())), layers: [E, M, I4, U] },
  {
    name: 'Ethernet over MPLS with a control word',
    first: E,
    hex: ethernet('8847', `${mpls(299)}00000000${ethernet('8100', vlan(9, '0800', ipv4(6, TCP)), 2)}`),
    layers: [E, M, E, V, I4, T],
  },
  {
    name: 'Ethernet over MPLS without one',
    first: E,
    hex: ethernet('8847', mpls(299) + ethernet('86dd', ipv6(58, '8000000000010001'))),
    layers: [E, M, E, I6, C6],
  },
  {
    name: 'tagged Ethernet over MPLS whose address may be a control word',
    first: E,
    hex: ethernet('8847', mpls(299) + ethernet('8100', vlan(9, '0800', ipv4(6, TCP)), 2)),
    layers: [E, M, E, V, I4, T],
  },
  {
    name: 'Ethernet over MPLS whose address begins as IPv4',
    first: E,
    hex: ethernet('8847', `${mpls(299)}443192000001${'00005e0053ff'}0800${ipv4(6, TCP)}`),
    layers: [E, M, E, I4, T],
  },
  {
    name: 'Ethernet over MPLS whose address begins as IPv6',
    first: E,
    hex: ethernet('8847', `${mpls(299)}60735c000001${'00005e0053ff'}0800${ipv4(6, TCP)}`),
    layers: [E, M, E, I4, T],
  },
  {
    name: 'Ethernet over MPLS whose address begins as a channel header',
    first: E,
    hex: ethernet('8847', `${mpls(299)}100000002101${'00005e0053ff'}0800${ipv4(6, TCP)}`),
    layers: [E, M, E, I4, T],
  },
  {
    name: 'a channel of a label-switched path',
    first: E,
    hex: ethernet('8847', `${mpls(299, 13)}10000021${ipv4(17, udp())}`),
    layers: [E, M, I4, U],
  },
  { name: 'PPPoE', first: E, hex: ethernet('8864', pppoe('0021', ipv4(17, udp()))), layers: [E, P, I4, U] },
  { name: 'PPPoE, IPv6', first: E, hex: ethernet('8864', pppoe('0057', ipv6(6, TCP))), layers: [E, P, I6, T] },
  { name: 'extension headers', first: I6, hex: ipv6(0, HOP_BY_HOP(17) + udp()), layers: [I6, U] },
  { name: 'authentication header, IPv6', first: I6, hex: ipv6(51, AUTHENTICATION(6) + TCP), layers: [I6, T] },
  { name: 'authentication header, IPv4', first: I4, hex: ipv4(51, AUTHENTICATION(6) + TCP), layers: [I4, T] },
  { name: 'SRv6', first: I6, hex: ipv6(43, SEGMENTS(4) + ipv4(6, TCP)), layers: [I6, I4, T] },
  {
    name: 'SRv6, Ethernet',
    first: I6,
    hex: ipv6(43, SEGMENTS(143) + ethernet('86dd', ipv6(17, udp(), 3))),
    layers: [I6, E, I6, U],
  },
  { name: 'IPv4 in IPv4', first: I4, hex: ipv4(4, ipv4(6, TCP, { host: 2 })), layers: [I4, I4, T] },
  { name: 'IPv6 in IPv4', first: I4, hex: ipv4(41, ipv6(17, udp())), layers: [I4, I6, U] },
  { name: 'IPv4 in IPv6', first: I6, hex: ipv6(4, ipv4(1, ICMP)), layers: [I6, I4, C] },
  { name: 'GRE', first: I4, hex: ipv4(47, `00000800${ipv4(17, udp(), { host: 2 })}`), layers: [I4, G, I4, U] },
  {
    name: 'GRE with checksum, key and sequence, carrying Ethernet',
    first: I4,
    hex: ipv4(47, `b0006558${'00'.repeat(12)}${FRAME_WITHIN}`),
    layers: [I4, G, E, I4, T],
  },
  {
    name: 'GRE of PPTP',
    first: I4,
    hex: ipv4(47, `3081880b00280001${'00'.repeat(8)}ff030021${ipv4(17, udp(), { host: 2 })}`),
    layers: [I4, G, I4, U],
  },
  {
    name: 'GRE, PPP',
    first: I4,
    hex: ipv4(47, `0000880b0021${ipv4(17, udp(), { host: 2 })}`),
    layers: [I4, G, I4, U],
  },
  {
    name: 'ERSPAN of type I',
    first: I4,
    hex: ipv4(47, `000088be${FRAME_WITHIN}`),
    layers: [I4, G, E, I4, T],
  },
  {
    name: 'ERSPAN of type II',
    first: I4,
    hex: ipv4(47, `100088be000000011001000100000000${FRAME_WITHIN}`),
    layers: [I4, G, E, I4, T],
  },
  {
    name: 'ERSPAN of type III with a subheader',
    first: I4,
    hex: ipv4(47, `100022eb00000001200100010000000000000001${'00'.repeat(8)}${FRAME_WITHIN}`),
    layers: [I4, G, E, I4, T],
  },
  {
    name: 'EtherIP',
    first: I4,
    hex: ipv4(97, `3000${FRAME_WITHIN}`),
    layers: [I4, R, E, I4, T],
  },
  {
    name: 'GTP',
    first: I4,
    hex: ipv4(17, udp(`30ff002000000001${ipv4(17, udp(), { host: 2 })}`, 2152)),
    layers: [I4, U, Q, I4, U],
  },
  {
    name: 'GTP with an extension header',
    first: I6,
    hex: ipv6(17, udp(`34ff00440000000100000085${'01000500'}${ipv6(6, TCP)}`, 2152)),
    layers: [I6, U, Q, I6, T],
  },
  {
    name: 'VXLAN of a group',
    first: I4,
    hex: ipv4(17, udp(`8800000700007b00${ethernet('0800', ipv4(6, TCP, { host: 2 }), 2)}`, 4789)),
    layers: [I4, U, X, E, I4, T],
  },
  {
    name: 'VXLAN that tells what it carries',
    first: I4,
    hex: ipv4(17, udp(`0c00000200007b00${ipv6(6, TCP)}`, 4790)),
    layers: [I4, U, X, I6, T],
  },
  {
    name: 'VXLAN',
    first: E,
    hex: ethernet('0800', ipv4(17, vxlan(ethernet('0800', ipv4(6, TCP, { host: 2 }), 2)))),
    layers: [E, I4, U, X, E, I4, T],
  },
  {
    name: 'Geneve with options',
    first: E,
    hex: ethernet(
      '86dd',
      ipv6(17, udp(`0100655800007b0001020001${ethernet('0800', ipv4(17, udp(), { host: 2 }), 2)}`, 6081)),
    ),
    layers: [E, I6, U, N, E, I4, U],
  },
  {
    name: 'MPLS in UDP',
    first: I4,
    hex: ipv4(17, udp(mpls(16) + ipv4(6, TCP, { host: 2 }), 6635)),
    layers: [I4, U, M, I4, T],
  },
  { name: 'SCTP', first: I4, hex: ipv4(132, '00500051000000010000000000000000'), layers: [I4, S] },
  { name: 'to the port of VXLAN, but none', first: I4, hex: ipv4(17, udp('ffffffff', 4789)), layers: [I4, U] },
];
