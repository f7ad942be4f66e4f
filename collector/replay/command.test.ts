import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCapture } from './captures.ts';
import { optionsIn, receiver, startCommand } from './command.fixture.ts';

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

test('moves times to now, unless told to keep them', async () => {
  const { socket, received, to } = await receiver('127.0.0.1');
  const before = Math.floor(Date.now() / 1000);
  await start('--to', to, testdata('ethernet.pcap')).done;
  await start('--to', to, '--no-shift-times', testdata('ethernet.pcap')).done;
  const [shifted, kept] = received.map(({ payload }) => payload.readUInt32BE(8));
  assert.ok(shifted >= before && shifted <= Date.now() / 1000);
  assert.equal(kept, readCapture(testdata('ethernet.pcap')).packets[0].payload.readUInt32BE(8));
  socket.close();
});

test('sends the messages of an IPFIX file, each exported now', async () => {
  const { socket, received, to } = await receiver('127.0.0.1');
  const before = Math.floor(Date.now() / 1000);
  const truncated = join(folder, 'truncated.ipfix');
  writeFileSync(truncated, readFileSync(testdata('flows.ipfix')).subarray(0, -1));
  const { code, stdout, stderr } = await start('--to', to, truncated).done;
  assert.equal(code, 0);
  assert.match(stdout, /sent 3 packets \(3 IPFIX\)/);
  assert.match(stderr, /truncated\.ipfix: truncated: it ends within the packet that begins at byte 728$/m);
  assert.deepEqual(
    received.map(({ payload }) => [payload.length, payload.readUInt32BE(8)]),
    [
      [220, 0],
      [254, 2],
      [254, 8],
    ],
  );
  for (const { payload } of received) assert.ok(payload.readUInt32BE(4) >= before);
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
    [[empty], 1, /no NetFlow, IPFIX or sFlow packets in .*empty\.pcap/],
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

test('--help tells every option', async () => {
  const { code, stdout } = await start('--help').done;
  assert.equal(code, 0);
  assert.deepEqual(optionsIn(stdout), [
    '--to',
    '--rate',
    '--original-timing',
    '--no-shift-times',
    '--loop',
    '--port-filter',
    '--source-port',
    '--distinct-sources',
    '-h, --help',
  ]);
  assert.deepEqual(await start('-h').done, { code, stdout, stderr: '' });
});
