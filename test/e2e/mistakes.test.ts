/**
 * A user's mistake ends the collector with a message that says what and where, and an exit code that tells whose it is.
 */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCollector } from './collector.ts';

const folder = mkdtempSync(join(tmpdir(), 'mistakes-'));
after(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'collector.yaml');
writeFileSync(config, 'listeners:\n  - port: 70000\notlp:\n  endpont: http://127.0.0.1:4317\n');

const free = ['--listen', '127.0.0.1:0', '--http', '127.0.0.1:0'];

const CONFIGURATION: [string, string[], Record<string, string>, RegExp[]][] = [
  ['unknown flag', ['--lisen', ':2055'], {}, [/--lisen/, /--listen/]],
  ['bad address', ['--listen', 'somewhere'], {}, [/--listen/, /ADDRESS:PORT/]],
  ['unknown protocol', [...free, '--otlp-protocol', 'carrier-pigeon'], {}, [/--otlp-protocol/, /http\/protobuf/]],
  ['everything wrong in a file', ['--config', config], {}, [/listeners\[0\]\.port/, /otlp\.endpont/, /endpoint/]],
  ['no such file', ['--config', join(folder, 'nothing.yaml')], {}, [/nothing\.yaml/]],
  ...[[], ['--check']].map((flags): (typeof CONFIGURATION)[number] => [
    `a proxy that is none ${flags}`,
    [...free, ...flags, '--otlp-endpoint', 'https://tempo.example:4317'],
    { HTTPS_PROXY: 'socks5://me:s3cret@proxy.example' },
    [/HTTPS_PROXY: must be the URL of an HTTP proxy(?!.*s3cret)/s],
  ]),
  ['bad variable', ['--http', '127.0.0.1:0'], { NETFLOW_LISTEN_PORT: 'abc' }, [/NETFLOW_LISTEN_PORT/]],
];

for (const [name, args, env, messages] of CONFIGURATION) {
  test(`configuration: ${name}`, async () => {
    const { code, output } = await runCollector(args, env);
    for (const message of messages) assert.match(output, message);
    assert.doesNotMatch(output, /^\s+at /m);
    assert.equal(code, 2);
  });
}

test('the UDP port is in use', async (t) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => socket.close());
  await once(socket, 'listening');
  const address = `127.0.0.1:${socket.address().port}`;
  const { code, output } = await runCollector(['--listen', address, '--http', '127.0.0.1:0']);
  assert.match(output, /E_PORT_IN_USE/);
  assert.ok(output.includes(address));
  assert.doesNotMatch(output, /^\s+at /m);
  assert.equal(code, 1);
});

test('the HTTP port is in use', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, output } = await runCollector(['--listen', '127.0.0.1:0', '--http', address]);
  assert.match(output, /E_HTTP_PORT_IN_USE/);
  assert.ok(output.includes(address));
  assert.equal(code, 1);
});

test('the state folder can not be used', async () => {
  const { code, output } = await runCollector([...free, '--state-dir', config]);
  assert.match(output, /E_STATE_DIR/);
  assert.ok(output.includes(config));
  assert.equal(code, 1);
});
