/**
 * Whether records make sense as a template reads them. Asked of sets that may be of another layout: what is wrong about
 * a single record is wrong about all.
 */
import { countRecords, isZero, MISMATCH } from './fit.ts';
import type { PacketHeader } from './header.ts';
import { type Template, VARIABLE_LENGTH } from './template.ts';

const [OCTETS, PACKETS, IP_VERSION] = [1, 2, 60];
const [LAST_SWITCHED, FIRST_SWITCHED] = [21, 22];
const SECONDS = [150, 151];
const MILLISECONDS = [152, 153];

/** A flow does not end later than this after its export. */
const MAX_AHEAD_MS = 60_000;
/** Nor does it begin so long before: longer than any active timeout. */
const MAX_BEHIND_MS = 7 * 86_400_000;

/**
 * The number of records from `offset` to `end` that a packet with this header may carry: whole ones which make sense,
 * with nothing behind them but zeros. MISMATCH when it is otherwise.
 */
export function countPlausible(
  bytes: Uint8Array,
  template: Template,
  offset: number,
  end: number,
  header: PacketHeader,
): number {
  const records = countRecords(bytes, template, offset, end, false);
  if (records < 0) return MISMATCH;
  let at = offset;
  for (let record = 0; record < records; record++) {
    at = plausibleEnd(bytes, template, at, header);
    if (at < 0) return MISMATCH;
  }
  return isZero(bytes, at, end) ? records : MISMATCH;
}

/** Where a whole record ends, or -1 when it makes no sense. */
function plausibleEnd(bytes: Uint8Array, template: Template, offset: number, header: PacketHeader): number {
  let at = offset;
  let octets = Number.POSITIVE_INFINITY;
  let packets = 0;
  for (const [index, field] of template.fields.entries()) {
    let { length } = field;
    if (length === VARIABLE_LENGTH) {
      length = bytes[at++];
      if (length === 255) {
        length = readNumber(bytes, at, 2);
        at += 2;
      }
    }
    if (field.pen === 0 && index >= template.scopeFieldCount && length > 0 && length <= 8) {
      const value = readNumber(bytes, at, length);
      if (!isPlausible(field.id, length, value, header)) return -1;
      if (field.id === OCTETS) octets = value;
      if (field.id === PACKETS) packets = value;
    }
    at += length;
  }
  return packets > octets ? -1 : at;
}

function isPlausible(
  id: number,
  length: number,
  value: number,
  { version, sysUptime, exportMs }: PacketHeader,
): boolean {
  if (id === IP_VERSION) return value === 4 || value === 6;
  if (id === LAST_SWITCHED || id === FIRST_SWITCHED) return version !== 9 || value <= sysUptime + MAX_AHEAD_MS;
  if (SECONDS.includes(id) && length === 4) return isNear(value * 1000, exportMs);
  if (MILLISECONDS.includes(id) && length === 8) return isNear(value, exportMs);
  return true;
}

function isNear(ms: number, exportMs: number): boolean {
  return ms <= exportMs + MAX_AHEAD_MS && ms >= exportMs - MAX_BEHIND_MS;
}

function readNumber(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (let at = offset; at < offset + length; at++) value = value * 256 + bytes[at];
  return value;
}
