import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listCaptures, readCapture } from './captures.ts';

const folder = mkdtempSync(join(tmpdir(), 'replay-'));
after(() => rmSync(folder, { recursive: true }));

const testdata = fileURLToPath(new URL('testdata', import.meta.url));

test('lists a folder by name, templates before data', () => {
  const sorted = [
    'asr9k_opttpl256.dat',
    'asr9k_tpl260.dat',
    'asr9k_data256.dat',
    'asr9k_data260.dat',
    'ipfix_2.bin',
    'ipfix_10.bin',
    'router/a.pcap',
    'samples-ipfixTemplates-00.bin',
    'samples-ipfixDataSamples-00.bin',
    'v9.mpls-template.dump',
    'v9.mpls-data.dump',
    'wlc_tpl_data.PCAPNG',
  ];
  mkdirSync(join(folder, 'router'));
  for (const name of [...sorted, 'README.md', 'expected.json']) writeFileSync(join(folder, name), '');
  assert.deepEqual(
    listCaptures([folder]).map((path) => relative(folder, path)),
    sorted,
  );
});

test('takes files in the order given, whatever their name', () => {
  const files = [join(folder, 'README.md'), join(folder, 'asr9k_data256.dat')];
  assert.deepEqual(listCaptures(files), files);
  assert.throws(() => listCaptures([join(folder, 'nothing')]), { code: 'ENOENT' });
});

test('takes what looks like an export packet, or all that goes to a port', () => {
  const file = join(testdata, 'ethernet.pcap');
  const lengths = (port?: number) => readCapture(file, port).packets.map(({ payload }) => payload.length);
  assert.deepEqual(lengths(), [72]);
  assert.deepEqual(lengths(9995), [72, 10]);
  assert.deepEqual(lengths(2055), []);
});

test('counts what can not be replayed', () => {
  const { packets, fragments, cutOff } = readCapture(join(testdata, 'fragments.pcap'));
  assert.deepEqual({ packets, fragments, cutOff }, { packets: [], fragments: 3, cutOff: 1 });
});

test('reads raw packets, with their folder as source', () => {
  const file = join(folder, 'two.bin');
  const packet = Buffer.alloc(72);
  packet.writeUInt32BE(0x0005_0001);
  writeFileSync(file, Buffer.concat([packet, packet]));
  assert.deepEqual(
    readCapture(file).packets,
    [packet, packet].map((payload) => ({ payload, source: folder, time: undefined })),
  );
  writeFileSync(file, 'no packet at all');
  assert.deepEqual(readCapture(file).packets, []);
});
