import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hex } from '../../pipeline/pipeline.fixture.ts';
import { dateText, nanos, ntpNanos, ntpSeconds } from './times.ts';

function view(text: string): DataView {
  const bytes = Buffer.concat([hex('ff'), hex(text)]);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

describe('fixed64 of nanoseconds', () => {
  for (const [ms, ns, expected] of [
    [0, 0, 0n],
    [0, 999_999, 999_999n],
    [1, 0, 1_000_000n],
    [4_294, 967_295, 4_294_967_295n],
    [4_294, 967_296, 4_294_967_296n],
    [65_535, 999_999, 65_535_999_999n],
    [65_536, 0, 65_536_000_000n],
    [1_767_323_045_678, 901_234, 1_767_323_045_678_901_234n],
    [4_294_967_295_999, 999_999, 4_294_967_295_999_999_999n],
  ] as const) {
    test(String(expected), () => {
      const bytes = new DataView(new ArrayBuffer(8));
      nanos(bytes, 0, ms, ns);
      assert.equal(bytes.getBigUint64(0, true), expected);
    });
  }
});

describe('NTP timestamps (RFC 7011 §6.1.9, §6.1.10)', () => {
  for (const [name, text, seconds, nanoseconds, ofMicroseconds] of [
    ['1970', '83aa7e80 00000000', 0, 0, 0],
    ['2026', 'ed01b425 80000000', 1_767_323_045, 500_000_000, 500_000_000],
    ['the last of the era of 1900', 'ffffffff ffffffff', 2_085_978_495, 1_000_000_000, 1_000_000_000],
    ['the first of the era of 2036', '00000000 00000000', 2_085_978_496, 0, 0],
    ['the last of what is taken for 2036 to 2104', '7fffffff 00000000', 4_233_462_143, 0, 0],
    ['the first of what is taken for 1968', '80000000 00000000', -61_505_152, 0, 0],
    ['the smallest fraction', '83aa7e80 00000001', 0, 0, 0],
    ['a nanosecond', '83aa7e80 00000005', 0, 1, 0],
    ['eleven bits that microseconds ignore', '83aa7e80 000007ff', 0, 477, 0],
    ['the bit above, less than half a microsecond', '83aa7e80 00000800', 0, 477, 0],
    ['more than half a microsecond', '83aa7e80 00001000', 0, 954, 1_000],
    ['a sum in the middle of the fraction', '83aa7e80 0001ffff', 0, 30_517, 30_000],
  ] as const) {
    test(name, () => {
      const v = view(text);
      assert.equal(ntpSeconds(v, 1), seconds);
      assert.equal(ntpNanos(v, 1, false), nanoseconds);
      assert.equal(ntpNanos(v, 1, true), ofMicroseconds);
    });
  }
});

describe('dates (RFC 3339)', () => {
  for (const [type, text, expected] of [
    ['dateTimeSeconds', '00000000', '1970-01-01T00:00:00Z'],
    ['dateTimeSeconds', '695735a5', '2026-01-02T03:04:05Z'],
    ['dateTimeSeconds', 'ffffffff', '2106-02-07T06:28:15Z'],
    ['dateTimeSeconds', '010203', '1970-01-01T18:20:51Z'],
    ['dateTimeSeconds', '00000000695735a5', '2026-01-02T03:04:05Z'],
    ['dateTimeSeconds', '0000003afff4417f', '9999-12-31T23:59:59Z'],
    ['dateTimeSeconds', '0000003afff44180', undefined],
    ['dateTimeMilliseconds', '0000000000000000', '1970-01-01T00:00:00.000Z'],
    ['dateTimeMilliseconds', '0000019b7ca98f2e', '2026-01-02T03:04:05.678Z'],
    ['dateTimeMilliseconds', '0000e677d21fdbff', '9999-12-31T23:59:59.999Z'],
    ['dateTimeMilliseconds', '019b7ca98f2e', '2026-01-02T03:04:05.678Z'],
    ['dateTimeMilliseconds', '0000e677d21fdc00', undefined],
    ['dateTimeMilliseconds', 'ffffffffffffffff', undefined],
    ['dateTimeMicroseconds', '83aa7e80 00000000', '1970-01-01T00:00:00.000000Z'],
    ['dateTimeMicroseconds', 'ed01b425 80000000', '2026-01-02T03:04:05.500000Z'],
    ['dateTimeMicroseconds', 'ffffffff ffffffff', '2036-02-07T06:28:16.000000Z'],
    ['dateTimeMicroseconds', '00000000 000007ff', '2036-02-07T06:28:16.000000Z'],
    ['dateTimeNanoseconds', 'ed01b425 00000005', '2026-01-02T03:04:05.000000001Z'],
    ['dateTimeNanoseconds', '80000000 00000000', '1968-01-20T03:14:08.000000000Z'],
    ['dateTimeNanoseconds', 'ffffffff ffffffff', '2036-02-07T06:28:16.000000000Z'],
  ] as const) {
    test(`${type} ${text}: ${expected}`, () => assert.equal(dateText(type, view(text), 1, hex(text).length), expected));
  }
});
