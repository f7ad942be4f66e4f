/**
 * Labels of MPLS, and what is below them. Nothing names it: its first four bits tell IP, a control word, a channel
 * header, or are of an address of Ethernet, which may begin with any (RFC 4928 §3, RFC 8469). So what is behind them
 * decides.
 */
import { layerOfProtocol } from './ip.ts';
import { LAYER, type Layer, type Layers } from './layers.ts';
import { byPppProtocol, layerOfEtherType, MIN_ETHERTYPE, uint16 } from './link.ts';

const LABEL_LENGTH = 4;
/** Labels of a stack that are walked over. */
const MAX_LABELS = 32;
/** Bytes of a control word (RFC 4385 §3) and of a channel header (§5). */
const WORD_LENGTH = 4;
/** First four bits. */
const [CONTROL_WORD, CHANNEL, IPV4, IPV6] = [0, 1, 4, 6];
/** Bytes of Ethernet's addresses, before its type. */
const ADDRESSES_LENGTH = 12;
/** Tags of a frame that are looked behind. */
const MAX_TAGS = 2;
const MIN_IHL = 5;
/** Control of LLC: unnumbered information. */
const UI = 3;
/**
 * EtherTypes of frames that are switched but not taken apart: ARP, RARP, slow protocols, PPPoE's discovery, EAPOL,
 * LLDP, …
 */
const OTHER_ETHERTYPES = new Set([
  ...[0x0806, 0x8035, 0x8809, 0x8863, 0x888e, 0x88cc, 0x88e5, 0x88f5, 0x88f7, 0x8902, 0x8906, 0x8915, 0x9000],
]);

/** Labels up to the bottom of the stack. */
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

/**
 * What a stack of labels carries: IP, a channel's message in IP, or Ethernet (RFC 4448), with or without a control
 * word.
 */
export function belowLabels(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at >= end) return layers.stopped('cut off');
  switch (bytes[at] >> 4) {
    case IPV4:
      return isIpv4(bytes, at) || !isEthernet(bytes, at, end) ? LAYER.ipv4 : LAYER.ethernet;
    case IPV6:
      return isIpv6(bytes, at, end) || !isEthernet(bytes, at, end) ? LAYER.ipv6 : LAYER.ethernet;
    case CHANNEL:
      return isChannel(bytes, at, end) && !isEthernet(bytes, at, end) ? channel(bytes, layers) : LAYER.ethernet;
    case CONTROL_WORD:
      if (isZeroWord(bytes, at, end) || !isEthernet(bytes, at, end)) layers.at += WORD_LENGTH;
      return LAYER.ethernet;
    default:
      return LAYER.ethernet;
  }
}

function isIpv4(bytes: Uint8Array, at: number): boolean {
  return (bytes[at] & 15) >= MIN_IHL;
}

function isIpv6(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 6 < end && layerOfProtocol(bytes[at + 6]) !== LAYER.payload;
}

/** As most control words are, and no address begins. */
function isZeroWord(bytes: Uint8Array, at: number, end: number): boolean {
  return at + WORD_LENGTH <= end && uint16(bytes, at) === 0 && uint16(bytes, at + 2) === 0;
}

/** Version and reserved bits are zero. */
function isChannel(bytes: Uint8Array, at: number, end: number): boolean {
  return at + WORD_LENGTH <= end && uint16(bytes, at) === 0x1000;
}

/** Types of channels that carry IP have the numbers of PPP (RFC 5085 §5.1.1). */
function channel(bytes: Uint8Array, layers: Layers): Layer {
  layers.at += WORD_LENGTH;
  return byPppProtocol(layers, uint16(bytes, layers.at - 2));
}

/**
 * Whether a frame begins at `at`: its type, behind tags, is one that is known, and what is behind begins as it says.
 */
function isEthernet(bytes: Uint8Array, at: number, end: number): boolean {
  let body = at + ADDRESSES_LENGTH + 2;
  for (let tags = 0; tags < MAX_TAGS && body <= end && layerOfEtherType(uint16(bytes, body - 2)) === LAYER.vlan; tags++)
    body += 4;
  if (body > end) return body > at + ADDRESSES_LENGTH + 2;
  const etherType = uint16(bytes, body - 2);
  if (etherType < MIN_ETHERTYPE) return isLlc(bytes, body, end);
  const layer = layerOfEtherType(etherType);
  if (layer === LAYER.payload) return OTHER_ETHERTYPES.has(etherType);
  if (body === end) return true;
  const version = layer === LAYER.ipv4 ? IPV4 : layer === LAYER.ipv6 ? IPV6 : undefined;
  return version === undefined || bytes[body] >> 4 === version;
}

function isLlc(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 3 <= end && bytes[at] === bytes[at + 1] && bytes[at + 2] === UI;
}
