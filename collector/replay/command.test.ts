import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const testdata = (name: string) => fileURLToPath(new URL(`testdata/${name}`, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'replay-'));
after(() => rmSync(folder, { recursive: true }));

/** Twenty v5 packets of one record, numbered by their sequence. */
const raw = join(folder, 'v5.bin');
writeFileSync(
  raw,
  Buffer.concat(
    Array.from({ length: 20 }, (_, index) => {
      const packet = Buffer.alloc(72);
      packet.writeUInt32BE(0x0005_0001, 0);
      packet.writeUInt32BE(index, 16);
      return packet;
    }),
  ),
);

function start(...args: string[]) {
  return startCommand('replay', ...args);
}

function startCommand(...args: string[]) {
  const { npm_lifecycle_event, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    output.stdout += text;
  });
  child.stderr.on('data', (text) => {
    output.stderr += text;
  });
  const done = once(child, 'close').then(([code]) => ({ code, ...output }));
  return { child, done };
}

async function receiver(host: string) {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').bind(0, host);
  await once(socket, 'listening');
  const received: { payload: Buffer; from: RemoteInfo }[] = [];
  socket.on('message', (payload, from) => received.push({ payload, from }));
  const { port } = socket.address();
  return { socket, received, to: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` };
}

for (const host of ['127.0.0.1', '::1']) {
  test(`sends every packet, in order, to ${host}`, async () => {
    const { socket, received, to } = await receiver(host);
    const { code, stdout } = await start('--to', to, '--rate', '2000', raw, testdata('ethernet.pcap')).done;
    assert.equal(code, 0);
    assert.match(stdout, /^replay: sent 21 packets \(21 v5\), 1512 bytes, in \d+\.\d s to /);
    const sequences = received.map(({ payload }) => payload.readUInt32BE(16));
    assert.deepEqual(
      sequences.slice(0, 20),
      Array.from({ length: 20 }, (_, index) => index),
    );
    assert.equal(received[20].payload.length, 72);
    socket.close();
  });
}

test('moves times to now', async () => {
  const { socket, received, to } = await receiver('127.0.0.1');
  const before = Math.floor(Date.now() / 1000);
  await start('--to', to, '--shift-times', testdata('ethernet.pcap')).done;
  const exportTime = received[0].payload.readUInt32BE(8);
  assert.ok(exportTime >= before && exportTime <= Date.now() / 1000);
  socket.close();
});

test('gives each source an address of its own', {
  skip: process.platform !== 'linux' && 'needs 127.0.0.0/8',
}, async () => {
  const { socket, received, to } = await receiver('127.0.0.1');
  const files = [testdata('ethernet.pcap'), testdata('cooked2-ipv6.pcap'), testdata('cooked.pcap'), raw];
  assert.equal((await start('--to', to, '--distinct-sources', '--rate', '2000', ...files).done).code, 0);
  const addresses = received.map(({ from }) => from.address);
  assert.deepEqual(addresses.slice(0, 4), ['127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.4']);
  socket.close();
});

test('repeats, and ends with a summary when interrupted', async () => {
  const { socket, received, to } = await receiver('127.0.0.1');
  const { child, done } = start('--to', to, '--loop', 'forever', '--rate', '500', raw);
  while (received.length < 50) await once(socket, 'message');
  child.kill('SIGINT');
  const { code, stdout } = await done;
  assert.equal(code, 0);
  assert.match(stdout, /^replay: sent \d+ packets/);
  const twice = await start('--to', to, '--loop', '2', '--rate', '5000', raw).done;
  assert.match(twice.stdout, /sent 40 packets/);
  socket.close();
});

test('says what is wrong and what to do', async () => {
  const { socket, to } = await receiver('127.0.0.1');
  socket.close();
  await once(socket, 'close');
  const empty = join(folder, 'empty.pcap');
  writeFileSync(empty, '');
  const cases: [string[], number, RegExp][] = [
    [['--to', to, raw], 1, /is the collector running\? Start it with: node .*main\.ts$/m],
    [['--to', to, testdata('ethernet.pcap')], 1, /is the collector running/],
    [[join(folder, 'nothing.pcap')], 1, /no such file or folder: .*nothing\.pcap/],
    [[empty], 1, /no NetFlow or IPFIX packets in .*empty\.pcap/],
    [['--port-filter', '53', testdata('ethernet.pcap')], 1, /no datagrams to port 53 in/],
    [[], 2, /name a capture file.*\nSee: node .*main\.ts replay --help$/m],
    [['--to', 'somewhere', raw], 2, /--to somewhere: write HOST:PORT/],
    [['--to', '127.0.0.1:70000', raw], 2, /a port is a number from 1 to 65535/],
    [['--rate', 'fast', raw], 2, /--rate fast: write a number above 0/],
    [['--rate', '5', '--original-timing', raw], 2, /exclude each other/],
    [['--loop', '0', raw], 2, /--loop 0: write how many times/],
    [['--lop', '3', raw], 2, /Unknown option '--lop'/],
  ];
  for (const [args, expectedCode, message] of cases) {
    const { code, stdout, stderr } = await start(...args).done;
    assert.match(stderr, message);
    assert.deepEqual({ code, stdout }, { code: expectedCode, stdout: '' }, args.join(' '));
  }
});

test('the demo is the packets of its captures in their order, exported now', async () => {
  const { socket, received, to } = await receiver('127.0.0.1');
  const before = Math.floor(Date.now() / 1000);
  const { code, stdout } = await startCommand('demo', '--to', to).done;
  assert.equal(code, 0);
  assert.match(stdout, /^demo: sent 13 packets \(1 v5, 5 v9, 7 IPFIX\), \d+ bytes, in \d+\.\d s to /);
  const folder = new URL('../../test/captures/demo/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.bin'));
  const exportTimeAt = (packet: Buffer) => (packet.readUInt16BE() === 10 ? 4 : 8);
  for (const [index, name] of files.sort().entries()) {
    const { payload } = received[index];
    const original = readFileSync(new URL(name, folder));
    const at = exportTimeAt(payload);
    const exportTime = payload.readUInt32BE(at);
    assert.ok(exportTime >= before && exportTime <= Date.now() / 1000, name);
    assert.equal(payload.length, original.length, name);
    assert.deepEqual(payload.subarray(0, at), original.subarray(0, at), name);
  }
  assert.equal(received.length, files.length);
  socket.close();
});

test('the demo takes no files, and says so', async () => {
  const { code, stderr } = await startCommand('demo', raw).done;
  assert.equal(code, 2);
  assert.match(stderr, /^demo: Unexpected argument .*\nSee: node .*main\.ts demo --help$/m);
});

const OPTIONS = {
  demo: ['--to', '--rate', '--loop', '-h, --help'],
  replay: [
    '--to',
    '--rate',
    '--original-timing',
    '--shift-times',
    '--loop',
    '--port-filter',
    '--source-port',
    '--distinct-sources',
    '-h, --help',
  ],
};

for (const [command, expected] of Object.entries(OPTIONS)) {
  test(`${command} --help tells every option`, async () => {
    const { code, stdout } = await startCommand(command, '--help').done;
    assert.equal(code, 0);
    const options = stdout.match(/^ {2}-[a-z, -]+?(?= {2}| [A-Z])/gm)!.map((line) => line.trim());
    assert.deepEqual(options, expected);
    assert.deepEqual(await startCommand(command, '-h').done, { code, stdout, stderr: '' });
  });
}
