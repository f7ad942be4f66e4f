/** The file through which a sender in another process gets its packets: entries of a 12-byte header and the bytes. */
import type { SentPacket } from '../generator/traffic.ts';

const HEADER = 12;

/** Entries in little-endian order, each padded to four bytes, as `struct entry` of sender.c. */
export function writeTraffic(packets: readonly SentPacket[]): Buffer {
  return Buffer.concat(
    packets.map(({ exporter, bytes, flows, sequenceOffset, sequenceStep }) => {
      const entry = Buffer.alloc(HEADER + paddedLength(bytes.length));
      [exporter, bytes.length, flows, sequenceOffset].forEach((value, index) => {
        entry.writeUInt16LE(value, index * 2);
      });
      entry.writeUInt32LE(sequenceStep, 8);
      entry.set(bytes, HEADER);
      return entry;
    }),
  );
}

/** The packets of such a file; their bytes are views into it. */
export function readTraffic(file: Buffer): SentPacket[] {
  const packets: SentPacket[] = [];
  for (let offset = 0; offset < file.length; ) {
    const length = file.readUInt16LE(offset + 2);
    packets.push({
      exporter: file.readUInt16LE(offset),
      bytes: file.subarray(offset + HEADER, offset + HEADER + length),
      flows: file.readUInt16LE(offset + 4),
      sequenceOffset: file.readUInt16LE(offset + 6),
      sequenceStep: file.readUInt32LE(offset + 8),
    });
    offset += HEADER + paddedLength(length);
  }
  return packets;
}

function paddedLength(length: number): number {
  return (length + 3) & ~3;
}
