import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { createAuthority, createServerCertificate } from './certificate.ts';

const DAY = 86_400_000;
const HOST = `reports.${'a'.repeat(63)}.svc`;
const now = Math.floor(Date.now() / 1_000) * 1_000;
const validity = { notBefore: now - DAY, notAfter: now + DAY };
const commonName = 'test authority';
const authority = createAuthority(commonName, validity);
const server = createServerCertificate({ ...authority, commonName }, HOST, validity);

suite('certificates', () => {
  test('are what Node reads them as', () => {
    const [ca, leaf] = [authority, server].map(({ certificate }) => new X509Certificate(certificate));
    assert.ok(ca.ca && !leaf.ca);
    assert.ok(ca.verify(ca.publicKey) && leaf.verify(ca.publicKey) && leaf.checkIssued(ca));
    assert.equal(leaf.checkHost(HOST), HOST);
    assert.equal(leaf.checkHost('other.svc'), undefined);
    assert.deepEqual([leaf.validFromDate.getTime(), leaf.validToDate.getTime()], Object.values(validity));
  });

  test('have times after 2049, too', () => {
    const far = { notBefore: Date.UTC(2049, 11, 31), notAfter: Date.UTC(2050, 0, 1) };
    const { validFromDate, validToDate } = new X509Certificate(createAuthority(commonName, far).certificate);
    assert.deepEqual([validFromDate.getTime(), validToDate.getTime()], Object.values(far));
  });

  test('are in order by openssl’s strictest rules', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const [ca, leaf] = [join(folder, 'ca.pem'), join(folder, 'leaf.pem')];
    writeFileSync(ca, authority.certificate);
    writeFileSync(leaf, server.certificate);
    const rules = ['-x509_strict', '-purpose', 'sslserver', '-verify_hostname', HOST];
    assert.match(String(execFileSync('openssl', ['verify', ...rules, '-CAfile', ca, leaf])), /: OK/);
  });

  test('of a renewed authority are trusted by those who know the old one', () => {
    const renewed = createAuthority(commonName, { ...validity, notAfter: now + 9 * DAY }, authority.key);
    const { certificate } = createServerCertificate({ ...renewed, commonName }, HOST, validity);
    assert.ok(new X509Certificate(certificate).checkIssued(new X509Certificate(authority.certificate)));
    return handshake(authority.certificate, createServerCertificate({ ...renewed, commonName }, HOST, validity));
  });

  test('carry a TLS connection to whom they name', () => handshake(authority.certificate, server));

  test('do not carry one under another authority', () =>
    assert.rejects(handshake(createAuthority(commonName, validity).certificate, server), /signature|verify/));
});

async function handshake(ca: string, { certificate: cert, key }: typeof server): Promise<void> {
  const listener = createServer({ cert, key }, (socket) => socket.on('error', () => {}).end()).listen(0, '127.0.0.1');
  listener.on('tlsClientError', () => {});
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, ca, servername: HOST });
  try {
    await once(socket, 'secureConnect');
  } finally {
    socket.destroy();
    listener.close();
  }
}
