/** Identifiers that options data and flows share, as keys and as text. */

/** Bytes of the longest application id: no engine's selector comes near. */
const MAX_APPLICATION_ID = 64;
/** Selectors below this are numbers in keys: those of three bytes, as most devices have them. */
const MAX_KEY_SELECTOR = 2 ** 24;

/**
 * Key of an application id (RFC 6759): the same for the same engine and selector in whatever length, since devices
 * have another in options than in flows. Of four bytes it is their number; hexadecimal text where that does not do; empty
 * for what is no id.
 */
export function applicationKey(bytes: Uint8Array, offset: number, length: number): number | string {
  if (length === 0 || length > MAX_APPLICATION_ID) return '';
  const engine = bytes[offset];
  let selector = 0;
  for (let index = 1; index < length; index++) selector = selector * 256 + bytes[offset + index];
  // What follows the PEN has a length of its own.
  const isNumber = selector < MAX_KEY_SELECTOR && (engine !== ENGINE_OF_VENDORS || length <= PEN_LENGTH);
  if (isNumber) return engine * MAX_KEY_SELECTOR + selector;
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('hex');
}

/** The classification engine whose selectors are of vendors (PANA-L7-PEN, RFC 6759 §4.1). */
const ENGINE_OF_VENDORS = 20;
const PEN_LENGTH = 4;

/**
 * Text of an application id (RFC 6759 §4): classification engine, the enterprise number where the engine has one, then
 * the selector.
 */
export function applicationId(bytes: Uint8Array, offset: number, length: number): string {
  const engine = bytes[offset];
  const id = Buffer.from(bytes.buffer, bytes.byteOffset + offset + 1, length - 1);
  const penLength = engine === ENGINE_OF_VENDORS && id.length >= PEN_LENGTH ? PEN_LENGTH : 0;
  const pen = penLength > 0 ? `${id.readUInt32BE()}:` : '';
  return `${engine}:${pen}${BigInt(`0x0${id.toString('hex', penLength)}`)}`;
}

/** Bytes that count of a name or description. */
const MAX_TEXT = 256;
/** Bytes of the longest character. */
const MAX_CHARACTER = 4;

/** A name or description: up to its first NUL; what is not UTF-8 becomes U+FFFD. */
export function textOf(bytes: Uint8Array, offset: number, length: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length);
  const nul = text.subarray(0, MAX_TEXT).indexOf(0);
  let end = nul < 0 ? Math.min(length, MAX_TEXT) : nul;
  // No character is cut in two.
  while (end < length && MAX_TEXT - end < MAX_CHARACTER && (text[end] & 0xc0) === 0x80) end--;
  return text.toString('utf8', 0, end);
}

/** A route distinguisher as it is written (RFC 4364 §4.2): `65000:12`, `192.0.2.1:12`; empty when it is all zeros. */
export function routeDistinguisher(octets: Buffer): string {
  if (octets.every((byte) => byte === 0)) return '';
  switch (octets.readUInt16BE(0)) {
    case 0:
      return `${octets.readUInt16BE(2)}:${octets.readUInt32BE(4)}`;
    case 1:
      return `${octets.subarray(2, 6).join('.')}:${octets.readUInt16BE(6)}`;
    case 2:
      return `${octets.readUInt32BE(2)}:${octets.readUInt16BE(6)}`;
    default:
      return octets.toString('hex');
  }
}
