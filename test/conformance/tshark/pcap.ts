/** Writes a classic pcap file. https://www.tcpdump.org/manpages/pcap-savefile.5.html */

/** LINKTYPE_RAW: a frame begins with its IP header. */
const RAW_IP = 101;
const IP_HEADER = 20;
const UDP_HEADER = 8;
const UDP = 17;
const COLLECTOR = 0x0aff0001;
const FIRST_EXPORTER = 0x0a000001;

/** The address from which the exporter of an index sends. */
export function exporterAddress(index: number): string {
  const number = FIRST_EXPORTER + index;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** The payloads as UDP datagrams to `port`, those of each exporter from an address of its own. */
export function pcapOf(exporters: readonly (readonly Uint8Array[])[], port: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32BE(0xa1b2c3d4, 0);
  header.writeUInt16BE(2, 4);
  header.writeUInt16BE(4, 6);
  header.writeUInt32BE(262_144, 16);
  header.writeUInt32BE(RAW_IP, 20);
  const frames = exporters.flatMap((payloads, index) =>
    payloads.flatMap((payload) => frameOf(payload, FIRST_EXPORTER + index, port)),
  );
  return Buffer.concat([header, ...frames]);
}

/** The header of a frame, at time 0, and the frame. Checksums of 0 are not looked at. */
function frameOf(payload: Uint8Array, source: number, port: number): Uint8Array[] {
  const length = IP_HEADER + UDP_HEADER + payload.length;
  const headers = Buffer.alloc(16 + IP_HEADER + UDP_HEADER);
  headers.writeUInt32BE(length, 8);
  headers.writeUInt32BE(length, 12);
  const ip = headers.subarray(16);
  ip[0] = 0x45;
  ip.writeUInt16BE(length, 2);
  ip[8] = 64;
  ip[9] = UDP;
  ip.writeUInt32BE(source, 12);
  ip.writeUInt32BE(COLLECTOR, 16);
  ip.writeUInt16BE(port, 20);
  ip.writeUInt16BE(port, 22);
  ip.writeUInt16BE(UDP_HEADER + payload.length, 24);
  return [headers, payload];
}
