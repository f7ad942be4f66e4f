import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AttributeValue, attribute, encodeKey, message, varint } from './protobuf-writer.ts';

const text = (bytes: Uint8Array | number[]): string => Buffer.from(bytes).toString('hex');

describe('varints', () => {
  for (const [value, expected] of [
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [16_384, '808001'],
    [2 ** 32, '8080808010'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  ] as const) {
    test(String(value), () => assert.equal(text(varint(value)), expected));
  }
});

describe('attributes', () => {
  for (const [value, expected] of [
    ['é', '0a02c3a9'],
    ['', '0a00'],
    [true, '1001'],
    [false, '1000'],
    [0, '1800'],
    [300, '18ac02'],
    [-1, '18ffffffffffffffffff01'],
    [-300, '18d4fdffffffffffffff01'],
    [0.5, '21000000000000e03f'],
    [2 ** 60, '21000000000000b043'],
    [['a', ''], '2a090a030a01610a020a00'],
    [[], '2a00'],
  ] as [AttributeValue, string][]) {
    test(JSON.stringify(value), () => {
      const any = Buffer.from(expected, 'hex');
      assert.equal(text(attribute(0x4a, 'k', value)), text(message(0x4a, encodeKey('k'), message(0x12, any))));
    });
  }
});

test('a message has its length before it', () => {
  assert.equal(text(message(0x0a, [1, 2], Uint8Array.of(3))), '0a03010203');
  assert.equal(message(0x0a, new Uint8Array(128)).length, 131);
});
