/** Text of addresses, written straight into a batch. Bench: test/bench/encode.ts. */
import { Buffer } from 'node:buffer';

/** Each byte in decimal with a dot behind it, as a little-endian word, and how many bytes that is. */
const OCTET = new Uint32Array(256);
const OCTET_LENGTH = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const text = `${byte}.`;
  OCTET_LENGTH[byte] = text.length;
  OCTET[byte] = Buffer.from(text.padEnd(4, '\0')).readUInt32LE();
}

const HEX = Buffer.from('0123456789abcdef');
/** Each byte as two hexadecimal digits, as a little-endian word. */
const HEX_BYTE = Uint16Array.from({ length: 256 }, (_, byte) => HEX[byte >> 4] | (HEX[byte & 15] << 8));

/** Writes an IPv4 address given as a number; up to one byte beyond the end may be overwritten. */
export function ipv4(w: DataView, p: number, address: number): number {
  let byte = address >>> 24;
  w.setUint32(p, OCTET[byte], true);
  p += OCTET_LENGTH[byte];
  byte = (address >>> 16) & 255;
  w.setUint32(p, OCTET[byte], true);
  p += OCTET_LENGTH[byte];
  byte = (address >>> 8) & 255;
  w.setUint32(p, OCTET[byte], true);
  p += OCTET_LENGTH[byte];
  byte = address & 255;
  w.setUint32(p, OCTET[byte], true);
  return p + OCTET_LENGTH[byte] - 1;
}

/**
 * Writes the IPv6 address of the 16 bytes at `o` as RFC 5952 wants it: at most 39 bytes; up to three bytes beyond the
 * end may be overwritten.
 */
export function ipv6(u: Uint8Array, w: DataView, p: number, s: Uint8Array, o: number): number {
  let zerosAt = -1;
  let zeros = 1;
  for (let group = 0, run = 0; group < 8; group++) {
    run = (s[o + 2 * group] | s[o + 2 * group + 1]) === 0 ? run + 1 : 0;
    if (run > zeros) {
      zeros = run;
      zerosAt = group - run + 1;
    }
  }
  const mapped = zerosAt === 0 && zeros === 5 && s[o + 10] === 255 && s[o + 11] === 255;
  for (let group = 0; group < (mapped ? 6 : 8); group++) {
    if (group === zerosAt) {
      u[p++] = 58;
      if (group + zeros === 8) u[p++] = 58;
      group += zeros - 1;
      continue;
    }
    if (group > 0) u[p++] = 58;
    const high = s[o + 2 * group];
    const low = s[o + 2 * group + 1];
    // All four digits, less the leading zeros: without a branch, since these are as good as random.
    const digits = (35 - Math.clz32((high << 8) | low | 1)) >> 2;
    w.setUint32(p, (HEX_BYTE[high] | (HEX_BYTE[low] << 16)) >>> (32 - 8 * digits), true);
    p += digits;
  }
  if (!mapped) return p;
  u[p++] = 58;
  return ipv4(w, p, ((s[o + 12] << 24) | (s[o + 13] << 16) | (s[o + 14] << 8) | s[o + 15]) >>> 0);
}

/** Writes the MAC address of the six bytes at `o`: `aa:bb:cc:dd:ee:ff`. */
export function mac(u: Uint8Array, p: number, s: Uint8Array, o: number): number {
  for (let index = 0; index < 6; index++) {
    const byte = s[o + index];
    u[p++] = HEX[byte >> 4];
    u[p++] = HEX[byte & 15];
    u[p++] = 58;
  }
  return p - 1;
}

const scratch = Buffer.alloc(48);
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, scratch.length);

/** An address of 4 or 16 bytes as text. */
export function addressText(s: Uint8Array, v: DataView, o: number, length: number): string {
  const end = length === 4 ? ipv4(scratchView, 0, v.getUint32(o)) : ipv6(scratch, scratchView, 0, s, o);
  return scratch.toString('latin1', 0, end);
}
