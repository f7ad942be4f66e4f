/** Reads pcapng files: sections, interfaces, enhanced and simple packets, both byte orders. draft-ietf-opsawg-pcapng */
import type { Fault, Frame } from './pcap.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
/** Type and total length before the body, total length after it. */
const BLOCK_OVERHEAD = 12;

type Interface = { linkType: number; snapLength: number; unitsPerSecond: number; offsetSeconds: number };
type Reader = { uint16(at: number): number; uint32(at: number): number; int64(at: number): bigint };

/** Whether the bytes begin as a pcapng file does. */
export function isPcapng(file: Buffer): boolean {
  return file.length >= 28 && file.readUInt32BE(0) === SECTION_HEADER;
}

/**
 * The frames of a pcapng file, in its order; at last what is wrong with it. Blocks of other types are skipped; reading
 * ends at a broken block.
 */
export function* readPcapng(file: Buffer): Generator<Frame, Fault | undefined> {
  let read = reader(file, false);
  let interfaces: Interface[] = [];
  let at = 0;
  while (at + BLOCK_OVERHEAD <= file.length) {
    if (file.readUInt32BE(at) === SECTION_HEADER) {
      read = reader(file, file.readUInt32LE(at + 8) === BYTE_ORDER_MAGIC);
      interfaces = [];
    }
    const length = read.uint32(at + 4);
    if (length < BLOCK_OVERHEAD || length % 4 !== 0) return { at, why: 'damaged' };
    if (at + length > file.length) break;
    const body = at + 8;
    const end = at + length - 4;
    const type = read.uint32(at);
    if (type === INTERFACE_DESCRIPTION && body + 8 <= end) interfaces.push(describeInterface(file, read, body, end));
    else if (type === ENHANCED_PACKET && body + 20 <= end) {
      const source = interfaces[read.uint32(body)];
      const dataEnd = body + 20 + read.uint32(body + 12);
      if (source && dataEnd <= end) {
        const units = read.uint32(body + 4) * 2 ** 32 + read.uint32(body + 8);
        const time = (units / source.unitsPerSecond + source.offsetSeconds) * 1000;
        yield { time, linkType: source.linkType, data: file.subarray(body + 20, dataEnd) };
      }
    } else if (type === SIMPLE_PACKET && body + 4 <= end && interfaces[0]) {
      const [{ linkType, snapLength }] = interfaces;
      const captured = Math.min(read.uint32(body), snapLength || Infinity, end - body - 4);
      yield { time: undefined, linkType, data: file.subarray(body + 4, body + 4 + captured) };
    }
    at += length;
  }
  return at === file.length ? undefined : { at, why: 'truncated' };
}

function describeInterface(file: Buffer, read: Reader, body: number, end: number): Interface {
  const described = {
    linkType: read.uint16(body),
    snapLength: read.uint32(body + 4),
    unitsPerSecond: 1e6,
    offsetSeconds: 0,
  };
  for (let at = body + 8; at + 4 <= end; ) {
    const code = read.uint16(at);
    const length = read.uint16(at + 2);
    const value = at + 4;
    if (code === 0 || value + length > end) break;
    if (code === IF_TSRESOL && length === 1) {
      const exponent = file[value] & 0x7f;
      described.unitsPerSecond = (file[value] & 0x80 ? 2 : 10) ** exponent;
    }
    if (code === IF_TSOFFSET && length === 8) described.offsetSeconds = Number(read.int64(value));
    at = value + Math.ceil(length / 4) * 4;
  }
  return described;
}

function reader(file: Buffer, littleEndian: boolean): Reader {
  return littleEndian
    ? {
        uint16: (at) => file.readUInt16LE(at),
        uint32: (at) => file.readUInt32LE(at),
        int64: (at) => file.readBigInt64LE(at),
      }
    : {
        uint16: (at) => file.readUInt16BE(at),
        uint32: (at) => file.readUInt32BE(at),
        int64: (at) => file.readBigInt64BE(at),
      };
}
