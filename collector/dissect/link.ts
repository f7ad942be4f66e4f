/** Headers below IP: Ethernet, VLAN tags, MPLS, PPPoE. */
import { LAYER, type Layer, type Layers } from './layers.ts';

const [ETHERNET_LENGTH, VLAN_LENGTH, LABEL_LENGTH, PPPOE_LENGTH] = [14, 4, 4, 8];
/** What is smaller is no EtherType, but the length of an 802.3 frame. */
const MIN_ETHERTYPE = 0x0600;
/** Where the EtherType of a frame with LLC and SNAP (RFC 1042) is, and where what it carries. */
const [SNAP_ETHERTYPE, SNAP_LENGTH] = [20, 22];
/** Labels of a stack that are walked over. */
const MAX_LABELS = 32;

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
    case 0x6558: // transparent Ethernet bridging, in GRE and Geneve
      return LAYER.ethernet;
    default:
      return LAYER.payload;
  }
}

export function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

/** Goes on by an EtherType. */
export function byEtherType(layers: Layers, etherType: number): Layer {
  const next = layerOfEtherType(etherType);
  return next === LAYER.payload ? layers.stopped('unknown protocol') : next;
}

export function ethernet(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + ETHERNET_LENGTH > end) return layers.stopped('cut off');
  const etherType = uint16(bytes, at + 12);
  const hasSnap = etherType < MIN_ETHERTYPE && at + SNAP_LENGTH <= end && uint16(bytes, at + 14) === 0xaaaa;
  layers.add(LAYER.ethernet, hasSnap ? SNAP_LENGTH : ETHERNET_LENGTH);
  return byEtherType(layers, hasSnap ? uint16(bytes, at + SNAP_ETHERTYPE) : etherType);
}

export function vlan(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + VLAN_LENGTH > end) return layers.stopped('cut off');
  layers.add(LAYER.vlan, VLAN_LENGTH);
  return byEtherType(layers, uint16(bytes, at + 2));
}

/** Labels up to the bottom of the stack. What is below them says of itself only in its first four bits what it is. */
export function mpls(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  let length = 0;
  do {
    if (at + length + LABEL_LENGTH > end || length === MAX_LABELS * LABEL_LENGTH) {
      if (length > 0) layers.add(LAYER.mpls, length);
      return layers.stopped('cut off');
    }
    length += LABEL_LENGTH;
  } while ((bytes[at + length - 2] & 1) === 0);
  layers.add(LAYER.mpls, length);
  return belowLabels(bytes, layers);
}

/** What a stack of labels carries: IP, else Ethernet (RFC 4448), before which there may be a control word (RFC 4385). */
export function belowLabels(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at >= end) return layers.stopped('cut off');
  const version = bytes[at] >> 4;
  if (version === 4) return LAYER.ipv4;
  if (version === 6) return LAYER.ipv6;
  // A control word begins with zeros, and so may an address.
  if (version === 0 && (isEthernet(bytes, at + 4, end) || !isEthernet(bytes, at, end))) layers.at += 4;
  return LAYER.ethernet;
}

function isEthernet(bytes: Uint8Array, at: number, end: number): boolean {
  return at + ETHERNET_LENGTH <= end && layerOfEtherType(uint16(bytes, at + 12)) !== LAYER.payload;
}

/** A session (RFC 2516), and the protocol of PPP in it. */
export function pppoe(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + PPPOE_LENGTH > end) return layers.stopped('cut off');
  layers.add(LAYER.pppoe, PPPOE_LENGTH);
  layers.end = Math.min(end, at + 6 + uint16(bytes, at + 4));
  return byPppProtocol(layers, uint16(bytes, at + 6));
}

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
