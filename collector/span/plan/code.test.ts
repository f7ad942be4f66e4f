import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attribute } from '../../otlp/protobuf-writer.ts';
import { PlanCode } from './code.ts';
import { compile } from './span.ts';

type Plan = (u: Uint8Array, w: DataView, p: number, value: number) => number;

/** What code writes behind a first byte; the bytes before are as they were. */
function run(fill: (code: PlanCode) => void, value = 0): string {
  const code = new PlanCode();
  code.line('let x = 0, n = 0;');
  fill(code);
  code.line('return p;');
  const bytes = Buffer.alloc(256, 0xee);
  const end = compile<Plan>(code, 'write', 'u, w, p, value')(
    bytes,
    new DataView(bytes.buffer, bytes.byteOffset),
    1,
    value,
  );
  assert.equal(bytes[0], 0xee);
  return bytes.toString('hex', 1, end);
}

describe('bytes that are known', () => {
  for (const [name, bytes] of [
    ['none', []],
    ['one', [1]],
    ['four', [1, 2, 3, 4]],
    ['five', [1, 2, 3, 4, 5]],
    ['eight', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['seventeen', Array.from({ length: 17 }, (_, index) => 255 - index)],
    ['that would be a NaN with a payload', [1, 2, 3, 4, 5, 6, 0xf8, 0x7f]],
    ['that would be a signalling NaN', [1, 0, 0, 0, 0, 0, 0xf0, 0x7f]],
    ['that would be infinite', [0, 0, 0, 0, 0, 0, 0xf0, 0xff]],
    ['that would be minus zero', [0, 0, 0, 0, 0, 0, 0, 0x80]],
    ['that would be the smallest double', [1, 0, 0, 0, 0, 0, 0, 0]],
    ['that would be the largest double', [255, 255, 255, 255, 255, 255, 0xef, 0x7f]],
  ] as [string, number[]][]) {
    test(name, () =>
      assert.equal(
        run((code) => code.bytes(...bytes)),
        Buffer.from(bytes).toString('hex'),
      ),
    );
  }

  test('stay in the order of statements and blocks', () => {
    const text = run((code) => {
      code.bytes(1, 2);
      code.bytes(3);
      code.block('if (value > 0) {', () => code.bytes(4, 5));
      code.block('else {', () => code.bytes(6));
      code.bytes(7);
    }, 1);
    assert.equal(text, '010203040507');
  });
});

describe('an int attribute', () => {
  for (const key of ['k', 'k'.repeat(88), 'k'.repeat(89), 'k'.repeat(120)]) {
    for (const value of [
      0,
      1,
      127,
      128,
      16_383,
      16_384,
      2_097_151,
      2_097_152,
      2 ** 28 - 1,
      2 ** 28,
      2 ** 31,
      2 ** 32 - 1,
    ]) {
      test(`${value} under a key of ${key.length}`, () => {
        const expected = Buffer.from(attribute(0x4a, key, value)).toString('hex');
        assert.equal(
          run((code) => code.uint32(key, 'value'), value),
          expected,
        );
      });
    }
  }
});
