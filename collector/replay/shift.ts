/** Moves the times in export packets, so that an old capture looks as if it were exported now. */
import type { ExportPacket } from './captures.ts';
import { versionOf } from './raw.ts';
import { type Place, TemplateReader } from './templates.ts';

/** Where the header has its Export Time, in Unix seconds. */
const EXPORT_TIME_AT = new Map([
  [1, 8],
  [5, 8],
  [7, 8],
  [9, 8],
  [10, 4],
]);

/** Elements that are absolute times, and how they are written (RFC 7011 §6.1.7–6.1.10). */
const TIME_ELEMENTS = new Map<number, 'seconds' | 'milliseconds' | 'ntp'>([
  [150, 'seconds'], // flowStartSeconds
  [151, 'seconds'],
  [152, 'milliseconds'], // flowStartMilliseconds
  [153, 'milliseconds'],
  [154, 'ntp'], // flowStartMicroseconds
  [155, 'ntp'],
  [156, 'ntp'], // flowStartNanoseconds
  [157, 'ntp'],
  [160, 'milliseconds'], // systemInitTimeMilliseconds
  [258, 'milliseconds'], // collectionTimeMilliseconds; from here to 273, of records about IPFIX files (RFC 5655 §8.1)
  [260, 'seconds'], // maxExportSeconds
  [261, 'seconds'], // maxFlowEndSeconds
  [264, 'seconds'], // minExportSeconds
  [265, 'seconds'], // minFlowStartSeconds
  [268, 'ntp'], // maxFlowEndMicroseconds
  [269, 'milliseconds'],
  [270, 'ntp'], // maxFlowEndNanoseconds
  [271, 'ntp'], // minFlowStartMicroseconds
  [272, 'milliseconds'],
  [273, 'ntp'], // minFlowStartNanoseconds
  [322, 'seconds'], // observationTimeSeconds
  [323, 'milliseconds'],
  [324, 'ntp'],
  [325, 'ntp'],
]);

/**
 * A function that returns a packet as it would be if exported at `now` (Unix milliseconds): its header's Export Time is
 * `now`, and absolute times in v9 and IPFIX records move by the same whole seconds. Flow times of v1, v5, v7 and most
 * v9 exporters are relative to the header and move with it. It keeps the templates it saw, by source, so packets must
 * come in order; records whose template it did not see are left as they are, and so is sFlow, which tells no times.
 */
export function createShifter(): (packet: ExportPacket, now: number) => Buffer {
  const templates = new TemplateReader();

  return ({ payload, source }, now) => {
    const version = versionOf(payload);
    const exportTimeAt = typeof version === 'number' ? EXPORT_TIME_AT.get(version) : undefined;
    if (exportTimeAt === undefined) return payload;
    const shifted = Buffer.from(payload);
    const seconds = Math.floor(now / 1000) - payload.readUInt32BE(exportTimeAt);
    shifted.writeUInt32BE(Math.floor(now / 1000), exportTimeAt);
    for (const place of templates.fields(shifted, source)) shiftField(shifted, place, seconds);
    return shifted;
  };
}

function shiftField(packet: Buffer, { id, at, length }: Place, seconds: number): void {
  const kind = TIME_ELEMENTS.get(id);
  // NTP's 64 bits begin with seconds, so both move in their first four bytes.
  if ((kind === 'seconds' && length === 4) || (kind === 'ntp' && length === 8)) {
    packet.writeUInt32BE((packet.readUInt32BE(at) + seconds) >>> 0, at);
  } else if (kind === 'milliseconds' && length === 8) {
    packet.writeBigUInt64BE(BigInt.asUintN(64, packet.readBigUInt64BE(at) + BigInt(seconds) * 1000n), at);
  }
}
