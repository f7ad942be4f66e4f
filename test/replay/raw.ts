/** What the head of an export packet tells: its version, and where it ends. */

/** Bytes of header and, for the versions whose header counts records, of each record. */
const LAYOUTS = new Map<number, { header: number; record?: number }>([
  [1, { header: 16, record: 52 }],
  [5, { header: 24, record: 48 }],
  [7, { header: 24, record: 52 }],
  [9, { header: 20 }],
  [10, { header: 16 }],
]);

/** The NetFlow or IPFIX version of a packet; undefined if it does not begin with a header of a known one. */
export function versionOf(payload: Buffer): number | undefined {
  if (payload.length < 2) return undefined;
  const version = payload.readUInt16BE(0);
  const layout = LAYOUTS.get(version);
  return layout && payload.length >= layout.header ? version : undefined;
}

/**
 * The packets of a file that holds one after another. Versions 1, 5, 7 and IPFIX tell their length; a version 9 packet
 * does not, so such a file is one packet. So is a remainder that does not begin with the same version.
 */
export function splitPackets(file: Buffer): Buffer[] {
  const version = versionOf(file);
  const packets: Buffer[] = [];
  let rest = file;
  for (;;) {
    const length = statedLength(rest);
    if (length === undefined || length >= rest.length || versionOf(rest.subarray(length)) !== version) break;
    packets.push(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  return [...packets, rest];
}

function statedLength(packet: Buffer): number | undefined {
  const version = versionOf(packet);
  if (version === undefined) return undefined;
  const { header, record } = LAYOUTS.get(version)!;
  if (record !== undefined) return header + record * packet.readUInt16BE(2);
  if (version !== 10) return undefined;
  const length = packet.readUInt16BE(2);
  return length >= header ? length : undefined;
}
