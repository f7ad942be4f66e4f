/** What the head of an export packet tells: its version, and where it ends. */
import type { ToldVersion } from '../common/version-name.ts';

/** Bytes of header and, for the versions whose header counts records, of each record. */
const LAYOUTS = new Map<number, { header: number; records: number[] }>([
  // Vendors differ in the padding at the end of a v1 record.
  [1, { header: 16, records: [48, 52] }],
  [5, { header: 24, records: [48] }],
  [7, { header: 24, records: [52] }],
  [9, { header: 20, records: [] }],
  [10, { header: 16, records: [] }],
]);

/** What sFlow version 5 has before the agent's address and behind it, and the length of that, by its type. */
const SFLOW = { version: 5, agentAt: 8, behindAgent: 16, agentLengths: [0, 4, 16] };

/** The version of a packet; undefined if it does not begin with a header of a known one. */
export function versionOf(payload: Buffer): ToldVersion | undefined {
  if (payload.length < 2) return undefined;
  const version = payload.readUInt16BE(0);
  if (version === 0) return sflowAgentEnd(payload) === undefined ? undefined : 'sflow';
  const layout = LAYOUTS.get(version);
  return layout && payload.length >= layout.header ? version : undefined;
}

/**
 * Where a packet of sFlow has its sub-agent, behind which are sequence number and uptime; undefined of any other
 * packet.
 */
export function sflowAgentEnd(payload: Buffer): number | undefined {
  const { version, agentAt, behindAgent, agentLengths } = SFLOW;
  if (payload.length < agentAt || payload.readUInt32BE(0) !== version) return undefined;
  const end = agentAt + (agentLengths[payload.readUInt32BE(4)] ?? Number.NaN);
  return payload.length >= end + behindAgent ? end : undefined;
}

/**
 * The packets of a file that holds one after another. Versions 1, 5 and 7 tell their length; a version 9 packet does
 * not, so such a file is one packet. So is a remainder that does not begin with the same version. For IPFIX, see
 * ipfix-file.ts.
 */
export function splitPackets(file: Buffer): Buffer[] {
  const version = versionOf(file);
  const packets: Buffer[] = [];
  let rest = file;
  for (;;) {
    const length = possibleLengths(rest).find((end) => end < rest.length && versionOf(rest.subarray(end)) === version);
    if (length === undefined) return [...packets, rest];
    packets.push(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
}

/** Whether a packet says that it is longer than it is: its file was cut off. Version 9 does not say. */
export function isCutOff(packet: Buffer): boolean {
  const lengths = possibleLengths(packet);
  return lengths.length > 0 && lengths.every((length) => length > packet.length);
}

function possibleLengths(packet: Buffer): number[] {
  const version = versionOf(packet);
  const layout = typeof version === 'number' ? LAYOUTS.get(version) : undefined;
  if (layout === undefined) return [];
  const { header, records } = layout;
  const second = packet.readUInt16BE(2);
  return records.map((record) => header + record * second);
}
