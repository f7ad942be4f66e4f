/** A made-up flow as a record of each version, and the templates these records follow. */
import type { Family, Flow } from './flow.ts';
import { encodeRecord, type Template, type Values } from './set.ts';

/** A record of v5: 48 bytes, times on the exporter's uptime clock in milliseconds. */
export function v5Record(flow: Flow, sysUptime: number): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.set(flow.source, 0);
  bytes.set(flow.destination, 4);
  bytes.set(flow.nextHop, 8);
  bytes.writeUInt16BE(flow.input, 12);
  bytes.writeUInt16BE(flow.output, 14);
  bytes.writeUInt32BE(flow.packets, 16);
  bytes.writeUInt32BE(flow.bytes, 20);
  bytes.writeUInt32BE(sysUptime - flow.startedBefore, 24);
  bytes.writeUInt32BE(sysUptime - flow.endedBefore, 28);
  bytes.writeUInt16BE(flow.sourcePort, 32);
  bytes.writeUInt16BE(flow.destinationPort, 34);
  bytes[37] = flow.tcpFlags;
  bytes[38] = flow.protocol;
  bytes[39] = flow.tos;
  bytes.writeUInt16BE(flow.sourceAs & 0xffff, 40);
  bytes.writeUInt16BE(flow.destinationAs & 0xffff, 42);
  bytes[44] = flow.sourcePrefix;
  bytes[45] = flow.destinationPrefix;
  return bytes;
}

const V9_COMMON = [
  { id: 7, length: 2 },
  { id: 11, length: 2 },
  { id: 4, length: 1 },
  { id: 5, length: 1 },
  { id: 6, length: 1 },
  { id: 10, length: 4 },
  { id: 14, length: 4 },
  { id: 16, length: 4 },
  { id: 17, length: 4 },
  { id: 1, length: 4 },
  { id: 2, length: 4 },
  { id: 22, length: 4 },
  { id: 21, length: 4 },
];
const IPFIX_COMMON = [
  { id: 7, length: 2 },
  { id: 11, length: 2 },
  { id: 4, length: 1 },
  { id: 5, length: 1 },
  { id: 6, length: 2 },
  { id: 10, length: 4 },
  { id: 14, length: 4 },
  { id: 16, length: 4 },
  { id: 17, length: 4 },
  { id: 1, length: 8 },
  { id: 2, length: 8 },
  { id: 152, length: 8 },
  { id: 153, length: 8 },
  { id: 136, length: 1 },
];
const ADDRESSES = {
  4: [
    { id: 8, length: 4 },
    { id: 12, length: 4 },
  ],
  6: [
    { id: 27, length: 16 },
    { id: 28, length: 16 },
    { id: 31, length: 4 },
  ],
};
const NEXT_HOP = { 4: { id: 15, length: 4 }, 6: { id: 62, length: 16 } };

/** Templates by version and family: 16 fields for IPv4, 17 for IPv6. */
export const TEMPLATES: Record<9 | 10, Record<Family, Template>> = {
  9: {
    4: { id: 256, fields: [...ADDRESSES[4], NEXT_HOP[4], ...V9_COMMON] },
    6: { id: 257, fields: [...ADDRESSES[6], NEXT_HOP[6], ...V9_COMMON] },
  },
  10: {
    4: { id: 256, fields: [...ADDRESSES[4], ...IPFIX_COMMON] },
    6: { id: 257, fields: [...ADDRESSES[6], ...IPFIX_COMMON] },
  },
};

/** Bytes of a frame that devices sample. */
const SECTION = 128;
/** What samples packets: interfaces, the frame's length, and its beginning. */
export const SAMPLES: Template = {
  id: 258,
  fields: [
    { id: 10, length: 4 },
    { id: 14, length: 4 },
    { id: 312, length: 2 },
    { id: 315, length: 0xffff },
  ],
};

/** The length of the frames that `sampledFrame` begins. */
export const FRAME_LENGTH = 1_438;

/** The beginning of a frame with a packet of the flow, of TCP or UDP, with a VLAN tag. */
export function sampledFrame(family: Family, flow: Flow): Buffer {
  const tag = Buffer.from('00005e00530100005e00530281000064', 'hex');
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(flow.sourcePort, 0);
  ports.writeUInt16BE(flow.destinationPort, 2);
  const ip = Buffer.alloc(family === 4 ? 12 : 8);
  ip[0] = family === 4 ? 0x45 : 0x60;
  ip.writeUInt16BE(1_400, family === 4 ? 2 : 4);
  ip[family === 4 ? 8 : 7] = 64;
  ip[family === 4 ? 9 : 6] = flow.protocol;
  const type = Buffer.from(family === 4 ? '0800' : '86dd', 'hex');
  return Buffer.concat([tag, type, ip, flow.source, flow.destination, ports], SECTION);
}

/** A record of `SAMPLES`. */
export function sampleRecord(family: Family, flow: Flow): Buffer {
  const frame = sampledFrame(family, flow);
  return encodeRecord(SAMPLES.fields, { 10: flow.input, 14: flow.output, 312: FRAME_LENGTH, 315: frame });
}

/**
 * A record of `TEMPLATES[version][family]`. `clock` is the exporter's time of export: its uptime in milliseconds for
 * v9, Unix milliseconds for IPFIX.
 */
export function templateRecord(version: 9 | 10, family: Family, flow: Flow, clock: number): Buffer {
  const start = clock - flow.startedBefore;
  const end = clock - flow.endedBefore;
  const values: Values = {
    [family === 4 ? 8 : 27]: flow.source,
    [family === 4 ? 12 : 28]: flow.destination,
    [NEXT_HOP[family].id]: flow.nextHop,
    1: flow.bytes,
    2: flow.packets,
    4: flow.protocol,
    5: flow.tos,
    6: flow.tcpFlags,
    7: flow.sourcePort,
    10: flow.input,
    11: flow.destinationPort,
    14: flow.output,
    16: flow.sourceAs,
    17: flow.destinationAs,
    21: end,
    22: start,
    31: flow.flowLabel,
    136: flow.endReason,
    152: start,
    153: end,
  };
  return encodeRecord(TEMPLATES[version][family].fields, values);
}
