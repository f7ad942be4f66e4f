/** Identifiers that options data and flows share, as keys and as text. */

/** Bytes of the longest number that is a key by itself. */
const MAX_KEY_NUMBER = 4;

/** Bytes of the longest application id: no engine's selector comes near. */
const MAX_APPLICATION_ID = 64;

/**
 * Key of an application id (RFC 6759): the number that its bytes are, when these are few, else their hexadecimal text;
 * empty for one that is too long to be one.
 */
export function applicationKey(bytes: Uint8Array, offset: number, length: number): number | string {
  if (length > MAX_APPLICATION_ID) return '';
  if (length > MAX_KEY_NUMBER) return Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('hex');
  let key = 0;
  for (let index = 0; index < length; index++) key = key * 256 + bytes[offset + index];
  return key;
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

/** A name or description: up to its first NUL; what is not UTF-8 becomes U+FFFD. */
export function textOf(bytes: Uint8Array, offset: number, length: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + offset, Math.min(length, MAX_TEXT));
  const end = text.indexOf(0);
  return text.toString('utf8', 0, end < 0 ? text.length : end);
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
