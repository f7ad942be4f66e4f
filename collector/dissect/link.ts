/** Headers below IP: Ethernet, LLC, VLAN tags, PPPoE. */
import { LAYER, type Layer, type Layers } from './layers.ts';

const [ETHERNET_LENGTH, VLAN_LENGTH, BACKBONE_TAG_LENGTH, PPPOE_LENGTH] = [14, 4, 4, 8];
/** What is smaller is no EtherType, but the length of an 802.3 frame. */
export const MIN_ETHERTYPE = 0x0600;
const LLC_LENGTH = 3;
export const SNAP_LENGTH = 8;
/** Both service access points of LLC: SNAP's, and IP's (RFC 948). */
const [SNAP, IP_SAPS] = [0xaaaa, 0x0606];
/** Who defines what SNAP's last two bytes mean: they are an EtherType (RFC 1042, IEEE 802.1H). */
const OUIS_OF_ETHERTYPES = [0x000000, 0x0000f8];

/** What has this EtherType; data where it is not known. */
export function layerOfEtherType(etherType: number): Layer {
  switch (etherType) {
    case 0x0800:
      return LAYER.ipv4;
    case 0x86dd:
      return LAYER.ipv6;
    case 0x8100:
    case 0x88a8:
    case 0x9100: // QinQ before it was standardized
      return LAYER.vlan;
    case 0x8847:
    case 0x8848:
      return LAYER.mpls;
    case 0x8864:
      return LAYER.pppoe;
    case 0x88e7:
      return LAYER.backboneTag;
    case 0x6558: // transparent Ethernet bridging, in GRE and Geneve
      return LAYER.ethernet;
    default:
      return LAYER.payload;
  }
}

/** The big-endian number at `at`. */
export function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

/** Goes on by an EtherType. */
export function byEtherType(layers: Layers, etherType: number): Layer {
  const next = layerOfEtherType(etherType);
  return next === LAYER.payload ? layers.stopped('unknown protocol') : next;
}

/** The addresses of a frame, and its type or length (IEEE 802.3 §3.2). */
export function ethernet(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + ETHERNET_LENGTH > end) return layers.stopped('cut off');
  layers.add(LAYER.ethernet, ETHERNET_LENGTH);
  return byTypeOrLength(layers, uint16(bytes, at + 12));
}

/** Goes on by what stands behind addresses or a tag: an EtherType, or the length of what follows. */
function byTypeOrLength(layers: Layers, typeOrLength: number): Layer {
  if (typeOrLength >= MIN_ETHERTYPE) return byEtherType(layers, typeOrLength);
  layers.end = Math.min(layers.end, layers.at + typeOrLength);
  return LAYER.llc;
}

/** Of LLC alone three bytes; with SNAP, the last two are an EtherType. */
export function llc(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + LLC_LENGTH > end) return layers.stopped('cut off');
  const saps = uint16(bytes, at);
  if (saps === SNAP && at + SNAP_LENGTH > end) return layers.stopped('cut off');
  if (saps === SNAP && OUIS_OF_ETHERTYPES.includes((uint16(bytes, at + 3) << 8) | bytes[at + 5])) {
    layers.add(LAYER.llc, SNAP_LENGTH);
    return byEtherType(layers, uint16(bytes, at + 6));
  }
  layers.add(LAYER.llc, LLC_LENGTH);
  return saps === IP_SAPS ? LAYER.ipv4 : layers.stopped('unknown protocol');
}

/** A tag of IEEE 802.1Q. */
export function vlan(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + VLAN_LENGTH > end) return layers.stopped('cut off');
  layers.add(LAYER.vlan, VLAN_LENGTH);
  return byTypeOrLength(layers, uint16(bytes, at + 2));
}

/** The service instance tag of IEEE 802.1ah, which carries a whole frame. */
export function backboneTag(_bytes: Uint8Array, layers: Layers): Layer {
  if (layers.at + BACKBONE_TAG_LENGTH > layers.end) return layers.stopped('cut off');
  layers.add(LAYER.backboneTag, BACKBONE_TAG_LENGTH);
  return LAYER.ethernet;
}

/** A session (RFC 2516), and the protocol of PPP in it. */
export function pppoe(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + PPPOE_LENGTH > end) return layers.stopped('cut off');
  layers.add(LAYER.pppoe, PPPOE_LENGTH);
  layers.end = Math.min(end, at + 6 + uint16(bytes, at + 4));
  return byPppProtocol(layers, uint16(bytes, at + 6));
}

/** Goes on by a protocol number of PPP (IANA). */
export function byPppProtocol(layers: Layers, protocol: number): Layer {
  switch (protocol) {
    case 0x0021:
      return LAYER.ipv4;
    case 0x0057:
      return LAYER.ipv6;
    case 0x0281:
      return LAYER.mpls;
    default:
      return layers.stopped('unknown protocol');
  }
}
