import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { duration, size } from './quantity.ts';

suite('a size', () => {
  for (const [text, bytes] of [
    [0, 0],
    [1500, 1500],
    ['1500', 1500],
    ['64Mi', 67_108_864],
    ['1Gi', 1_073_741_824],
    ['3Ki', 3072],
    ['5k', 5_000],
    ['5M', 5_000_000],
    ['5G', 5_000_000_000],
  ] as const) {
    test(`${text} is ${bytes} bytes`, () => assert.equal(size.parse(text), bytes));
  }

  for (const text of ['', '64MiB', '1.5Gi', '-1', -1, 1.5, '64 Mi', 'Mi', '9007199254740993Gi', null, true]) {
    test(`${JSON.stringify(text)} is refused`, () => assert.ok(!size.safeParse(text).success));
  }

  test('is written in the largest unit that fits', () => {
    const written = [0, 1500, 1024, 2 ** 26, 3 * 2 ** 30].map((bytes) => z.encode(size, bytes));
    assert.deepEqual(written, [0, 1500, '1Ki', '64Mi', '3Gi']);
  });

  test('is read again as it was written', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat().map((n) => n % 1e15),
        (bytes) => assert.equal(size.parse(z.encode(size, bytes)), bytes),
      ),
    );
  });
});

suite('a duration', () => {
  for (const [text, milliseconds] of [
    ['0s', 0],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['1.005s', 1_005],
    ['10s', 10_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
  ] as const) {
    test(`${text} is ${milliseconds} ms`, () => assert.equal(duration.parse(text), milliseconds));
  }

  for (const text of ['', '10', 10, '-1s', '1d', '1 s', '1m30s', '1e9h', `${'9'.repeat(30)}h`, null]) {
    test(`${JSON.stringify(text)} is refused`, () => assert.ok(!duration.safeParse(text).success));
  }

  test('is read again as it was written', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat().map((n) => n % 1e12),
        (ms) => assert.equal(duration.parse(z.encode(duration, ms)), ms),
      ),
    );
  });
});
