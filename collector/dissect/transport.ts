/** Headers above IP. */
import { LAYER, type Layer, type Layers } from './layers.ts';
import { uint16 } from './link.ts';
import { isGtp, isVxlan, isVxlanGpe } from './tunnels.ts';

/** Bytes that tell the ports. */
const PORTS_LENGTH = 4;
const [MIN_TCP, UDP_LENGTH, ICMP_LENGTH] = [20, 8, 4];
/** What UDP carries, by its destination port (RFC 7348, 8926, 7510, 8086; 3GPP TS 29.281). */
const [VXLAN_PORT, GENEVE_PORT, MPLS_PORT, GRE_PORT, GTP_PORT] = [4789, 6081, 6635, 4754, 2152];
/** Linux's port of VXLAN before it had one; and of VXLAN that tells what it carries. */
const [OLD_VXLAN_PORT, VXLAN_GPE_PORT] = [8472, 4790];

/** What is cut off behind the ports is still told by them. */
export function tcp(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + PORTS_LENGTH > end) return layers.stopped('cut off');
  const length = at + MIN_TCP <= end ? (bytes[at + 12] >> 4) * 4 : MIN_TCP;
  layers.add(LAYER.tcp, Math.max(MIN_TCP, length));
  return layers.stopped(layers.at <= end ? 'whole' : 'cut off');
}

/** RFC 768, and the tunnels that are known by its ports. */
export function udp(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + PORTS_LENGTH > end) return layers.stopped('cut off');
  layers.add(LAYER.udp, UDP_LENGTH);
  if (layers.at > end) return layers.stopped('cut off');
  switch (uint16(bytes, at + 2)) {
    case VXLAN_PORT:
    case OLD_VXLAN_PORT:
      return isVxlan(bytes, layers) ? LAYER.vxlan : LAYER.payload;
    case VXLAN_GPE_PORT:
      return isVxlanGpe(bytes, layers) ? LAYER.vxlanGpe : LAYER.payload;
    case GTP_PORT:
      return isGtp(bytes, layers) ? LAYER.gtp : LAYER.payload;
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

/** A transport that begins with its ports, of which no more is read. */
export function ports(_bytes: Uint8Array, layers: Layers): Layer {
  if (layers.at + PORTS_LENGTH > layers.end) return layers.stopped('cut off');
  layers.add(LAYER.ports, PORTS_LENGTH);
  return LAYER.payload;
}

/** RFC 792. */
export function icmp(_bytes: Uint8Array, layers: Layers): Layer {
  return ofIcmp(layers, LAYER.icmp);
}

/** RFC 4443. */
export function icmpv6(_bytes: Uint8Array, layers: Layers): Layer {
  return ofIcmp(layers, LAYER.icmpv6);
}

function ofIcmp(layers: Layers, kind: Layer): Layer {
  // Type and code are its first bytes.
  if (layers.at + 2 > layers.end) return layers.stopped('cut off');
  layers.add(kind, ICMP_LENGTH);
  return LAYER.payload;
}
