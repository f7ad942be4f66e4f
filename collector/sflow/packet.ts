/**
 * The packet that a sample is of: by its first bytes, taken apart as those that IPFIX samples are, else by what the
 * agent has read of its headers itself. In: the records that tell it. Out: the fields of its flow, and of the tunnel
 * around it.
 */
import type { Field } from '../decode/template.ts';
import { proceed } from '../dissect/dissect.ts';
import { LAYER, type Layer, Layers } from '../dissect/layers.ts';
import { byPppProtocol, uint16 } from '../dissect/link.ts';
import { Chosen, fieldsOf, MAX_HEADERS, SHAPE_BITS } from '../sampled/shape.ts';
import { writeFields } from '../sampled/write.ts';
import { copy } from './bytes.ts';
import { iana } from './elements.ts';
import type { SampleRecord } from './sample.ts';
import { FIRST_TUNNEL, FIRST_TUNNEL_IPV6, HEADER, LAST_TUNNEL } from './structures.ts';

/** What the first bytes are of (sFlow Version 5, §5, `header_protocol`), of protocols that are taken apart. */
const HEADER_PROTOCOLS: Readonly<Record<number, Layer>> = {
  1: LAYER.ethernet,
  11: LAYER.ipv4,
  12: LAYER.ipv6,
  13: LAYER.mpls,
};
/** PPP (RFC 1662), over SONET as well. */
const PPP = [7, 14];
/** PPP's address and control, which are often there. */
const ADDRESS_AND_CONTROL = 0xff03;
/** Bytes of the record before those of the packet. */
const BEFORE_HEADER = 16;
/** Bytes of a sampled Ethernet header whose MAC addresses are not filled up to whole words. */
const PACKED_ETHERNET = 20;

/** Bits of what a packet is told by, above those of its headers' shape. Two bits each of families: 1 IPv4, 2 IPv6. */
const BITS = { raw: SHAPE_BITS, ethernet: SHAPE_BITS + 1, ip: SHAPE_BITS + 2, tunnel: SHAPE_BITS + 4 } as const;

const ADDRESSES = [[], [iana(8, 4), iana(12, 4)], [iana(27, 16), iana(28, 16)]];
const TUPLE = [iana(4, 1), iana(7, 2), iana(11, 2)];
const [OCTETS, PACKETS] = [iana(1, 4), iana(2, 1)];

const layers = new Layers();
const chosen = new Chosen();

export class SampledPacket {
  /** Where the records begin that tell it; -1 where there is none. */
  #raw = -1;
  #rawEnd = 0;
  #ethernet = -1;
  #ethernetLength = 0;
  #ip = -1;
  #family = 0;
  #tunnel = -1;
  #tunnelFamily = 0;
  #hasTunnel = false;

  clear(): void {
    this.#raw = -1;
    this.#ethernet = -1;
    this.#ip = -1;
    this.#tunnel = -1;
  }

  /** Takes a record; of those that tell the same, the first counts. */
  take({ format, at, end }: SampleRecord): void {
    if (format === HEADER.raw && this.#raw < 0) {
      this.#raw = at;
      this.#rawEnd = end;
    } else if (format === HEADER.ethernet && this.#ethernet < 0) {
      this.#ethernet = at;
      this.#ethernetLength = end - at;
    } else if ((format === HEADER.ipv4 || format === HEADER.ipv6) && this.#ip < 0) {
      this.#ip = at;
      this.#family = format === HEADER.ipv4 ? 1 : 2;
    } else if (format >= FIRST_TUNNEL && format <= LAST_TUNNEL && this.#tunnel < 0) {
      this.#tunnel = at;
      this.#tunnelFamily = format < FIRST_TUNNEL_IPV6 ? 1 : 2;
    }
  }

