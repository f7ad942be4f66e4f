/**
 * What of a packet's headers becomes fields of a record. There are as many layouts as there are kinds of packets: what
 * a packet does not have is no field, and plans are compiled for those that come.
 */
import type { Field } from '../decode/template.ts';
import { LAYER, type Layers } from '../dissect/layers.ts';

/** Headers of IP that are told apart, as plans tell them; of more, the innermost. */
export const MAX_HEADERS = 4;
/** Label stack entries that have an element (70–79). */
export const MAX_LABELS = 10;

/** What is above the innermost header of IP. `tcpCutOff`: ports, but no flags. */
export const TRANSPORT = { none: 0, ports: 1, icmp: 2, tcpCutOff: 3 } as const;
/** Bytes of TCP up to its flags. */
const FLAGS_END = 14;

const TRANSPORT_OF: Readonly<Record<number, number>> = {
  [LAYER.tcp]: TRANSPORT.ports,
  [LAYER.udp]: TRANSPORT.ports,
  [LAYER.ports]: TRANSPORT.ports,
  [LAYER.icmp]: TRANSPORT.icmp,
  [LAYER.icmpv6]: TRANSPORT.icmp,
};

/** That of a header among the layers. */
function transportOf({ kinds, starts, ends }: Layers, index: number): number {
  if (kinds[index] === LAYER.tcp && starts[index] + FLAGS_END > ends[index]) return TRANSPORT.tcpCutOff;
  return TRANSPORT_OF[kinds[index]] ?? TRANSPORT.none;
}

/**
 * Bits of a shape beside its headers of IP, two bits each from the innermost on: 1 is IPv4, 2 is IPv6. `carried` is the
 * transport of an IP packet whose header is not there.
 */
export const SHAPE = { transport: 3, ethernet: 4, labels: 8, segmentId: 16, segments: 32, ip: 6, carried: 14 } as const;
export const SHAPE_BITS = 16;

/** The headers of a packet of which fields are made: indexes among its layers, -1 for none. */
export class Chosen {
  shape = 0;
  /** The innermost headers of IP, from the innermost to the outermost. */
  readonly ips = new Int8Array(MAX_HEADERS);
  ipCount = 0;
  transport = -1;
  ethernet = -1;
  labels = -1;
  segmentId = -1;

  /** Chooses among the layers of a packet, or of what IPv4 carries. */
  take(layers: Layers, isCarried: boolean): void {
    this.ipCount = 0;
    this.transport = -1;
    this.ethernet = -1;
    this.labels = -1;
    this.segmentId = -1;
    let shape = 0;
    let outermostIpv6 = -1;
    for (let index = layers.count - 1; index >= 0; index--) {
      const kind = layers.kinds[index];
      switch (kind) {
        case LAYER.ipv4:
        case LAYER.ipv6:
          if (kind === LAYER.ipv6) outermostIpv6 = index;
          if (this.ipCount === MAX_HEADERS) break;
          shape |= (kind === LAYER.ipv4 ? 1 : 2) << (SHAPE.ip + 2 * this.ipCount);
          this.ips[this.ipCount++] = index;
          break;
        case LAYER.ethernet:
          if (this.ethernet < 0) this.ethernet = index;
          break;
        case LAYER.mpls:
          this.labels = index;
          break;
        case LAYER.vxlan:
        case LAYER.geneve:
          if (this.segmentId < 0) this.segmentId = index;
          break;
        case LAYER.tcp:
        case LAYER.udp:
        case LAYER.ports:
        case LAYER.icmp:
        case LAYER.icmpv6:
          // Above the innermost header of IP there is one at most.
          if (this.ipCount === 0) this.transport = index;
          break;
      }
    }
    if (this.ipCount === 0) this.transport = -1;
    if (this.transport >= 0) shape |= transportOf(layers, this.transport);
    if (this.ethernet >= 0) shape |= SHAPE.ethernet;
    if (this.labels >= 0) shape |= SHAPE.labels;
    if (this.segmentId >= 0) shape |= SHAPE.segmentId;
    const isSegmentRouted = outermostIpv6 >= 0 && layers.segments[outermostIpv6] === 1;
    if (isSegmentRouted && this.ipCount > 1) shape |= SHAPE.segments;
    if (isCarried) shape |= transportOf(layers, 0) << SHAPE.carried;
    this.shape = shape;
  }
}

const field = (id: number, length: number): Field => ({ pen: 0, id, length });
const [ADDRESSES_V4, ADDRESSES_V6] = [
  [field(8, 4), field(12, 4)],
  [field(27, 16), field(28, 16)],
];

const PORTS = [field(7, 2), field(11, 2)];
/** By transport, as they are written for the innermost header of IP. */
const CARRIED = [[], [...PORTS, field(6, 2)], [field(32, 2)], PORTS];

/** Whether what is in the packet tells how long it is. */
export function hasIp(shape: number): boolean {
  return ((shape >> SHAPE.ip) & 3) !== 0;
}

/** The fields of a shape, in their order: those of an outer header before those of an inner one (RFC 7011 §8). */
export function fieldsOf(shape: number): Field[] {
  const ips: Field[] = [];
  let count = 0;
  while (count < MAX_HEADERS && ((shape >> (SHAPE.ip + 2 * count)) & 3) !== 0) count++;
  for (let index = count - 1; index >= 0; index--) {
    const isIpv4 = ((shape >> (SHAPE.ip + 2 * index)) & 3) === 1;
    ips.push(...(isIpv4 ? ADDRESSES_V4 : ADDRESSES_V6), field(4, 1));
    const isInnermost = index === 0;
    const transport = shape & SHAPE.transport;
    if (!isInnermost || transport === TRANSPORT.ports || transport === TRANSPORT.tcpCutOff) ips.push(...PORTS);
    if (!isInnermost) continue;
    ips.push(field(5, 1), field(192, 1));
    if (!isIpv4) ips.push(field(31, 4));
    // Zero where it is not TCP, so that most packets are of one shape.
    if (transport === TRANSPORT.ports) ips.push(field(6, 2));
    if (transport === TRANSPORT.icmp) ips.push(field(isIpv4 ? 32 : 139, 2));
  }
  return [
    // MAC addresses, both tags of 802.1ad, and of frames without IP what comes behind.
    ...(shape & SHAPE.ethernet ? [field(56, 6), field(80, 6), field(243, 2), field(245, 2)] : []),
    ...(shape & SHAPE.ethernet && count === 0 ? [field(256, 2)] : []),
    ...(shape & SHAPE.labels ? Array.from({ length: MAX_LABELS }, (_, index) => field(70 + index, 3)) : []),
    ...(shape & SHAPE.segmentId ? [field(351, 8)] : []),
    ...CARRIED[(shape >> SHAPE.carried) & 3],
    // The active segment is where the packet is going.
    ...(shape & SHAPE.segments ? [field(495, 16)] : []),
    ...ips,
  ];
}
