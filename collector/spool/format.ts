/**
 * The form of a segment, a file of batches that wait on disk. All numbers are little-endian.
 *
 *     segment  "nf2tspl\0", version (2 bytes), 6 bytes of zeros, then records
 *     record   length of the body, flows, spans, length of the request, its checksum (4 bytes each), time at which it
 *              was sealed (8, a double of Unix milliseconds), checksum of what came so far (4), state (1), 3 bytes of
 *              zeros, then the body: the request, compressed by zstd
 *
 * Checksums are CRC-32. The state is the only byte that is written again: a record is done once the backend has taken
 * it. A program that finds a version it does not know leaves the file alone; a change of this form takes another
 * version.
 */
import { crc32 } from 'node:zlib';

export const VERSION = 1;
const MAGIC = Buffer.from('nf2tspl\0');
export const SEGMENT_HEADER = 16;
export const RECORD_HEADER = 36;
/** Where in a record's header its state is. */
export const STATE = 32;
export const DONE = 1;
/** Of the header, the part that its checksum is of. */
const CHECKED = 28;

/** A batch on disk. */
export type RecordHeader = {
  /** Bytes of the body. */
  length: number;
  flows: number;
  spans: number;
  /** Bytes of the request before it was compressed. */
  rawLength: number;
  checksum: number;
  /** Unix milliseconds. */
  sealedTime: number;
};

/** What a file begins with. */
export function encodeSegmentHeader(): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER);
  MAGIC.copy(bytes);
  bytes.writeUInt16LE(VERSION, MAGIC.length);
  return bytes;
}

/** The version of a segment; undefined when it is none. */
export function readVersion(bytes: Buffer): number | undefined {
  const segment = bytes.length >= SEGMENT_HEADER && bytes.subarray(0, MAGIC.length).equals(MAGIC);
  return segment ? bytes.readUInt16LE(MAGIC.length) : undefined;
}

/** What stands before a body: with a checksum of its own, and as not done. */
export function encodeRecordHeader({ length, flows, spans, rawLength, checksum, sealedTime }: RecordHeader): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER);
  for (const [index, value] of [length, flows, spans, rawLength, checksum].entries()) {
    bytes.writeUInt32LE(value, 4 * index);
  }
  bytes.writeDoubleLE(sealedTime, 20);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECKED)), CHECKED);
  return bytes;
}

/** Undefined when the bytes are no header of a record, as those at the end of a segment whose writer was killed. */
export function readRecordHeader(bytes: Buffer): (RecordHeader & { done: boolean }) | undefined {
  if (bytes.length < RECORD_HEADER || crc32(bytes.subarray(0, CHECKED)) !== bytes.readUInt32LE(CHECKED)) {
    return undefined;
  }
  const [length, flows, spans, rawLength, checksum] = [0, 4, 8, 12, 16].map((offset) => bytes.readUInt32LE(offset));
  const sealedTime = bytes.readDoubleLE(20);
  return { length, flows, spans, rawLength, checksum, sealedTime, done: bytes[STATE] === DONE };
}