  /** Looks at what all the records tell; returns what becomes fields: a number of 22 bits. */
  read(bytes: Uint8Array, view: DataView): number {
    let shape = 0;
    if (this.#raw >= 0) {
      this.#dissect(bytes, view);
      shape = chosen.shape | (1 << BITS.raw);
      this.#hasTunnel = this.#tunnel >= 0 && chosen.ipCount > 0 && chosen.ipCount < MAX_HEADERS;
    } else {
      if (this.#ethernet >= 0) shape |= 1 << BITS.ethernet;
      if (this.#ip >= 0) shape |= this.#family << BITS.ip;
      this.#hasTunnel = this.#tunnel >= 0 && this.#ip >= 0;
    }
    return this.#hasTunnel ? shape | (this.#tunnelFamily << BITS.tunnel) : shape;
  }

  #dissect(bytes: Uint8Array, view: DataView): void {
    const start = this.#raw + BEFORE_HEADER;
    const end = Math.min(this.#rawEnd, start + view.getUint32(start - 4));
    const protocol = view.getUint32(this.#raw);
    const first = HEADER_PROTOCOLS[protocol];
    layers.begin(start, end);
    if (first !== undefined) proceed(bytes, first, layers);
    else if (PPP.includes(protocol)) proceed(bytes, ppp(bytes, layers), layers);
    chosen.take(layers, false);
  }

  /** Appends the values of the fields at `p` of `out`; returns where they end. */
  write(out: Uint8Array, p: number, bytes: Uint8Array): number {
    if (this.#hasTunnel) p = writeTuple(out, p, bytes, this.#tunnel, this.#tunnelFamily);
    let length = -1;
    if (this.#raw >= 0) {
      p = writeFields(out, p, bytes, layers, chosen);
      length = this.#raw + 4;
    } else {
      if (this.#ip >= 0) length = this.#ip;
      if (this.#ethernet >= 0) length = this.#ethernet;
      if (this.#ethernet >= 0) p = this.#writeEthernet(out, p, bytes);
      if (this.#ip >= 0) p = this.#writeIp(out, p, bytes);
    }
    if (length >= 0) p = copy(out, p, bytes, length, 4);
    out[p] = 1;
    return p + 1;
  }

  #writeEthernet(out: Uint8Array, p: number, bytes: Uint8Array): number {
    const at = this.#ethernet + 4;
    const macLength = this.#ethernetLength === PACKED_ETHERNET ? 6 : 8;
    p = copy(out, p, bytes, at, 6);
    p = copy(out, p, bytes, at + macLength, 6);
    return this.#ip >= 0 ? p : copy(out, p, bytes, at + 2 * macLength + 2, 2);
  }

  #writeIp(out: Uint8Array, p: number, bytes: Uint8Array): number {
    p = writeTuple(out, p, bytes, this.#ip, this.#family);
    const flags = this.#ip + (this.#family === 1 ? 24 : 48);
    p = copy(out, p, bytes, flags + 2, 2);
    out[p] = bytes[flags + 7];
    return p + 1;
  }
}

/** Addresses, protocol and ports of a `sampled_ipv4` or `sampled_ipv6`. */
function writeTuple(out: Uint8Array, p: number, bytes: Uint8Array, at: number, family: number): number {
  const length = family === 1 ? 8 : 32;
  p = copy(out, p, bytes, at + 8, length);
  out[p++] = bytes[at + 7];
  const ports = at + 8 + length;
  p = copy(out, p, bytes, ports + 2, 2);
  return copy(out, p, bytes, ports + 6, 2);
}

/** Address and control, if they are there, and the protocol, which may be of one byte. */
function ppp(bytes: Uint8Array, layers: Layers): Layer {
  if (layers.at + 2 <= layers.end && uint16(bytes, layers.at) === ADDRESS_AND_CONTROL) layers.at += 2;
  const isShort = (bytes[layers.at] & 1) === 1;
  const start = layers.at;
  layers.at += isShort ? 1 : 2;
  if (layers.at > layers.end) return layers.stopped('cut off');
  return byPppProtocol(layers, isShort ? bytes[start] : uint16(bytes, start));
}

/** The fields of a packet of this shape. */
export function packetFields(shape: number): Field[] {
  const [family, tunnel] = [(shape >> BITS.ip) & 3, (shape >> BITS.tunnel) & 3];
  const isRaw = (shape >> BITS.raw) & 1;
  const isEthernet = (shape >> BITS.ethernet) & 1;
  return [
    ...(tunnel ? [...ADDRESSES[tunnel], ...TUPLE] : []),
    ...(isRaw ? fieldsOf(shape & (2 ** SHAPE_BITS - 1)) : []),
    ...(isEthernet ? [iana(56, 6), iana(80, 6)] : []),
    ...(isEthernet && !family ? [iana(256, 2)] : []),
    ...(family ? [...ADDRESSES[family], ...TUPLE, iana(6, 2), iana(5, 1)] : []),
    ...(isRaw || isEthernet || family ? [OCTETS] : []),
    PACKETS,
  ];
}
