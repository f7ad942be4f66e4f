/** Headers above IP, and those of tunnels. */
import { LAYER, type Layer, type Layers } from './layers.ts';
import { byEtherType, byPppProtocol, uint16 } from './link.ts';

/** Bytes that tell the ports. */
const PORTS_LENGTH = 4;
const [MIN_TCP, UDP_LENGTH, ICMP_LENGTH, TUNNEL_LENGTH] = [20, 8, 4, 8];
/** What UDP carries, by its destination port (RFC 7348, 8926, 7510, 8086). */
const [VXLAN_PORT, GENEVE_PORT, MPLS_PORT, GRE_PORT] = [4789, 6081, 6635, 4754];
const [CHECKSUM, KEY, SEQUENCE, ACKNOWLEDGEMENT] = [0x8000, 0x2000, 0x1000, 0x0080];

/** What is cut off behind the ports is still told by them. */
export function tcp(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + PORTS_LENGTH > end) return layers.stopped('cut off');
  const length = at + MIN_TCP <= end ? (bytes[at + 12] >> 4) * 4 : MIN_TCP;
  layers.add(LAYER.tcp, Math.max(MIN_TCP, length));
  return layers.stopped(layers.at <= end ? 'whole' : 'cut off');
}

export function udp(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + PORTS_LENGTH > end) return layers.stopped('cut off');
  layers.add(LAYER.udp, UDP_LENGTH);
  if (layers.at > end) return layers.stopped('cut off');
  switch (uint16(bytes, at + 2)) {
    case VXLAN_PORT:
      return isVxlan(bytes, layers) ? LAYER.vxlan : LAYER.payload;
    case GENEVE_PORT:
      return LAYER.geneve;
    case MPLS_PORT:
      return LAYER.mpls;
    case GRE_PORT:
      return LAYER.gre;
    default:
      return LAYER.payload;
  }
}

export function ports(_bytes: Uint8Array, layers: Layers): Layer {
  if (layers.at + PORTS_LENGTH > layers.end) return layers.stopped('cut off');
  layers.add(LAYER.ports, PORTS_LENGTH);
  return LAYER.payload;
}

export function icmp(_bytes: Uint8Array, layers: Layers): Layer {
  return ofIcmp(layers, LAYER.icmp);
}

export function icmpv6(_bytes: Uint8Array, layers: Layers): Layer {
  return ofIcmp(layers, LAYER.icmpv6);
}

function ofIcmp(layers: Layers, kind: Layer): Layer {
  // Type and code are its first bytes.
  if (layers.at + 2 > layers.end) return layers.stopped('cut off');
  layers.add(kind, ICMP_LENGTH);
  return LAYER.payload;
}

/** RFC 2784 and 2890; version 1, which carries PPP, RFC 2637. */
export function gre(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + 4 > end) return layers.stopped('cut off');
  const flags = uint16(bytes, at);
  const isPptp = (flags & 7) === 1;
  if ((flags & 7) > 1) return layers.stopped('malformed');
  let length = 4;
  if ((flags & (isPptp ? ACKNOWLEDGEMENT : CHECKSUM)) !== 0) length += 4;
  if ((flags & KEY) !== 0) length += 4;
  if ((flags & SEQUENCE) !== 0) length += 4;
  layers.add(LAYER.gre, length);
  return isPptp ? ppp(bytes, layers) : byEtherType(layers, uint16(bytes, at + 2));
}

/** PPP, whose address and control fields may be left out, and the first byte of its protocol too if it is zero. */
export function ppp(bytes: Uint8Array, layers: Layers): Layer {
  if (layers.at + 4 > layers.end) return layers.stopped('cut off');
  if (uint16(bytes, layers.at) === 0xff03) layers.at += 2;
  const isShort = (bytes[layers.at] & 1) === 1;
  const protocol = isShort ? bytes[layers.at] : uint16(bytes, layers.at);
  layers.at += isShort ? 1 : 2;
  return byPppProtocol(layers, protocol);
}

/** Whether the header says so itself: the flag of an identifier, and all else zero that must be (RFC 7348 §5). */
function isVxlan(bytes: Uint8Array, { at, end }: Layers): boolean {
  return at + TUNNEL_LENGTH <= end && bytes[at] === 8 && bytes[at + 1] === 0 && uint16(bytes, at + 2) === 0;
}

export function vxlan(_bytes: Uint8Array, layers: Layers): Layer {
  if (layers.at + TUNNEL_LENGTH > layers.end) return layers.stopped('cut off');
  layers.add(LAYER.vxlan, TUNNEL_LENGTH);
  return LAYER.ethernet;
}

/** RFC 8926, with its options. */
export function geneve(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + TUNNEL_LENGTH > end) return layers.stopped('cut off');
  if (bytes[at] >> 6 !== 0) return layers.stopped('malformed');
  layers.add(LAYER.geneve, TUNNEL_LENGTH + (bytes[at] & 63) * 4);
  return byEtherType(layers, uint16(bytes, at + 2));
}
