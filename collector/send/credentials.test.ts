import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { createLog } from '../../crds/common/log.ts';
import { createCredentials } from './credentials.ts';
import { createIdentity } from './identity.fixture.ts';
import { otlpConfig, transportTo } from './servers.fixture.ts';

const TIMEOUT = 10_000;

/** A folder as Kubernetes mounts a Secret: the files are links through `..data`, which is turned to a new folder. */
function mountedSecret(t: TestContext, files: Record<string, string | Buffer>) {
  const folder = mkdtempSync(join(tmpdir(), 'secret-'));
  t.after(() => rmSync(folder, { recursive: true }));
  let generation = 0;
  function update(content: Record<string, string | Buffer>): void {
    const version = `..${++generation}`;
    mkdirSync(join(folder, version));
    for (const [name, text] of Object.entries(content)) writeFileSync(join(folder, version, name), text);
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    if (generation > 1) rmSync(join(folder, `..${generation - 1}`), { recursive: true });
  }
  update(files);
  for (const name of Object.keys(files)) symlinkSync(`..data/${name}`, join(folder, name));
  return { path: (name: string) => join(folder, name), update };
}

function recordingLog() {
  const lines: { level: string; message: string; error?: string }[] = [];
  return { lines, log: createLog('info', (line) => lines.push(JSON.parse(line))) };
}

suite('headers from a file', () => {
  const header = (value: string) => JSON.stringify({ Authorization: value });

  test('win over those of the configuration, and are new after a rotation', (t) => {
    const secret = mountedSecret(t, { 'headers.json': header('Bearer 1') });
    const { log, lines } = recordingLog();
    const headersFile = secret.path('headers.json');
    const { headers } = createCredentials(
      otlpConfig({ headersFile, headers: { authorization: 'none', 'X-Scope': 'net' } }),
      'otlp',
      log,
    );
    assert.deepEqual(headers(), { authorization: 'Bearer 1', 'x-scope': 'net' });
    assert.equal(headers(), headers(), 'nothing is read while nothing changes');
    secret.update({ 'headers.json': header('Bearer 2') });
    assert.equal(headers().authorization, 'Bearer 2');
    assert.deepEqual(
      lines.map(({ level }) => level),
      ['info'],
    );
  });

  for (const [what, content] of [
    ['half written', '{"authorization": "Bearer s3cr'],
    ['empty', ''],
    ['a list', '["s3cret"]'],
    ['with a value that is no text', '{"authorization": 53}'],
    ['with a line break in a value', '{"authorization": "s3cret\\n"}'],
    ['with a name that is none', '{"a s3cret b": ""}'],
    ['gone', undefined],
  ] as const) {
    test(`${what}: the last good ones stay, and the log says so, without secrets`, (t) => {
      const secret = mountedSecret(t, { 'headers.json': header('Bearer 1') });
      const { log, lines } = recordingLog();
      const { headers } = createCredentials(otlpConfig({ headersFile: secret.path('headers.json') }), 'otlp', log);
      headers();
      secret.update(content === undefined ? {} : { 'headers.json': content });
      for (let i = 0; i < 3; i++) assert.equal(headers().authorization, 'Bearer 1');
      assert.deepEqual(
        lines.map(({ level }) => level),
        ['warn'],
      );
      assert.match(lines[0].error!, /otlp\.headersFile: .*headers\.json/);
      assert.doesNotMatch(JSON.stringify(lines), /s3cr/);
      secret.update({ 'headers.json': header('Bearer 2') });
      assert.equal(headers().authorization, 'Bearer 2');
    });
  }

  test('that never were good are an error until they are', (t) => {
    const secret = mountedSecret(t, { 'headers.json': '{' });
    const { headers } = createCredentials(
      otlpConfig({ headersFile: secret.path('headers.json') }),
      'metrics.otlp',
      recordingLog().log,
    );
    for (let i = 0; i < 2; i++)
      assert.throws(headers, { code: 'E_HEADERS_FILE', message: /metrics\.otlp\.headersFile/ });
    secret.update({ 'headers.json': header('Bearer 1') });
    assert.equal(headers().authorization, 'Bearer 1');
  });
});

