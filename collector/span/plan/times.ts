/** Times as NetFlow and IPFIX write them (RFC 7011 §6.1.7–10), and as OTLP does: nanoseconds since 1970. */

/** A clock that shows a time before 2000 was never set. */
export const MIN_CLOCK_MS = 946_684_800_000;
/** A device that was started further ahead than this has no clock to go by. */
const MAX_STARTED_AHEAD_MS = 24 * 3_600_000;

/** Seconds from the NTP epoch (1900) to Unix's. */
const NTP_TO_UNIX = 2_208_988_800;
/** The low 11 bits of a fraction carry nothing in dateTimeMicroseconds (RFC 7011 §6.1.9). */
const MICROSECOND_MASK = 0xffff_f800;
/** 9999-12-31: the last day that RFC 3339 can write. */
const MAX_DATE_MS = 253_402_300_799_999;

/**
 * Writes `ms` milliseconds and `ns` nanoseconds since 1970 as a `fixed64` of nanoseconds; `%` of doubles would be slow.
 */
export function nanos(w: DataView, p: number, ms: number, ns: number): void {
  const highMs = Math.floor(ms / 65_536);
  const upper = highMs * 1e6;
  const high = Math.floor(upper / 65_536);
  const lower = (upper - high * 65_536) * 65_536 + (ms - highMs * 65_536) * 1e6 + ns;
  const carry = Math.floor(lower / 4_294_967_296);
  w.setUint32(p, lower - carry * 4_294_967_296, true);
  w.setUint32(p + 4, high + carry, true);
}

/** Writes the same as a varint of nine bytes, which it has from 1972 to 2262; returns where it ends. */
export function nanosVarint(u: Uint8Array, w: DataView, p: number, ms: number, ns: number): number {
  nanos(w, p, ms, ns);
  const low = w.getInt32(p, true);
  const high = w.getInt32(p + 4, true);
  u[p] = low | 128;
  u[p + 1] = (low >>> 7) | 128;
  u[p + 2] = (low >>> 14) | 128;
  u[p + 3] = (low >>> 21) | 128;
  u[p + 4] = (low >>> 28) | (high << 4) | 128;
  u[p + 5] = (high >>> 3) | 128;
  u[p + 6] = (high >>> 10) | 128;
  u[p + 7] = (high >>> 17) | 128;
  u[p + 8] = high >>> 24;
  return p + 9;
}

/** Unix seconds of the NTP timestamp at `o`; its era is told by the top bit (RFC 4330 §3), so that 2036 passes. */
export function ntpSeconds(v: DataView, o: number): number {
  const seconds = v.getUint32(o);
  return seconds - NTP_TO_UNIX + (seconds < 0x8000_0000 ? 4_294_967_296 : 0);
}

/**
 * Nanoseconds from the second of the NTP timestamp at `o`, rounded, to the microsecond if it has no more than that: up
 * to 10⁹ itself.
 */
export function ntpNanos(v: DataView, o: number, microseconds: boolean): number {
  const fraction = v.getUint32(o + 4);
  return microseconds ? scale((fraction & MICROSECOND_MASK) >>> 0, 1e6) * 1000 : scale(fraction, 1e9);
}

/** Unix nanoseconds of an NTP timestamp of eight bytes. */
export function ntpTime(raw: bigint, microseconds: boolean): bigint {
  const seconds = raw >> 32n;
  const era = seconds < 0x8000_0000n ? 2n ** 32n : 0n;
  const fraction = microseconds
    ? nearest(raw & BigInt(MICROSECOND_MASK), 1_000_000n) * 1_000n
    : nearest(raw & 0xffff_ffffn, 1_000_000_000n);
  return (seconds + era - BigInt(NTP_TO_UNIX)) * 1_000_000_000n + fraction;
}

/** `fraction` × `units` / 2³², rounded. */
function nearest(fraction: bigint, units: bigint): bigint {
  return (fraction * units + 2n ** 31n) >> 32n;
}

/** `fraction` × `units` / 2³², rounded; by halves, since the product has more bits than a double. */
function scale(fraction: number, units: number): number {
  const lower = Math.floor(((fraction % 65_536) * units) / 65_536);
  return Math.floor((lower + Math.floor(fraction / 65_536) * units + 32_768) / 65_536);
}

/**
 * Unix milliseconds of an uptime, for a device that was started at `startedMs`. Uptimes count modulo 2³² ms: the moment
 * next to the Export Time is meant, unless the start itself is absurd or, as NaN, unknown.
 */
export function unwrapUptime(startedMs: number, uptime: number, exportMs: number): number {
  const ms = startedMs + uptime;
  const plausible = startedMs >= MIN_CLOCK_MS && startedMs <= exportMs + MAX_STARTED_AHEAD_MS;
  return plausible ? exportMs - ((exportMs - ms) | 0) : ms;
}

/**
 * The date of `length` bytes at `o` by RFC 3339, with the precision of its type; undefined when RFC 3339 can't write
 * it.
 */
export function dateText(
  type: 'dateTimeSeconds' | 'dateTimeMilliseconds' | 'dateTimeMicroseconds' | 'dateTimeNanoseconds',
  v: DataView,
  o: number,
  length: number,
): string | undefined {
  if (type === 'dateTimeSeconds' || type === 'dateTimeMilliseconds') {
    let number = 0;
    for (let index = o; index < o + length; index++) number = number * 256 + v.getUint8(index);
    const ms = type === 'dateTimeSeconds' ? number * 1000 : number;
    if (ms > MAX_DATE_MS) return undefined;
    return type === 'dateTimeSeconds' ? `${isoSeconds(ms)}Z` : new Date(ms).toISOString();
  }
  const nanoseconds = ntpNanos(v, o, type === 'dateTimeMicroseconds');
  const seconds = ntpSeconds(v, o) + (nanoseconds === 1e9 ? 1 : 0);
  const digits = String(nanoseconds % 1e9).padStart(9, '0');
  return `${isoSeconds(seconds * 1000)}.${type === 'dateTimeMicroseconds' ? digits.slice(0, 6) : digits}Z`;
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}
