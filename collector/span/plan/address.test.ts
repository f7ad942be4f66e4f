import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hex } from '../../pipeline/pipeline.fixture.ts';
import { ipv4, ipv6, mac } from './address.ts';

/** The text that `write` puts at 3, with its end checked against what it wrote. */
function written(write: (u: Uint8Array, w: DataView, p: number) => number): string {
  const bytes = Buffer.alloc(64, '#');
  const end = write(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 3);
  assert.equal(bytes.toString('latin1', 0, 3), '###');
  return bytes.toString('latin1', 3, end);
}

describe('IPv4', () => {
  for (const text of ['0.0.0.0', '255.255.255.255', '1.2.3.4', '10.20.30.40', '100.200.9.99', '192.0.2.1']) {
    test(text, () => {
      const number = text.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
      assert.equal(
        written((_, w, p) => ipv4(w, p, number)),
        text,
      );
    });
  }
});

describe('IPv6 (RFC 5952)', () => {
  for (const [bytes, text] of [
    ['0000 0000 0000 0000 0000 0000 0000 0000', '::'],
    ['0000 0000 0000 0000 0000 0000 0000 0001', '::1'],
    ['0001 0000 0000 0000 0000 0000 0000 0000', '1::'],
    // §4.1: no leading zeros
    ['2001 0db8 0102 0030 0400 0a0b 000f f000', '2001:db8:102:30:400:a0b:f:f000'],
    // §4.2.1: as short as possible
    ['2001 0db8 0000 0000 0000 0000 0002 0001', '2001:db8::2:1'],
    // §4.2.2: not for one group alone
    ['2001 0db8 0000 0001 0001 0001 0001 0001', '2001:db8:0:1:1:1:1:1'],
    ['0000 0001 0001 0001 0001 0001 0001 0000', '0:1:1:1:1:1:1:0'],
    // §4.2.3: the longest run, else the first
    ['2001 0000 0000 0001 0000 0000 0000 0001', '2001:0:0:1::1'],
    ['2001 0db8 0000 0000 0001 0000 0000 0001', '2001:db8::1:0:0:1'],
    ['0000 0000 0000 0001 0000 0000 0000 0000', '0:0:0:1::'],
    ['0001 0000 0000 0000 0002 0000 0000 0000', '1::2:0:0:0'],
    // §4.3: lower case
    ['fe80 ABCD EF01 2345 6789 ABCD EF01 2345', 'fe80:abcd:ef01:2345:6789:abcd:ef01:2345'],
    ['ffff ffff ffff ffff ffff ffff ffff ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    // §5: IPv4-mapped with dots
    ['0000 0000 0000 0000 0000 ffff c000 0201', '::ffff:192.0.2.1'],
    ['0000 0000 0000 0000 0000 ffff 0000 0000', '::ffff:0.0.0.0'],
    ['0000 0000 0000 0000 0000 ffff ffff ffff', '::ffff:255.255.255.255'],
    // Neither of these is
    ['0000 0000 0000 0000 0000 0000 c000 0201', '::c000:201'],
    ['0000 0000 0000 0000 ffff 0000 c000 0201', '::ffff:0:c000:201'],
    ['0001 0000 0000 0000 0000 ffff c000 0201', '1::ffff:c000:201'],
    ['0000 0000 0000 0000 0000 fffe c000 0201', '::fffe:c000:201'],
  ] as const) {
    test(text, () => {
      const source = Buffer.concat([hex('ffff'), hex(bytes), hex('ffff')]);
      assert.equal(
        written((u, w, p) => ipv6(u, w, p, source, 2)),
        text,
      );
    });
  }
});

test('MAC', () => {
  assert.equal(
    written((u, _, p) => mac(u, p, hex('ff 00 0a b1 02 c3 d4 ff'), 1)),
    '00:0a:b1:02:c3:d4',
  );
});
