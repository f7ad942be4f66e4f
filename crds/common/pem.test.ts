import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { certificatesIn } from './pem.ts';

const [A, B] = rootCertificates;

for (const [name, pem, expected] of [
  ['nothing', '', []],
  ['other words', 'no certificate here\n', []],
  ['one', A, [A]],
  ['several with words around them', `# the first\n${A}\n# the second\n${B}\n`, [A, B]],
] as const) {
  test(`certificates of ${name}`, () => {
    assert.deepEqual(
      certificatesIn(pem).map(({ fingerprint256 }) => fingerprint256),
      expected.map((each) => new X509Certificate(each).fingerprint256),
    );
  });
}

test('a certificate that can be read does not hide one that can not', () => {
  assert.throws(() => certificatesIn(`${A}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`));
});
