/**
 * From captured frames to the UDP datagrams in them, whatever headers these are wrapped in; fragments are put together.
 */
import { dissect } from '../dissect/dissect.ts';
import { LAYER, type Layer, Layers } from '../dissect/layers.ts';
import { layerOfEtherType } from '../dissect/link.ts';
import type { Frame } from './pcap.ts';
import { Reassembler } from './reassembly.ts';

export type Datagram = { source: string; sourcePort: number; destinationPort: number; payload: Buffer };

/** Why there is no datagram in a frame, in words that follow "frames". */
export type Skipped = string;

/** It has a fragment of a datagram, and others are yet to come. */
export const AWAITED = 'of fragments whose others are missing';

/**
 * What frames begin with, by link type (https://www.tcpdump.org/linktypes.html); or where that stands as an EtherType.
 */
const LINKS = new Map<number, { first: Layer; header: number } | { etherType: number; header: number }>([
  [1, { first: LAYER.ethernet, header: 0 }],
  [113, { etherType: 14, header: 16 }], // Linux cooked
  [276, { etherType: 0, header: 20 }], // Linux cooked, version 2
  [0, { first: LAYER.ip, header: 4 }], // BSD loopback
  [108, { first: LAYER.ip, header: 4 }], // OpenBSD loopback
  [12, { first: LAYER.ip, header: 0 }], // raw IP, as some systems number it
  [14, { first: LAYER.ip, header: 0 }],
  [101, { first: LAYER.ip, header: 0 }],
  [228, { first: LAYER.ipv4, header: 0 }],
  [229, { first: LAYER.ipv6, header: 0 }],
  [51, { first: LAYER.pppoe, header: 0 }],
  [219, { first: LAYER.mpls, header: 0 }],
]);

/** Takes the frames of a capture in turn, and keeps fragments until the others have come. */
export class FrameReader {
  readonly #layers = new Layers();
  readonly #reassembler = new Reassembler();

  /** Fragments that wait for others. */
  get fragments(): number {
    return this.#reassembler.fragments;
  }

  /** The innermost datagram of a frame. */
  read({ linkType, data }: Frame): Datagram | Skipped {
    const link = LINKS.get(linkType);
    if (!link) return `of link type ${linkType}, which is not known`;
    if (data.length <= link.header) return 'cut off by the capture';
    if ('first' in link) return this.#decode(data, link.header, link.first);
    const first = layerOfEtherType(data.readUInt16BE(link.etherType));
    return first === LAYER.payload ? 'that are not IP' : this.#decode(data, link.header, first);
  }

  #decode(data: Buffer, at: number, first: Layer): Datagram | Skipped {
    const layers = this.#layers;
    dissect(data, at, data.length, first, layers);
    if (layers.fragment >= 0) {
      const whole = this.#reassembler.take(data, layers);
      if (whole === 'malformed') return 'that are malformed';
      if (whole === 'cut off') return 'cut off by the capture';
      return whole === undefined ? AWAITED : this.#decode(whole, 0, LAYER.ip);
    }
    const innermost = layers.lastOf(LAYER.ipv4, LAYER.ipv6);
    if (layers.count > 0 && layers.kinds[layers.count - 1] === LAYER.udp) return this.#datagram(data, innermost);
    return whySkipped(layers, innermost);
  }

  #datagram(data: Buffer, innermost: number): Datagram | Skipped {
    const layers = this.#layers;
    const at = layers.starts[layers.count - 1];
    if (data.length < at + 8) return 'cut off by the capture';
    const length = data.readUInt16BE(at + 4);
    if (length < 8) return 'that are malformed';
    if (data.length < at + length) return 'cut off by the capture';
    return {
      source: addressText(data, layers.starts[innermost], layers.kinds[innermost]),
      sourcePort: data.readUInt16BE(at),
      destinationPort: data.readUInt16BE(at + 2),
      payload: data.subarray(at + 8, at + length),
    };
  }
}

function whySkipped({ stop }: Layers, innermost: number): Skipped {
  if (stop === 'cut off') return 'cut off by the capture';
  if (stop === 'malformed' || stop === 'too many headers') return 'that are malformed';
  return innermost < 0 ? 'that are not IP' : 'that are not UDP';
}

function addressText(data: Buffer, header: number, kind: number): string {
  if (kind === LAYER.ipv4) return data.subarray(header + 12, header + 16).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => data.readUInt16BE(header + 8 + index * 2).toString(16));
  return groups.join(':');
}
