/**
 * The operator's own certificate authority, kept in a Secret of its namespace so that it outlives the operator. The
 * chart brings the Secret, empty. Whoever empties it gets another authority, which collectors trust as soon as they
 * have its certificate.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Log } from '../../crds/common/log.ts';
import { type DataObject, SECRETS } from '../cluster/kinds.ts';
import type { Client } from '../runtime/client.ts';
import { keyOf, type ObjectRef } from '../runtime/resource.ts';
import { createAuthority, createServerCertificate, type KeyPair } from './certificate.ts';

const COMMON_NAME = 'netflow2traces reports';
const DAY_MS = 86_400_000;
const AUTHORITY_MS = 3_650 * DAY_MS;
/** Each leader checks; with less than this left, the authority is renewed with the same key. */
const RENEW_MS = AUTHORITY_MS / 2;
const SERVER_MS = 30 * DAY_MS;
/** Before now, so that a collector whose clock is behind takes it. */
const MARGIN_MS = DAY_MS;

export type AuthorityOptions = { client: Client; secret: ObjectRef; log: Log };

/**
 * Finds the authority, or makes it; `now` is Unix milliseconds. Without the Secret it is made for this term alone.
 * Rejects with an ApiError, or the signal's reason.
 */
export async function loadAuthority(options: AuthorityOptions, now: number, signal: AbortSignal): Promise<KeyPair> {
  const { client, secret, log } = options;
  const existing = await client.find(SECRETS, secret, signal);
  const kept = existing && keyPairIn(existing);
  if (kept && remaining(kept, now) > RENEW_MS) return kept;
  const subject = keyOf(secret);
  if (existing?.data && !kept) log.warn('the Secret of the authority cannot be used: a new one is made', { subject });

  const validity = { notBefore: now - MARGIN_MS, notAfter: now + AUTHORITY_MS };
  const authority = createAuthority(COMMON_NAME, validity, kept?.key);
  if (existing) {
    // Should another leader be faster, this fails, and the next attempt finds what that one has made.
    const metadata = { ...secret, resourceVersion: existing.metadata.resourceVersion };
    const data = { 'tls.crt': encode(authority.certificate), 'tls.key': encode(authority.key) };
    await client.apply(SECRETS, { apiVersion: 'v1', kind: SECRETS.kind, metadata, data }, signal);
  } else {
    log.warn('the Secret of the authority is missing: leaders make their own until helm upgrade brings it', {
      subject,
    });
  }
  return authority;
}

/** A new certificate for the report server; `now` is Unix milliseconds. */
export function issueServerCertificate(authority: KeyPair, host: string, now: number): KeyPair {
  const validity = { notBefore: now - MARGIN_MS, notAfter: now + SERVER_MS };
  return createServerCertificate({ commonName: COMMON_NAME, key: authority.key }, host, validity);
}

/** Undefined when it holds no authority of ours whose key fits. */
function keyPairIn({ data = {} }: DataObject): KeyPair | undefined {
  const certificate = decode(data['tls.crt']);
  const key = decode(data['tls.key']);
  try {
    const x509 = new X509Certificate(certificate);
    const ours = x509.ca && x509.subject === `CN=${COMMON_NAME}` && x509.checkPrivateKey(createPrivateKey(key));
    return ours ? { certificate, key } : undefined;
  } catch {
    return undefined;
  }
}

function remaining({ certificate }: KeyPair, now: number): number {
  return new X509Certificate(certificate).validToDate.getTime() - now;
}

const encode = (text: string) => Buffer.from(text).toString('base64');
const decode = (base64 = '') => Buffer.from(base64, 'base64').toString();
