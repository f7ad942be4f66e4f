import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isPcap, readPcap } from './pcap.ts';

const microseconds = readFileSync(new URL('testdata/cooked.pcap', import.meta.url));
const nanoseconds = readFileSync(new URL('testdata/ethernet-nanoseconds.pcap', import.meta.url));

/** The same file as a machine of the other byte order would write it. */
function swapped(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  copy.subarray(0, 4).swap32();
  copy.subarray(4, 8).swap16();
  copy.subarray(8, 24).swap32();
  for (let at = 24; at < copy.length; ) {
    const length = copy.readUInt32LE(at + 8);
    copy.subarray(at, at + 16).swap32();
    at += 16 + length;
  }
  return copy;
}

test('reads microseconds, link type and frames', () => {
  const frames = [...readPcap(microseconds)];
  assert.deepEqual(
    frames.map(({ linkType, time, data }) => ({ linkType, time, length: data.length })),
    [
      { linkType: 113, time: 1795508400309.854, length: 116 },
      { linkType: 113, time: 1795508400309.871, length: 54 },
    ],
  );
});

test('reads nanoseconds', () => {
  const [first] = readPcap(nanoseconds);
  assert.equal(first.time, 1795508398055.0696);
});

test('reads the other byte order alike', () => {
  for (const file of [microseconds, nanoseconds]) {
    assert.ok(isPcap(swapped(file)));
    assert.deepEqual([...readPcap(swapped(file))], [...readPcap(file)]);
  }
});

test('leaves out a record that the end of the file cuts off', () => {
  for (let length = 24; length < microseconds.length; length++) {
    const expected = length < 24 + 16 + 116 ? 0 : 1;
    assert.equal([...readPcap(microseconds.subarray(0, length))].length, expected);
  }
});

test('tells a pcap file from others', () => {
  assert.ok(isPcap(microseconds));
  assert.ok(!isPcap(microseconds.subarray(0, 23)));
  assert.ok(!isPcap(Buffer.from('0005000100000000000000000000000000000000000000000000', 'hex')));
});
