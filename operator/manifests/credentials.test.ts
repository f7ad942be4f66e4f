import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { assembleCredentials, type CredentialFiles, type Lookup, missingNames, referencesOf } from './credentials.ts';
import { full, minimal, objectsOf, type Pem } from './resources.fixture.ts';

const none: Lookup = () => undefined;
const pem = makeCertificate();

test('what a resource refers to is put together as files', () => {
  const files = filesOf(assembleCredentials(full, objectsOf(pem)));
  assert.deepEqual(Object.keys(files).sort(), [
    'ca.crt',
    'headers.json',
    'http-token',
    'metrics-headers.json',
    'tls.crt',
    'tls.key',
  ]);
  assert.deepEqual([files['ca.crt'], files['tls.crt'], files['tls.key']], [pem.ca, pem.cert, pem.key]);
  assert.deepEqual(JSON.parse(files['headers.json']!), {
    'X-Scope-OrgID': 'net',
    'x-key': 'k3y',
    authorization: `Basic ${Buffer.from('12345:pässword').toString('base64')}`,
  });
  assert.equal(files['http-token'], 'page-tok3n-of-enough-characters');
  assert.deepEqual(JSON.parse(files['metrics-headers.json']!), { authorization: 'Bearer tok3n' });
});

test('a resource that refers to nothing has a file without headers', () => {
  assert.deepEqual(filesOf(assembleCredentials(minimal, none)), { 'headers.json': '{}' });
});

test('references are listed once each', () => {
  assert.deepEqual(referencesOf(minimal), []);
  assert.deepEqual(referencesOf(full), [
    { kind: 'ConfigMap', name: 'authorities' },
    { kind: 'Secret', name: 'client' },
    { kind: 'Secret', name: 'backend' },
    { kind: 'Secret', name: 'page' },
    { kind: 'ConfigMap', name: 'networks' },
    { kind: 'ConfigMap', name: 'elements' },
  ]);
});

suite('files of names', () => {
  const elements = { of: 'elements', path: 'spec.elements.configMapKeyRef' };
  const networks = { of: 'networks', path: 'spec.spans.attributes.networks.configMapKeyRef' };
  const noMap = (name: string) => `ConfigMap "${name}" does not exist in namespace "flows"; create it`;
  const noKey = (name: string, key: string) => `ConfigMap "${name}" has no key "${key}"; it has a`;
  for (const [what, lookup, expected] of [
    ['are there', objectsOf(pem), []],
    [
      'lack their ConfigMaps',
      none,
      [
        { ...networks, message: noMap('networks') },
        { ...elements, message: noMap('elements') },
      ],
    ],
    [
      'lack their keys',
      () => ({ a: Buffer.of() }),
      [
        { ...networks, message: noKey('networks', 'networks.csv.gz') },
        { ...elements, message: noKey('elements', 'elements.csv') },
      ],
    ],
  ] as const) {
    test(what, () => assert.deepEqual(missingNames(full, lookup), expected));
  }
  test('need not be asked for', () => assert.deepEqual(missingNames(minimal, none), []));
});

suite('what stands in the way is told with its field, without secrets', () => {
  const text = (value: string) => Buffer.from(value);
  const cases: [object: string, data: ReturnType<Lookup>, path: string, message: string][] = [
    [
      'Secret backend',
      undefined,
      'spec.otlp.headers[1].valueFrom.secretKeyRef',
      'Secret "backend" does not exist in namespace "flows"; create it',
    ],
    [
      'Secret backend',
      { token: text('s3cret'), 'api-key': text('k') },
      'spec.otlp.basicAuth.password.secretKeyRef',
      'Secret "backend" has no key "password"; it has api-key, token',
    ],
    [
      'Secret page',
      { token: text('s3cret') },
      'spec.http.token.secretKeyRef',
      'must lead to a token (it must have at least 16 printable ASCII characters, without spaces)',
    ],
    [
      'ConfigMap authorities',
      {},
      'spec.otlp.tls.ca.configMapKeyRef',
      'ConfigMap "authorities" has no key "ca.pem"; it is empty',
    ],
    [
      'Secret backend',
      { 'api-key': text('s3cret\ns3cret'), password: text('p'), token: text('t') },
      'spec.otlp.headers[1]',
      'the value of the header x-key must be printable ASCII, on one line',
    ],
    [
      'ConfigMap authorities',
      { 'ca.pem': text('s3cret') },
      'spec.otlp.tls.ca',
      'must hold certificates in PEM (there is none)',
    ],
    [
      'Secret client',
      { 'tls.crt': text(pem.cert), 'tls.key': text(makeCertificate().key) },
      'spec.otlp.tls.clientCertificate.secretName',
      'must hold a certificate and its key in PEM (they do not match)',
    ],
  ];
  for (const [object, data, path, message] of cases) {
    test(`${path}: ${message}`, () => {
      const all = objectsOf(pem);
      const assembled = assembleCredentials(full, (kind, name) =>
        `${kind} ${name}` === object ? data : all(kind, name),
      );
      assert.ok('problems' in assembled);
      assert.deepEqual(
        assembled.problems.find((problem) => problem.path === path),
        { path, message },
      );
      assert.doesNotMatch(JSON.stringify(assembled), /s3cret/);
    });
  }
});

function filesOf(assembled: ReturnType<typeof assembleCredentials>): CredentialFiles {
  assert.ok('files' in assembled, JSON.stringify(assembled));
  return assembled.files;
}

function makeCertificate(): Pem {
  const folder = mkdtempSync(join(tmpdir(), 'credentials-'));
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
    execFileSync('openssl', [...request, '-subj', '/CN=test', '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const text = readFileSync(cert, 'utf8');
    return { ca: text, cert: text, key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
