import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type ExportPacket, listCaptures, readCapture } from './captures.ts';
import { AWAITED } from './frames.ts';
import { TOO_LONG } from './ipfix-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'replay-'));
after(() => rmSync(folder, { recursive: true }));

const testdata = fileURLToPath(new URL('testdata', import.meta.url));

test('lists a folder by name, templates before data', () => {
  const sorted = [
    'asr9k_opttpl256.dat',
    'asr9k_tpl260.dat',
    'asr9k_data256.dat',
    'asr9k_data260.dat',
    'flows.ipfix.gz',
    'flows.yaf',
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
  const { packets, skipped, unit, fault } = readCapture(join(testdata, 'fragments.pcap'));
  assert.deepEqual(
    { packets, skipped: Object.fromEntries(skipped), unit, fault },
    {
      packets: [],
      skipped: { 'cut off by the capture': 3, 'that begin as no export packet does': 1, [AWAITED]: 1 },
      unit: 'frame',
      fault: undefined,
    },
  );
});

const ethernet = readFileSync(join(testdata, 'ethernet.pcap'));
const v5 = Buffer.alloc(72);
v5.writeUInt32BE(0x0005_0001);
const ipfix = readFileSync(join(testdata, 'flows.ipfix'));
const inFolder = (packet: ExportPacket) => ({ ...packet, source: folder });
const COMPRESSIONS = { gz: gzipSync, zst: zstdCompressSync };

for (const [ending, compress] of Object.entries(COMPRESSIONS)) {
  test(`reads what is compressed: .${ending}`, () => {
    const file = join(folder, `x.pcap.${ending}`);
    writeFileSync(file, compress(ethernet));
    assert.deepEqual(readCapture(file), readCapture(join(testdata, 'ethernet.pcap')));
    assert.deepEqual(
      listCaptures([folder]).filter((path) => path === file),
      [file],
    );
    // As parallel compressors write it: in parts, one after another.
    const many = Buffer.concat(Array.from({ length: 3 }, () => v5));
    writeFileSync(file, Buffer.concat([compress(many.subarray(0, 100)), compress(many.subarray(100))]));
    assert.equal(readCapture(file).packets.length, 3);
    writeFileSync(file, compress(ethernet).subarray(0, -6));
    assert.equal(readCapture(file).fault?.why, 'truncated');
    writeFileSync(file, compress(ipfix));
    assert.deepEqual(readCapture(file).packets, readCapture(join(testdata, 'flows.ipfix')).packets.map(inFolder));
    rmSync(file);
  });
}

test('names a file of damaged data', () => {
  const file = join(folder, 'damaged.pcap.gz');
  const bytes = gzipSync(ethernet);
  bytes.fill(255, 20, 40);
  writeFileSync(file, bytes);
  assert.throws(() => readCapture(file), /damaged\.pcap\.gz: damaged gzip data/);
  rmSync(file);
});

test('tells that a file is truncated', () => {
  const file = join(folder, 'truncated');
  for (const [whole, packets, at] of [
    [ethernet, [1, 1], 162],
    [Buffer.concat([v5, v5]), [2, 2], v5.length],
    [ipfix, [4, 3], 728],
  ] as const) {
    for (const [missing, fault] of [undefined, { at, why: 'truncated' }].entries()) {
      writeFileSync(file, whole.subarray(0, whole.length - missing));
      const capture = readCapture(file);
      assert.deepEqual(capture.fault, fault);
      assert.equal(capture.packets.length, packets[missing]);
    }
  }
});

/** Messages as tshark tells of them: length, sequence number, Export Time. */
for (const [file, messages] of [
  [
    join(testdata, 'flows.ipfix'),
    [
      [220, 0, '2024-05-06T07:08:09Z'],
      [254, 2, '2024-05-06T07:08:09Z'],
      [254, 8, '2024-05-06T07:08:11Z'],
      [254, 14, '2024-05-06T07:08:13Z'],
    ],
  ],
  [
    fileURLToPath(new URL('../../test/captures/logstash-codec-netflow/ipfix.dat', import.meta.url)),
    [
      [484, 6, '2015-05-13T11:20:26Z'],
      [64, 7, '2015-05-13T11:20:26Z'],
      [240, 12, '2015-05-13T11:20:28Z'],
    ],
  ],
] as const) {
  test(`reads an IPFIX file, with the Export Time of its messages as time: ${basename(file)}`, () => {
    const { packets, skipped, fault } = readCapture(file);
    assert.deepEqual(
      packets.map(({ payload, time, source }) => [payload.length, payload.readUInt32BE(8), time, source]),
      messages.map(([length, sequence, time]) => [length, sequence, Date.parse(time), dirname(file)]),
    );
    assert.deepEqual([skipped.size, fault], [0, undefined]);
  });
}

test('counts sets of an IPFIX file that are too long', () => {
  const file = join(folder, 'long.ipfix');
  const long = Buffer.alloc(65_535);
  long.writeUInt32BE(0x000a_ffff);
  long.writeUInt32BE(0x0100_ffef, 16);
  writeFileSync(file, Buffer.concat([ipfix, long]));
  const { packets, skipped, unit } = readCapture(file);
  assert.deepEqual([packets.length, [...skipped], unit], [4, [[TOO_LONG, 1]], 'set']);
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
