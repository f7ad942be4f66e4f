/** The protocol of a flow, and what depends on it. */
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';
import { type LocatedField, numberOf } from './layout.ts';

const PROTOCOL = 4;
const [ICMP, ICMP_IPV6] = [1, 58];
const [TCP, UDP] = [6, 17];
/** Other protocols with ports: DCCP, SCTP, UDP-Lite. */
const OTHERS_WITH_PORTS = [33, 132, 136];

/** Elements that only ICMP has, and only ICMP in IPv6. */
const OF_ICMP = [32, 176];
const OF_ICMP_IPV6 = [139, 178];
const PORTS = [7, 11, 180, 181, 182, 183];
const UNKNOWN = -1;

/**
 * The field of the protocol, else its number: that of ICMP where a record has its elements and no ports, as some
 * exporters do, or -1.
 */
export function protocolOf(fields: FieldSet): LocatedField | number {
  const field = fields.find(PROTOCOL);
  if (field) return field;
  const [ofIcmp, ofIcmpIpv6] = [OF_ICMP, OF_ICMP_IPV6].map((elements) => fields.find(...elements) !== undefined);
  if (ofIcmp === ofIcmpIpv6 || fields.find(...PORTS)) return UNKNOWN;
  return ofIcmp ? ICMP : ICMP_IPV6;
}

/** Appends the constant `t`: the protocol, or -1. */
export function emitProtocol(code: PlanCode, fields: FieldSet): void {
  const protocol = protocolOf(fields);
  code.line(`const t = ${typeof protocol === 'number' ? protocol : numberOf(protocol)};`);
}

/** Whether `t` is ICMP. */
export const IS_ICMP = `(t === ${ICMP} || t === ${ICMP_IPV6})`;
/** Whether a field of TCP or UDP may be one of the flow's. */
export const MAY_BE = { tcp: `(t === ${TCP} || t < 0)`, udp: `(t === ${UDP} || t < 0)` };

/** Expression of whether `t` has a port that is zero unless `isNotZero`. */
export function hasPort(isNotZero: string): string {
  const others = OTHERS_WITH_PORTS.map((number) => `t === ${number}`).join(' || ');
  return `(t === ${TCP} || t === ${UDP} || (${isNotZero}) && !${IS_ICMP} || ${others})`;
}
