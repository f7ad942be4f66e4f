/** From a captured frame to the UDP datagram in it: link layer, VLAN tags, IPv4 or IPv6, UDP. */
import type { Frame } from './pcap.ts';

export type Datagram = { source: string; sourcePort: number; destinationPort: number; payload: Buffer };

/** A frame that does not hold a whole datagram: not one at all, a fragment, or cut off by the capture. */
export type NotADatagram = 'not udp' | 'fragment' | 'cut off';

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** 802.1Q, 802.1ad and the older QinQ value. */
const ETHERTYPES_VLAN = [0x8100, 0x88a8, 0x9100];

const UDP = 17;
const IPV6_FRAGMENT = 44;
/** Hop-by-hop, routing and destination options: next header and length come first (RFC 8200 §4). */
const IPV6_EXTENSIONS = [0, 43, 60];

/** Where the EtherType stands, by link type; those without one begin with the IP packet, after this many bytes. */
const LINKS = new Map<number, { etherType: number; header: number } | { header: number }>([
  [1, { etherType: 12, header: 14 }], // Ethernet
  [113, { etherType: 14, header: 16 }], // Linux cooked
  [276, { etherType: 0, header: 20 }], // Linux cooked, version 2
  [0, { header: 4 }], // BSD loopback
  [108, { header: 4 }], // OpenBSD loopback
  [12, { header: 0 }], // raw IP, as some systems number it
  [14, { header: 0 }],
  [101, { header: 0 }],
  [228, { header: 0 }], // raw IPv4
  [229, { header: 0 }], // raw IPv6
]);

/** The UDP datagram a frame holds. */
export function decodeFrame({ linkType, data }: Frame): Datagram | NotADatagram {
  const link = LINKS.get(linkType);
  if (!link || data.length <= link.header) return 'not udp';
  let header = link.header;
  if ('etherType' in link) {
    let etherType = data.readUInt16BE(link.etherType);
    while (ETHERTYPES_VLAN.includes(etherType) && header + 4 < data.length) {
      etherType = data.readUInt16BE(header + 2);
      header += 4;
    }
    if (etherType !== ETHERTYPE_IPV4 && etherType !== ETHERTYPE_IPV6) return 'not udp';
  }
  const packet = data.subarray(header);
  if (packet[0] >> 4 === 4) return decodeIPv4(packet);
  if (packet[0] >> 4 === 6) return decodeIPv6(packet);
  return 'not udp';
}

function decodeIPv4(packet: Buffer): Datagram | NotADatagram {
  const header = (packet[0] & 0x0f) * 4;
  if (packet.length < 20 || header < 20 || packet[9] !== UDP) return 'not udp';
  const moreFragmentsOrOffset = packet.readUInt16BE(6) & 0x3fff;
  if (moreFragmentsOrOffset !== 0) return 'fragment';
  return decodeUdp(packet, header, packet.subarray(12, 16).join('.'));
}

function decodeIPv6(packet: Buffer): Datagram | NotADatagram {
  if (packet.length < 40) return 'not udp';
  let next = packet[6];
  let header = 40;
  while (IPV6_EXTENSIONS.includes(next) && header + 8 <= packet.length) {
    next = packet[header];
    header += (packet[header + 1] + 1) * 8;
  }
  if (next === IPV6_FRAGMENT) return 'fragment';
  if (next !== UDP) return 'not udp';
  const groups = Array.from({ length: 8 }, (_, index) => packet.readUInt16BE(8 + index * 2).toString(16));
  return decodeUdp(packet, header, groups.join(':'));
}

function decodeUdp(packet: Buffer, header: number, source: string): Datagram | NotADatagram {
  if (packet.length < header + 8) return 'cut off';
  const length = packet.readUInt16BE(header + 4);
  if (length < 8) return 'not udp';
  if (packet.length < header + length) return 'cut off';
  return {
    source,
    sourcePort: packet.readUInt16BE(header),
    destinationPort: packet.readUInt16BE(header + 2),
    payload: packet.subarray(header + 8, header + length),
  };
}
