/** Moves the times in export packets, so that an old capture looks as if it were exported now. */
import type { ExportPacket } from './captures.ts';
import { versionOf } from './raw.ts';
import { type Field, readFields, readTemplates } from './templates.ts';

/** Where the header has its Export Time, in Unix seconds. */
const EXPORT_TIME_AT = new Map([
  [1, 8],
  [5, 8],
  [7, 8],
  [9, 8],
  [10, 4],
]);

const TEMPLATE_SET = { 9: 0, 10: 2 } as const;
const OPTIONS_TEMPLATE_SET = { 9: 1, 10: 3 } as const;

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
  [322, 'seconds'], // observationTimeSeconds
  [323, 'milliseconds'],
  [324, 'ntp'],
  [325, 'ntp'],
]);

/** Templates remembered; beyond that, all are forgotten. */
const MAX_TEMPLATES = 100_000;

/**
 * A function that returns a packet as it would be if exported at `now` (Unix milliseconds): its header's Export Time is
 * `now`, and absolute times in v9 and IPFIX records move by the same whole seconds. Flow times of v1, v5, v7 and most v9
 * exporters are relative to the header and move with it. It keeps the templates it saw, by source, so packets must come
 * in order; records whose template it did not see are left as they are.
 */
export function createShifter(): (packet: ExportPacket, now: number) => Buffer {
  const templates = new Map<string, Field[]>();

  return ({ payload, source }, now) => {
    const version = versionOf(payload);
    if (version === undefined) return payload;
    const shifted = Buffer.from(payload);
    const exportTimeAt = EXPORT_TIME_AT.get(version)!;
    const seconds = Math.floor(now / 1000) - payload.readUInt32BE(exportTimeAt);
    shifted.writeUInt32BE(Math.floor(now / 1000), exportTimeAt);
    if (version === 9 || version === 10) {
      const headerLength = version === 9 ? 20 : 16;
      const domain = shifted.readUInt32BE(headerLength - 4);
      shiftSets(shifted.subarray(headerLength), version, seconds, `${source} ${domain}`);
    }
    return shifted;
  };

  function shiftSets(sets: Buffer, version: 9 | 10, seconds: number, domain: string): void {
    for (let at = 0; at + 4 <= sets.length; ) {
      const id = sets.readUInt16BE(at);
      const length = sets.readUInt16BE(at + 2);
      if (length < 4 || at + length > sets.length) return;
      const body = sets.subarray(at + 4, at + length);
      if (id === TEMPLATE_SET[version] || id === OPTIONS_TEMPLATE_SET[version]) {
        for (const [template, fields] of readTemplates(body, version, id === OPTIONS_TEMPLATE_SET[version])) {
          if (templates.size >= MAX_TEMPLATES) templates.clear();
          templates.set(`${domain} ${template}`, fields);
        }
      } else {
        for (const field of readFields(body, templates.get(`${domain} ${id}`) ?? [])) shiftField(body, field, seconds);
      }
      at += length;
    }
  }
}

function shiftField(
  set: Buffer,
  { id, at, length }: { id: number; at: number; length: number },
  seconds: number,
): void {
  const kind = TIME_ELEMENTS.get(id);
  // NTP's 64 bits begin with seconds, so both move in their first four bytes.
  if ((kind === 'seconds' && length === 4) || (kind === 'ntp' && length === 8)) {
    set.writeUInt32BE((set.readUInt32BE(at) + seconds) >>> 0, at);
  } else if (kind === 'milliseconds' && length === 8) {
    set.writeBigUInt64BE(BigInt.asUintN(64, set.readBigUInt64BE(at) + BigInt(seconds) * 1000n), at);
  }
}
