import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../image/command.ts';

/** PEM texts. */
export type Certificate = { cert: string; key: string };

export type Authority = {
  /** Its own certificate, PEM. */
  ca: string;
  /** A certificate for servers or clients that call themselves `name`. */
  issue(name: string): Certificate;
};

/** A throw-away certificate authority, good for a day. */
export function createAuthority(name: string): Authority {
  const authority = request(name, 'basicConstraints=critical,CA:TRUE');
  return {
    ca: authority.cert,
    issue: (subject) => request(subject, `subjectAltName=DNS:${subject}`, authority),
  };
}

function request(name: string, extension: string, signer?: Certificate): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'));
  const file = (part: string) => join(folder, part);
  try {
    const signed: string[] = [];
    if (signer) {
      writeFileSync(file('ca.pem'), signer.cert);
      writeFileSync(file('ca.key'), signer.key);
      signed.push('-CA', file('ca.pem'), '-CAkey', file('ca.key'));
    }
    // A configuration of our own: the system's would add extensions that contradict ours.
    writeFileSync(file('openssl.cnf'), '[req]\ndistinguished_name = name\n[name]\n');
    command('openssl', [
      ...['req', '-x509', '-config', file('openssl.cnf'), '-days', '1', '-subj', `/CN=${name}`, '-addext', extension],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', ...signed],
      ...['-keyout', file('key.pem'), '-out', file('cert.pem')],
    ]);
    return { cert: readFileSync(file('cert.pem'), 'utf8'), key: readFileSync(file('key.pem'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
