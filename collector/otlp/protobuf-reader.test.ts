import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fields, ProtobufReader } from './protobuf-reader.ts';

const readerOf = (hex: string) => new ProtobufReader(Buffer.from(hex, 'hex'));

suite('varints', () => {
  for (const [bytes, expected] of [
    ['00', 0n],
    ['ac02', 300n],
    ['ffffffffffffff7f', 2n ** 56n - 1n],
    ['ffffffffffffffff7f', 2n ** 63n - 1n],
    ['ffffffffffffffffff01', -1n],
    ['ffffffffffffffffff7f', -1n],
    ['80808080808080808001', -(2n ** 63n)],
  ] as const) {
    test(bytes, () => assert.equal(readerOf(bytes).int64(), expected));
  }
});

test('a field is read, or skipped, to the same place', () => {
  for (const [tag, bytes, expected] of [
    [0x08, '9601', 150n],
    [0x09, '0100000000000080', 2n ** 63n + 1n],
    [0x0a, '020102', Buffer.of(1, 2)],
    [0x0d, '01000080', 2n ** 31n + 1n],
  ] as const) {
    const [reading, skipping] = [readerOf(bytes), readerOf(bytes)];
    assert.deepEqual(reading.value(tag), expected);
    skipping.skip(tag);
    assert.deepEqual([reading.at, skipping.at], [bytes.length / 2, bytes.length / 2]);
  }
});

test('fields go by tag; a tag may have two bytes', () => {
  const read = fields(Buffer.from('0801' + '120161' + '0802' + '850101000000', 'hex'));
  assert.deepEqual(
    [...read],
    [
      [0x08, [1n, 2n]],
      [0x12, [Buffer.from('a')]],
      [0x85, [1n]],
    ],
  );
});

for (const [what, read] of [
  ['a varint that ends early', () => readerOf('80').int64()],
  ['a varint of eleven bytes', () => readerOf('ffffffffffffffffffff01').int64()],
  ['a tag of six bytes', () => readerOf('808080808001').uint32()],
  ['a text that is longer than the rest', () => readerOf('0361').text()],
  ['a message that is longer than the rest', () => readerOf('0361').enter()],
  ['half a double', () => readerOf('00000000').double()],
  ['a group', () => readerOf('00').skip(0x0b)],
] as const) {
  test(`${what} is a RangeError`, () => assert.throws(read, RangeError));
}
