/** IPv4, and IPv6 with its extension headers. */
import { LAYER, type Layer, type Layers } from './layers.ts';
import { uint16 } from './link.ts';

const [MIN_IPV4, IPV6_LENGTH, FRAGMENT_LENGTH] = [20, 40, 8];
/** Extension headers of a packet that are walked over. */
const MAX_EXTENSIONS = 16;

const [HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, NO_NEXT, DESTINATION, MOBILITY, HIP, SHIM6] = [
  0, 43, 44, 51, 59, 60, 135, 139, 140,
];
const SEGMENT_ROUTING = 4;

/** What comes behind IP, by IANA's protocol numbers; 0 where that is data. */
const LAYERS_BY_PROTOCOL = new Uint8Array(256);
LAYERS_BY_PROTOCOL[1] = LAYER.icmp;
LAYERS_BY_PROTOCOL[4] = LAYER.ipv4;
LAYERS_BY_PROTOCOL[6] = LAYER.tcp;
LAYERS_BY_PROTOCOL[17] = LAYER.udp;
LAYERS_BY_PROTOCOL[33] = LAYER.ports;
LAYERS_BY_PROTOCOL[41] = LAYER.ipv6;
LAYERS_BY_PROTOCOL[47] = LAYER.gre;
LAYERS_BY_PROTOCOL[58] = LAYER.icmpv6;
LAYERS_BY_PROTOCOL[97] = LAYER.etherip;
LAYERS_BY_PROTOCOL[132] = LAYER.ports;
LAYERS_BY_PROTOCOL[136] = LAYER.ports;
LAYERS_BY_PROTOCOL[137] = LAYER.mpls;
LAYERS_BY_PROTOCOL[143] = LAYER.ethernet;

/** What comes behind IP with this protocol number; data where there is no such number. */
export function layerOfProtocol(protocol: number): Layer {
  return (LAYERS_BY_PROTOCOL[protocol] ?? LAYER.payload) as Layer;
}

function byProtocol(layers: Layers, protocol: number): Layer {
  const next = layerOfProtocol(protocol);
  return next === LAYER.payload ? layers.stopped('unknown protocol') : next;
}

/** What the header of IP carries that is the last one so far. */
export function carriedByIp(bytes: Uint8Array, layers: Layers): Layer {
  const index = layers.count - 1;
  if (layers.kinds[index] === LAYER.ipv4) return carriedByIpv4(bytes, layers, index);
  return extensions(bytes, layers, bytes[layers.starts[index] + 6]);
}

/** IP of the version that its first bits say. */
export function ip(bytes: Uint8Array, layers: Layers): Layer {
  if (layers.at >= layers.end) return layers.stopped('cut off');
  const version = bytes[layers.at] >> 4;
  if (version === 4) return LAYER.ipv4;
  return version === 6 ? LAYER.ipv6 : layers.stopped('unknown protocol');
}

/** RFC 791; behind the header of a later fragment nothing is read. */
export function ipv4(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + MIN_IPV4 > end) return layers.stopped('cut off');
  const length = (bytes[at] & 15) * 4;
  if (bytes[at] >> 4 !== 4 || length < MIN_IPV4) return layers.stopped('malformed');
  const total = uint16(bytes, at + 2);
  layers.add(LAYER.ipv4, length);
  const index = layers.count - 1;
  layers.protocols[index] = bytes[at + 9];
  // Zero where the network card cuts what is sent into packets.
  if (total >= length) layers.end = Math.min(end, at + total);
  if (layers.at > end) return layers.stopped('cut off');
  return carriedByIpv4(bytes, layers, index);
}

function carriedByIpv4(bytes: Uint8Array, layers: Layers, index: number): Layer {
  const at = layers.starts[index];
  const fragment = uint16(bytes, at + 6) & 0x3fff;
  if (fragment !== 0) {
    markFragment(layers, index);
    if ((fragment & 0x1fff) !== 0) return layers.stopped('fragment');
  }
  const protocol = bytes[at + 9];
  if (protocol !== AUTHENTICATION) return byProtocol(layers, protocol);
  const header = layers.at;
  if (header + 4 > layers.end) return layers.stopped('cut off');
  layers.at += authenticationLength(bytes, header);
  layers.protocols[index] = bytes[header];
  return byProtocol(layers, bytes[header]);
}

/** Of an authentication header (RFC 4302), which stands between IP and what it carries. */
function authenticationLength(bytes: Uint8Array, at: number): number {
  return (bytes[at + 1] + 2) * 4;
}

/** RFC 8200, with its extension headers. */
export function ipv6(bytes: Uint8Array, layers: Layers): Layer {
  const { at, end } = layers;
  if (at + IPV6_LENGTH > end) return layers.stopped('cut off');
  if (bytes[at] >> 4 !== 6) return layers.stopped('malformed');
  layers.add(LAYER.ipv6, IPV6_LENGTH);
  const payload = uint16(bytes, at + 4);
  // Zero in jumbograms, and where the network card cuts what is sent into packets.
  if (payload > 0) layers.end = Math.min(end, layers.at + payload);
  return extensions(bytes, layers, bytes[at + 6]);
}

/** Walks over extension headers (RFC 8200 §4), which begin with what comes next and their length. */
function extensions(bytes: Uint8Array, layers: Layers, next: number): Layer {
  const index = layers.count - 1;
  for (let extension = 0; extension < MAX_EXTENSIONS; extension++) {
    const { at, end } = layers;
    layers.protocols[index] = next;
    switch (next) {
      case FRAGMENT: {
        if (at + FRAGMENT_LENGTH > end) return layers.stopped('cut off');
        layers.at += FRAGMENT_LENGTH;
        const fragment = uint16(bytes, at + 2);
        next = bytes[at];
        layers.protocols[index] = next;
        // A whole packet may have the header, too (RFC 8200 §4.5).
        if ((fragment & 0xfff9) !== 0) markFragment(layers, index);
        if (fragment >> 3 !== 0) return layers.stopped('fragment');
        break;
      }
      case HOP_BY_HOP:
      case ROUTING:
      case DESTINATION:
      case AUTHENTICATION:
      case MOBILITY:
      case HIP:
      case SHIM6: {
        if (at + 4 > end) return layers.stopped('cut off');
        if (next === ROUTING && bytes[at + 2] === SEGMENT_ROUTING) layers.segments[index] = 1;
        layers.at += next === AUTHENTICATION ? authenticationLength(bytes, at) : (bytes[at + 1] + 1) * 8;
        next = bytes[at];
        break;
      }
      case NO_NEXT:
        return layers.stopped('whole');
      default:
        return byProtocol(layers, next);
    }
  }
  return layers.stopped('too many headers');
}

function markFragment(layers: Layers, index: number): void {
  if (layers.fragment >= 0) return;
  layers.fragment = index;
  layers.fragmentData = layers.at;
}