suite('certificates from files', () => {
  for (const [what, broken] of [
    ['a half-written authority', { 'ca.crt': 'half' }],
    ['an authority that is none', { 'ca.crt': Buffer.from('no certificate') }],
    ['a half-written key', { 'tls.key': 'half' }],
    ['a key of another certificate', { 'tls.key': 'other' }],
    ['a missing certificate', { 'tls.crt': undefined }],
  ] as const) {
    test(`${what}: the last good ones stay`, (t) => {
      const { caFile, cert, key } = createIdentity(t);
      const files: Record<string, Buffer> = { 'ca.crt': readFileSync(caFile), 'tls.crt': cert, 'tls.key': key };
      const secret = mountedSecret(t, files);
      const { log, lines } = recordingLog();
      const { tls } = createCredentials(otlpConfig({ tls: tlsFiles(secret) }), 'otlp', log);
      const first = tls();
      const changed: Record<string, Buffer> = { ...files };
      for (const [name, content] of Object.entries(broken as Record<string, 'half' | 'other' | Buffer | undefined>)) {
        if (content === 'half') changed[name] = files[name].subarray(0, 100);
        else if (content === 'other') changed[name] = createIdentity(t).key;
        else if (content) changed[name] = content;
        else delete changed[name];
      }
      secret.update(changed);
      assert.equal(tls(), first);
      assert.match(lines.at(-1)?.error ?? '', /otlp\.tls\./);
      secret.update(files);
      assert.notEqual(tls(), first);
    });
  }

  for (const protocol of ['grpc', 'http/protobuf'] as const) {
    test(`are new on the next request after a rotation, over ${protocol}, on a new connection`, async (t) => {
      const server = await startTlsServer(t, protocol);
      const [first, second] = [createIdentity(t), createIdentity(t)];
      const files = ({ cert, key }: typeof first) => ({ 'ca.crt': server.ca, 'tls.crt': cert, 'tls.key': key });
      const secret = mountedSecret(t, files(first));
      const transport = transportTo(t, server.url, { protocol, tls: tlsFiles(secret) });
      const send = async () => assert.equal((await transport.send(new Uint8Array(), TIMEOUT)).status, 'success');
      await send();
      await send();
      secret.update(files(second));
      await send();
      const [a, b] = [first, second].map(({ cert }) => cert.toString());
      assert.deepEqual(server.clients, [a, a, b]);
      assert.equal(server.connections(), 2);
    });
  }
});

function tlsFiles(secret: { path(name: string): string }) {
  const [caFile, certFile, keyFile] = ['ca.crt', 'tls.crt', 'tls.key'].map(secret.path);
  return { caFile, certFile, keyFile, insecureSkipVerify: false };
}

/** A server that asks for a certificate, takes any, and remembers which came with each request. */
async function startTlsServer(t: TestContext, protocol: 'grpc' | 'http/protobuf') {
  const { caFile, cert, key } = createIdentity(t);
  const options = { cert, key, requestCert: true, rejectUnauthorized: false };
  const clients: string[] = [];
  const note = (socket: TLSSocket) => clients.push(pem(socket.getPeerCertificate()));
  const server = protocol === 'grpc' ? createSecureServer(options) : createServer(options);
  if (protocol === 'grpc') {
    server.on('stream', (stream) => {
      note(stream.session.socket);
      stream.resume();
      stream.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true });
    });
  } else {
    server.on('request', (request, response) => {
      note(request.socket as TLSSocket);
      request.resume().on('end', () => response.end());
    });
  }
  let connections = 0;
  server.on('secureConnection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}`, ca: readFileSync(caFile), clients, connections: () => connections };
}

function pem({ raw }: PeerCertificate): string {
  return `-----BEGIN CERTIFICATE-----\n${raw.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}
