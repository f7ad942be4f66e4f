/** Reads the header and the sets of NetFlow v9 (RFC 3954 §5) and IPFIX (RFC 7011 §3), and the records of a data set. */
import { type FieldSpecifier, type FieldValue, type Header, Malformed, type Template } from './packet.ts';
import { isVariable, minimumLength } from './templates.ts';

export type RawSet = { id: number; body: Uint8Array };

/** The header of a message and what follows it; undefined when the datagram is shorter than a header. */
export function readHeader(bytes: Uint8Array, version: 9 | 10): { header: Header; length: number } | undefined {
  const length = version === 9 ? 20 : 16;
  if (bytes.length < length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const seconds = (offset: number) => BigInt(view.getUint32(offset)) * 1_000_000_000n;
  if (version === 9) {
    const header: Header = {
      version,
      sysUptime: view.getUint32(4),
      exportTime: seconds(8),
      sequence: view.getUint32(12),
      domain: view.getUint32(16),
    };
    return { header, length };
  }
  return {
    header: { version, exportTime: seconds(4), sequence: view.getUint32(8), domain: view.getUint32(12) },
    length,
  };
}

/** The sets of a message up to the first fault, and which that is. */
export type SetsOfMessage = { sets: RawSet[]; malformed?: string };

/**
 * NetFlow v9 has no length of the whole: zeros that follow its last set are padding. What follows an IPFIX message in
 * its datagram is ignored, unless it is sets that fill the datagram: then it is the message's length that is wrong.
 */
export function readSets(bytes: Uint8Array, version: 9 | 10, headerLength: number): SetsOfMessage {
  const all = walkSets(bytes.subarray(headerLength), version);
  if (version === 9) return all;
  const stated = bytes[2] * 256 + bytes[3];
  const known = all.sets.length > 0 && all.sets.every(({ id }) => id === 2 || id === 3 || id >= 256);
  const walked = all.sets.reduce((sum, { body }) => sum + 4 + body.length, headerLength);
  if (stated === bytes.length || (known && !all.malformed && walked === bytes.length)) return all;
  if (stated < headerLength) return { malformed: 'the message is shorter than its header', ...all };
  if (stated > bytes.length) return { malformed: 'the message is longer than its datagram', ...all };
  return walkSets(bytes.subarray(headerLength, stated), version);
}

function walkSets(bytes: Uint8Array, version: 9 | 10): SetsOfMessage {
  const sets: RawSet[] = [];
  let rest = bytes;
  while (rest.length >= 4) {
    if (version === 9 && rest.every((byte) => byte === 0)) break;
    const id = rest[0] * 256 + rest[1];
    const length = rest[2] * 256 + rest[3];
    if (length < 4) return { sets, malformed: 'a set is shorter than its header' };
    if (length > rest.length) return { sets, malformed: 'a set overruns its message' };
    sets.push({ id, body: rest.subarray(4, length) });
    rest = rest.subarray(length);
  }
  return { sets };
}

/** A data set that is not of its template. */
export class Misfit extends Malformed {}

/**
 * The records of a data set. What is left is padding: up to three bytes usually, or zeros, or whatever the exporter is
 * known to leave. Throws a Misfit when it is more, or when there is no whole record.
 */
export function readRecords(
  body: Uint8Array,
  template: Template,
  padding: 'any' | 'usual' | 'zeros' = 'any',
): FieldValue[][] {
  const records: FieldValue[][] = [];
  const minimum = minimumLength(template);
  let offset = 0;
  while (body.length - offset >= minimum) {
    const { values, length } = readRecord(template.fields, body, offset);
    records.push(values);
    offset += length;
  }
  const rest = body.subarray(offset);
  if (records.length === 0 && body.length > 0) throw new Misfit('no whole record');
  const allowed = { any: Number.POSITIVE_INFINITY, usual: 3, zeros: 0 }[padding];
  if (rest.length > allowed && rest.some((byte) => byte !== 0)) throw new Misfit('more than padding is left');
  return records;
}

/** The record at `start`, and its length. Throws a Malformed when it overruns. */
export function readRecord(
  fields: readonly FieldSpecifier[],
  body: Uint8Array,
  start: number,
): { values: FieldValue[]; length: number } {
  const values: FieldValue[] = [];
  let offset = start;
  for (const field of fields) {
    let length = field.length;
    const variable = isVariable(length);
    if (variable) {
      length = byteAt(body, offset);
      offset += 1;
      if (length === 255) {
        length = byteAt(body, offset) * 256 + byteAt(body, offset + 1);
        offset += 2;
      }
    }
    if (offset + length > body.length) throw new Malformed('a field overruns its set');
    values.push({ pen: field.pen, id: field.id, bytes: body.subarray(offset, offset + length), variable });
    offset += length;
  }
  return { values, length: offset - start };
}

function byteAt(body: Uint8Array, offset: number): number {
  if (offset >= body.length) throw new Malformed('a field overruns its set');
  return body[offset];
}
