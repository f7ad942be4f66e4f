import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitPackets, versionOf } from './raw.ts';

/** A packet of `length` bytes whose header begins with these two fields: version, and count or length. */
function packet(version: number, second: number, length: number): Buffer {
  const bytes = Buffer.alloc(length, version);
  bytes.writeUInt16BE(version, 0);
  bytes.writeUInt16BE(second, 2);
  return bytes;
}

const lengths = (packets: Buffer[]) => packets.map(({ length }) => length);

test('tells the version of whole headers only', () => {
  for (const [version, header] of [
    [1, 16],
    [5, 24],
    [7, 24],
    [9, 20],
    [10, 16],
  ]) {
    assert.equal(versionOf(packet(version, 0, header)), version);
    assert.equal(versionOf(packet(version, 0, header - 1)), undefined);
  }
  for (const version of [0, 2, 6, 8, 11, 0x0900]) assert.equal(versionOf(packet(version, 0, 64)), undefined);
  assert.equal(versionOf(Buffer.alloc(0)), undefined);
  // sFlow Version 5, §5: version, type of the agent's address, which has 0, 4 or 16 bytes, and 16 bytes behind it.
  for (const [type, length] of [
    [0, 24],
    [1, 28],
    [2, 40],
  ]) {
    const header = Buffer.alloc(length);
    header.writeUInt32BE(5, 0);
    header.writeUInt32BE(type, 4);
    assert.equal(versionOf(header), 'sflow');
    assert.equal(versionOf(header.subarray(1)), undefined);
    assert.equal(versionOf(header.subarray(0, -1)), undefined);
    header.writeUInt32BE(4, 0);
    assert.equal(versionOf(header), undefined);
  }
});

test('splits where the header tells the length', () => {
  const cases: [string, Buffer[]][] = [
    ['v1', [packet(1, 2, 112), packet(1, 1, 64)]],
    ['v1, records of 52 bytes', [packet(1, 2, 120), packet(1, 1, 68)]],
    ['v5', [packet(5, 1, 72), packet(5, 2, 120), packet(5, 1, 72)]],
    ['v7', [packet(7, 1, 76), packet(7, 1, 76)]],
  ];
  for (const [name, packets] of cases) assert.deepEqual(splitPackets(Buffer.concat(packets)), packets, name);
});

test('keeps together what it can not split', () => {
  const cases: [string, Buffer][] = [
    ['v9 does not tell its length', Buffer.concat([packet(9, 1, 100), packet(9, 1, 100)])],
    ['trailing bytes', Buffer.concat([packet(5, 1, 72), Buffer.alloc(40)])],
    ['a remainder shorter than a header', Buffer.concat([packet(5, 1, 72), packet(5, 1, 23)])],
    ['another version follows', Buffer.concat([packet(7, 1, 76), packet(5, 1, 72)])],
  ];
  for (const [name, file] of cases) assert.deepEqual(lengths(splitPackets(file)), [file.length], name);
});
