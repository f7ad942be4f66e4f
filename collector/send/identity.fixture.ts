/** Certificates for servers of tests, by openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

export type Identity = { caFile: string; key: Buffer; cert: Buffer };

/** As `writeIdentity`, for the time of a test. */
export function createIdentity(t: TestContext): Identity {
  const dir = mkdtempSync(join(tmpdir(), 'export-test-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return writeIdentity(dir);
}

/** A throw-away CA and a server certificate for `backend.test`, `localhost` and 127.0.0.1, as files in `dir`. */
export function writeIdentity(dir: string): Identity {
  const file = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const newKey = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  openssl('req', ...newKey, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=Test CA');
  const names = 'subjectAltName=DNS:backend.test,DNS:localhost,IP:127.0.0.1';
  const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-subj', '/CN=backend', '-addext', names];
  const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE'];
  openssl('req', ...newKey, '-keyout', file('key.pem'), '-out', file('cert.pem'), ...signed, ...leaf);
  return { caFile: file('ca.pem'), key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem')) };
}

/** The same key in a certificate of the same authority that has expired. */
export function expired({ caFile, key }: Identity): Identity {
  const dir = dirname(caFile);
  const file = (name: string) => join(dir, name);
  writeFileSync(file('names.cnf'), 'subjectAltName=IP:127.0.0.1');
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  openssl('req', '-new', '-key', file('key.pem'), '-subj', '/CN=backend', '-out', file('request.pem'));
  const authority = ['-CA', caFile, '-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file('names.cnf')];
  openssl('x509', '-req', '-in', file('request.pem'), ...authority, '-days', '-1', '-out', file('expired.pem'));
  return { caFile, key, cert: readFileSync(file('expired.pem')) };
}
