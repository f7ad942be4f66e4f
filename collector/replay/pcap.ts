/**
 * Reads classic pcap files: both byte orders, microseconds and nanoseconds.
 * https://www.tcpdump.org/manpages/pcap-savefile.5.html
 */

/** One captured frame, from the link layer up. */
export type Frame = {
  /** Unix milliseconds, with fraction; undefined where the capture has no time. */
  time: number | undefined;
  /** LINKTYPE_ value, https://www.tcpdump.org/linktypes.html */
  linkType: number;
  data: Buffer;
};

const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** The magic number as its first four bytes are found in a file, and what it says of the rest. */
const FORMATS = new Map([
  [0xa1b2c3d4, { littleEndian: false, unitsPerMillisecond: 1e3 }],
  [0xd4c3b2a1, { littleEndian: true, unitsPerMillisecond: 1e3 }],
  [0xa1b23c4d, { littleEndian: false, unitsPerMillisecond: 1e6 }],
  [0x4d3cb2a1, { littleEndian: true, unitsPerMillisecond: 1e6 }],
]);

/** Whether the bytes begin as a classic pcap file does. */
export function isPcap(file: Buffer): boolean {
  return file.length >= FILE_HEADER && FORMATS.has(file.readUInt32BE(0));
}

/**
 * What is wrong with a file: it ends within what begins at that byte, or what begins there makes no sense. Of a
 * compressed file, bytes are those it holds.
 */
export type Fault = { at: number; why: 'truncated' | 'damaged' };

/** The frames of a classic pcap file, in its order; at last what is wrong with it. */
export function* readPcap(file: Buffer): Generator<Frame, Fault | undefined> {
  const format = FORMATS.get(file.readUInt32BE(0));
  if (!format) return undefined;
  const uint32 = (at: number) => (format.littleEndian ? file.readUInt32LE(at) : file.readUInt32BE(at));
  // The upper half of the field tells about frame check sequences.
  const linkType = uint32(20) & 0xffff;
  let at = FILE_HEADER;
  while (at + RECORD_HEADER <= file.length) {
    const start = at + RECORD_HEADER;
    const end = start + uint32(at + 8);
    if (end > file.length) break;
    const time = uint32(at) * 1000 + uint32(at + 4) / format.unitsPerMillisecond;
    yield { time, linkType, data: file.subarray(start, end) };
    at = end;
  }
  return at === file.length ? undefined : { at, why: 'truncated' };
}
