/** Headers of tunnels. */
import { LAYER, type Layer, type Layers } from './layers.ts';
import { byEtherType, byPppProtocol, uint16 } from './link.ts';

/** Of VXLAN, Geneve and GTP. */
const TUNNEL_LENGTH = 8;
const ETHERIP_LENGTH = 2;
/** Flags of GRE. */
const [CHECKSUM, ROUTING, KEY, SEQUENCE, ACKNOWLEDGEMENT] = [0x8000, 0x4000, 0x2000, 0x1000, 0x0080];
/** Protocols of GRE: PPP; mirrored frames, of type I and II, and of type III. */
const [PPP, ERSPAN_2, ERSPAN_3] = [0x880b, 0x88be, 0x22eb];
const [ERSPAN_2_LENGTH, ERSPAN_3_LENGTH, ERSPAN_SUBHEADER_LENGTH] = [8, 12, 8];
/** Flags of VXLAN: there is an identifier; and the next protocol is told. */
const [HAS_VNI, HAS_PROTOCOL] = [0x08, 0x04];
/** Version 1 of GTP, and the message that carries a user's packet. */
const [GTP_1, G_PDU] = [0b0011, 255];
/** Flags of GTP: extension headers, sequence, N-PDU number. With any, four bytes are there for all of them. */
const [GTP_EXTENSION, GTP_OPTIONS] = [0x04, 0x07];
/** Extension headers of a packet that are walked over. */
const MAX_EXTENSIONS = 8;

/** RFC 2784 and 2890; version 1, which carries PPP, RFC 2637. */
export function gre(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + 4 > end) return layers.stopped('cut off');
  const flags = uint16(bytes, at);
  const isPptp = (flags & 7) === 1;
  if ((flags & 7) > 1 || (flags & ROUTING) !== 0) return layers.stopped('malformed');
  let length = 4;
  if ((flags & (isPptp ? ACKNOWLEDGEMENT : CHECKSUM)) !== 0) length += 4;
  if ((flags & KEY) !== 0) length += 4;
  if ((flags & SEQUENCE) !== 0) length += 4;
  layers.add(LAYER.gre, length);
  const protocol = uint16(bytes, at + 2);
  if (isPptp || protocol === PPP) return ppp(bytes, layers);
  if (protocol === ERSPAN_2 || protocol === ERSPAN_3) return erspan(bytes, layers, protocol, (flags & SEQUENCE) !== 0);
  return byEtherType(layers, protocol);
}

/** Mirrored frames (draft-foschiano-erspan): of type I, which has no sequence, they have no header. */
function erspan(bytes: Uint8Array, layers: Layers, protocol: number, hasSequence: boolean): Layer {
  const { at, end } = layers;
  if (protocol === ERSPAN_2) layers.at += hasSequence ? ERSPAN_2_LENGTH : 0;
  else if (at + ERSPAN_3_LENGTH > end) return layers.stopped('cut off');
  else layers.at += ERSPAN_3_LENGTH + ((bytes[at + ERSPAN_3_LENGTH - 1] & 1) === 1 ? ERSPAN_SUBHEADER_LENGTH : 0);
  return LAYER.ethernet;
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

/** Whether the header says so itself: the flag of an identifier. All else may be anything (RFC 7348 §5). */
export function isVxlan(bytes: Uint8Array, { at, end }: Layers): boolean {
  return at + TUNNEL_LENGTH <= end && (bytes[at] & HAS_VNI) !== 0;
}

export function isVxlanGpe(bytes: Uint8Array, layers: Layers): boolean {
  return isVxlan(bytes, layers) && (bytes[layers.at] & HAS_PROTOCOL) !== 0;
}

/** RFC 7348. */
export function vxlan(_bytes: Uint8Array, layers: Layers): Layer {
  if (layers.at + TUNNEL_LENGTH > layers.end) return layers.stopped('cut off');
  layers.add(LAYER.vxlan, TUNNEL_LENGTH);
  return LAYER.ethernet;
}

/** draft-ietf-nvo3-vxlan-gpe. */
export function vxlanGpe(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + TUNNEL_LENGTH > end) return layers.stopped('cut off');
  layers.add(LAYER.vxlan, TUNNEL_LENGTH);
  switch (bytes[at + 3]) {
    case 1:
      return LAYER.ipv4;
    case 2:
      return LAYER.ipv6;
    case 3:
      return LAYER.ethernet;
    case 5:
      return LAYER.mpls;
    default:
      return layers.stopped('unknown protocol');
  }
}

/** RFC 8926, with its options. */
export function geneve(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + TUNNEL_LENGTH > end) return layers.stopped('cut off');
  if (bytes[at] >> 6 !== 0) return layers.stopped('malformed');
  layers.add(LAYER.geneve, TUNNEL_LENGTH + (bytes[at] & 63) * 4);
  return byEtherType(layers, uint16(bytes, at + 2));
}

export function isGtp(bytes: Uint8Array, { at, end }: Layers): boolean {
  return at + TUNNEL_LENGTH <= end && bytes[at] >> 4 === GTP_1 && bytes[at + 1] === G_PDU;
}

/** The user plane of mobile networks (3GPP TS 29.281 §5), with its extension headers. */
export function gtp(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + TUNNEL_LENGTH > end) return layers.stopped('cut off');
  const flags = bytes[at];
  layers.add(LAYER.gtp, TUNNEL_LENGTH + ((flags & GTP_OPTIONS) === 0 ? 0 : 4));
  if ((flags & GTP_EXTENSION) === 0) return LAYER.ip;
  // Each begins with its length in words; its last byte, as that of the options, is the type of the next.
  for (let extension = 0; extension < MAX_EXTENSIONS; extension++) {
    if (layers.at >= end) return layers.stopped('cut off');
    if (bytes[layers.at - 1] === 0) return LAYER.ip;
    const length = bytes[layers.at] * 4;
    if (length === 0) return layers.stopped('malformed');
    layers.at += length;
  }
  return layers.stopped('too many headers');
}

/** RFC 3378. */
export function etherip(_bytes: Uint8Array, layers: Layers): Layer {
  if (layers.at + ETHERIP_LENGTH > layers.end) return layers.stopped('cut off');
  layers.add(LAYER.etherip, ETHERIP_LENGTH);
  return LAYER.ethernet;
}
