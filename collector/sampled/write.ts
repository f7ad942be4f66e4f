/** Writes the fields that `fieldsOf` tells from the headers of a packet. */
import { LAYER, type Layers } from '../dissect/layers.ts';
import { MIN_ETHERTYPE, SNAP_LENGTH, uint16 } from '../dissect/link.ts';
import { type Chosen, MAX_LABELS, SHAPE, TRANSPORT } from './shape.ts';

/** Kinds of identifiers in layer2SegmentId (RFC 7133 §3.1); Geneve has none. */
const VXLAN_SEGMENT = 1;

/** Appends them at `p` of `out`; returns where they end. */
export function writeFields(out: Uint8Array, p: number, bytes: Uint8Array, layers: Layers, chosen: Chosen): number {
  const { shape } = chosen;
  if (shape & SHAPE.ethernet) p = writeEthernet(out, p, bytes, layers, chosen);
  if (shape & SHAPE.labels) p = writeLabels(out, p, bytes, layers, chosen.labels);
  if (shape & SHAPE.segmentId) p = writeSegmentId(out, p, bytes, layers, chosen.segmentId);
  p = writeCarried(out, p, bytes, layers, (shape >> SHAPE.carried) & 3);
  if (shape & SHAPE.segments) {
    const outermost = firstOf(layers, LAYER.ipv6);
    p = copy(out, p, bytes, layers.starts[outermost] + 24, 16);
  }
  for (let index = chosen.ipCount - 1; index >= 0; index--) p = writeIp(out, p, bytes, layers, chosen, index);
  return p;
}

function copy(out: Uint8Array, p: number, bytes: Uint8Array, at: number, length: number): number {
  for (let index = 0; index < length; index++) out[p + index] = bytes[at + index];
  return p + length;
}

function zero(out: Uint8Array, p: number, length: number): number {
  for (let index = 0; index < length; index++) out[p + index] = 0;
  return p + length;
}

function firstOf(layers: Layers, kind: number): number {
  let index = 0;
  while (layers.kinds[index] !== kind) index++;
  return index;
}

function writeEthernet(
  out: Uint8Array,
  p: number,
  bytes: Uint8Array,
  { count, kinds, starts, bodies }: Layers,
  { ethernet, ipCount }: Chosen,
): number {
  const at = starts[ethernet];
  p = copy(out, p, bytes, at + 6, 6);
  p = copy(out, p, bytes, at, 6);
  let tags = 0;
  while (ethernet + 1 + tags < count && kinds[ethernet + 1 + tags] === LAYER.vlan) tags++;
  for (let nth = 0; nth < 2; nth++) {
    const tag = starts[ethernet + 1 + nth];
    out[p++] = nth < tags ? bytes[tag] & 15 : 0;
    out[p++] = nth < tags ? bytes[tag + 1] : 0;
  }
  if (ipCount > 0) return p;
  let last = ethernet + tags;
  if (last + 1 < count && kinds[last + 1] === LAYER.llc) last++;
  // Of each of these the last two bytes, but not of LLC alone, and not where they are a length.
  const type = bodies[last] - 2;
  const isType =
    kinds[last] === LAYER.llc ? type - starts[last] === SNAP_LENGTH - 2 : uint16(bytes, type) >= MIN_ETHERTYPE;
  return isType ? copy(out, p, bytes, type, 2) : zero(out, p, 2);
}

function writeLabels(out: Uint8Array, p: number, bytes: Uint8Array, layers: Layers, index: number): number {
  const [start, end] = [layers.starts[index], layers.ends[index]];
  let isBottom = false;
  for (let nth = 0; nth < MAX_LABELS; nth++) {
    const at = start + 4 * nth;
    if (isBottom || at + 4 > end) {
      p = zero(out, p, 3);
      continue;
    }
    p = copy(out, p, bytes, at, 3);
    isBottom = (bytes[at + 2] & 1) === 1;
  }
  return p;
}

function writeSegmentId(out: Uint8Array, p: number, bytes: Uint8Array, layers: Layers, index: number): number {
  p = zero(out, p, 5);
  if (layers.kinds[index] === LAYER.vxlan) out[p - 5] = VXLAN_SEGMENT;
  return copy(out, p, bytes, layers.starts[index] + 4, 3);
}

/** What IPv4 carries, whose header is not there. */
function writeCarried(out: Uint8Array, p: number, bytes: Uint8Array, layers: Layers, transport: number): number {
  if (transport === TRANSPORT.icmp) return copy(out, p, bytes, layers.starts[0], 2);
  if (transport === TRANSPORT.none) return p;
  p = copy(out, p, bytes, layers.starts[0], 4);
  return transport === TRANSPORT.ports ? writeFlags(out, p, bytes, layers, 0) : p;
}

/** Zero where it is not TCP. */
function writeFlags(out: Uint8Array, p: number, bytes: Uint8Array, layers: Layers, index: number): number {
  const at = layers.starts[index];
  const hasFlags = layers.kinds[index] === LAYER.tcp;
  out[p] = hasFlags ? bytes[at + 12] & 15 : 0;
  out[p + 1] = hasFlags ? bytes[at + 13] : 0;
  return p + 2;
}

/** `nth` counts headers of IP from the innermost, which is 0. */
function writeIp(
  out: Uint8Array,
  p: number,
  bytes: Uint8Array,
  layers: Layers,
  { ips, shape, transport }: Chosen,
  nth: number,
): number {
  const index = ips[nth];
  const at = layers.starts[index];
  const isIpv4 = layers.kinds[index] === LAYER.ipv4;
  p = isIpv4 ? copy(out, p, bytes, at + 12, 8) : copy(out, p, bytes, at + 8, 32);
  out[p++] = layers.protocols[index];
  if (nth > 0) {
    const isUdp = layers.kinds[index + 1] === LAYER.udp;
    return isUdp ? copy(out, p, bytes, layers.starts[index + 1], 4) : zero(out, p, 4);
  }
  const kind = shape & SHAPE.transport;
  const above = transport < 0 ? 0 : layers.starts[transport];
  if (kind === TRANSPORT.ports || kind === TRANSPORT.tcpCutOff) p = copy(out, p, bytes, above, 4);
  out[p++] = isIpv4 ? bytes[at + 1] : ((bytes[at] & 15) << 4) | (bytes[at + 1] >> 4);
  out[p++] = isIpv4 ? bytes[at + 8] : bytes[at + 7];
  if (!isIpv4) {
    out[p++] = 0;
    out[p++] = bytes[at + 1] & 15;
    p = copy(out, p, bytes, at + 2, 2);
  }
  if (kind === TRANSPORT.ports) p = writeFlags(out, p, bytes, layers, transport);
  return kind === TRANSPORT.icmp ? copy(out, p, bytes, above, 2) : p;
}
