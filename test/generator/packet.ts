/**
 * Whole export packets: a header of each version around records or sets. Times are those of the header, not converted.
 */

/** Header of v5. `sampling` is two bits of mode and 14 of interval. */
export type V5Header = {
  sysUptime: number;
  unixSecs: number;
  unixNsecs?: number;
  /** Flows sent before this packet. */
  sequence: number;
  engineType?: number;
  engineId?: number;
  sampling?: number;
};

/** Header of v9, RFC 3954 §5.1. `count` is the number of records, templates included. */
export type V9Header = { sysUptime: number; unixSecs: number; sequence: number; sourceId: number; count: number };

/** Header of IPFIX, RFC 7011 §3.1. `sequence` counts the data records sent before this message. */
export type IpfixHeader = { exportTime: number; sequence: number; domain: number };

/** Where the sequence number of a packet stands, by version, in bytes from its start. */
export const SEQUENCE_OFFSET = { 5: 16, 9: 12, 10: 8 } as const;

/** A v5 packet of records of 48 bytes each. */
export function v5Packet(header: V5Header, records: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt16BE(5, 0);
  bytes.writeUInt16BE(records.length, 2);
  bytes.writeUInt32BE(header.sysUptime, 4);
  bytes.writeUInt32BE(header.unixSecs, 8);
  bytes.writeUInt32BE(header.unixNsecs ?? 0, 12);
  bytes.writeUInt32BE(header.sequence, SEQUENCE_OFFSET[5]);
  bytes[20] = header.engineType ?? 0;
  bytes[21] = header.engineId ?? 0;
  bytes.writeUInt16BE(header.sampling ?? 0, 22);
  return Buffer.concat([bytes, ...records]);
}

/** A v9 packet. */
export function v9Packet(header: V9Header, sets: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt16BE(9, 0);
  bytes.writeUInt16BE(header.count, 2);
  bytes.writeUInt32BE(header.sysUptime, 4);
  bytes.writeUInt32BE(header.unixSecs, 8);
  bytes.writeUInt32BE(header.sequence, SEQUENCE_OFFSET[9]);
  bytes.writeUInt32BE(header.sourceId, 16);
  return Buffer.concat([bytes, ...sets]);
}

/** An IPFIX message. */
export function ipfixMessage(header: IpfixHeader, sets: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(10, 0);
  bytes.writeUInt16BE(
    sets.reduce((length, set) => length + set.length, bytes.length),
    2,
  );
  bytes.writeUInt32BE(header.exportTime, 4);
  bytes.writeUInt32BE(header.sequence, SEQUENCE_OFFSET[10]);
  bytes.writeUInt32BE(header.domain, 12);
  return Buffer.concat([bytes, ...sets]);
}
