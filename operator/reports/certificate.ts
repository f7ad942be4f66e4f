/**
 * X.509 certificates (RFC 5280), which Node reads but does not make: an authority, and a server's certificate that it
 * signs, with keys on the curve P-256. Of DER (X.690) only what these need is here.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A certificate and its private key, in PEM. */
export type KeyPair = { certificate: string; key: string };

/** Unix milliseconds. */
export type Validity = { notBefore: number; notAfter: number };

/**
 * An authority that signs for itself. Made with the key of an earlier one, it also vouches for what the earlier one has
 * signed.
 */
export function createAuthority(commonName: string, validity: Validity, key = newKey()): KeyPair {
  const constraints = extension('2.5.29.19', sequence(boolean(true), integer(Buffer.of(0))), true); // no authority below
  const usage = extension('2.5.29.15', bits(Buffer.of(0b0000_0100), 2), true); // keyCertSign
  const identifier = extension('2.5.29.14', octets(keyIdentifier(key)));
  const extensions = [constraints, usage, identifier];
  return issue({ subject: commonName, key, issuer: commonName, issuerKey: key, validity, extensions });
}

/** A TLS server's certificate for the DNS name `host`, with a key of its own. */
export function createServerCertificate(
  authority: { commonName: string; key: string },
  host: string,
  validity: Validity,
): KeyPair {
  const { commonName: issuer, key: issuerKey } = authority;
  const usage = extension('2.5.29.15', bits(Buffer.of(0b1000_0000), 7), true); // digitalSignature
  const purpose = extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))); // serverAuth
  const names = extension('2.5.29.17', sequence(tlv(0x82, Buffer.from(host, 'ascii'))));
  const signer = extension('2.5.29.35', sequence(tlv(0x80, keyIdentifier(issuerKey))));
  const extensions = [usage, purpose, names, signer];
  // Its alternative name says who it is. A common name has room for 64 letters only.
  return issue({ subject: 'server', key: newKey(), issuer, issuerKey, validity, extensions });
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

type Content = {
  subject: string;
  key: string;
  issuer: string;
  issuerKey: string;
  validity: Validity;
  extensions: readonly Buffer[];
};

/** RFC 5280 §4.1. */
function issue({ subject, key, issuer, issuerKey, validity, extensions }: Content): KeyPair {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
  const serial = randomBytes(16);
  serial[0] = (serial[0] & 0x7f) | 0x40; // positive, and as long as it is
  const content = sequence(
    tlv(0xa0, integer(Buffer.of(2))), // version 3
    integer(serial),
    algorithm,
    name(issuer),
    sequence(time(validity.notBefore), time(validity.notAfter)),
    name(subject),
    publicKeyOf(key),
    tlv(0xa3, sequence(...extensions)),
  );
  const certificate = sequence(content, algorithm, bits(sign('sha256', content, issuerKey)));
  const lines = certificate.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return { certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, key };
}

function publicKeyOf(key: string): Buffer {
  return createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' });
}

/** RFC 7093 §2, method 1. */
function keyIdentifier(key: string): Buffer {
  return createHash('sha256').update(publicKeyOf(key)).digest().subarray(0, 20);
}

function name(commonName: string): Buffer {
  return sequence(tlv(0x31, sequence(oid('2.5.4.3'), tlv(0x0c, Buffer.from(commonName)))));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

/** Years from 2050 on have another form (RFC 5280 §4.1.2.5). */
function time(unixMs: number): Buffer {
  const digits = `${new Date(unixMs).toISOString().slice(0, 19).replace(/\D/g, '')}Z`;
  return digits < '2050' ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits));
}

function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return tlv(0x06, Buffer.from(bytes));
}

const sequence = (...contents: readonly Buffer[]) => tlv(0x30, ...contents);
const integer = (bytes: Buffer) => tlv(0x02, bytes);
const boolean = (value: boolean) => tlv(0x01, Buffer.of(value ? 0xff : 0));
const octets = (bytes: Buffer) => tlv(0x04, bytes);
const bits = (bytes: Buffer, unused = 0) => tlv(0x03, Buffer.of(unused), bytes);

/** Tag, length, value. */
function tlv(tag: number, ...contents: readonly Buffer[]): Buffer {
  const value = Buffer.concat(contents);
  const { length } = value;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), value]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), value]);
}
