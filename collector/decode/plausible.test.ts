import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex, ipfix, NOW, NOW_SECONDS, v9 } from '../pipeline/pipeline.fixture.ts';
import { MISMATCH } from './fit.ts';
import { PacketHeader } from './header.ts';
import { countPlausible } from './plausible.ts';
import { readTemplate, type Template } from './template.ts';

function template(version: 9 | 10, text: string, options = false): Template {
  const bytes = hex(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = readTemplate(view, 0, bytes.length, version, options, 10);
  assert.equal(read.kind, 'template');
  return (read as Extract<typeof read, { kind: 'template' }>).template;
}

/** The header of a v9 packet with an uptime of 100 s, or of an IPFIX message; both of `NOW`. */
function headerOf(version: 9 | 10): PacketHeader {
  const packet = version === 9 ? v9('') : ipfix('');
  const header = new PacketHeader();
  header.read(new DataView(packet.buffer, packet.byteOffset, packet.length), packet.length);
  return header;
}

const COUNTERS = '0100 0002  0001 0004  0002 0004';
const UPTIMES = '0100 0002  0016 0004  0015 0004';
const SECONDS = '0100 0001  0096 0004';
const MILLISECONDS = '0100 0001  0098 0008';
const seconds = (offset: number) => (NOW_SECONDS + offset).toString(16);
const milliseconds = (offset: number) => (NOW + offset).toString(16).padStart(16, '0');

for (const [name, version, fields, data, records] of [
  ['nothing', 9, COUNTERS, '', 0],
  ['more bytes than packets', 9, COUNTERS, '00000064 00000002 00000000 00000000', 2],
  ['more packets than bytes', 9, COUNTERS, '00000064 00000002 00000001 00000002', MISMATCH],
  ['zeros behind', 9, COUNTERS, '00000064 00000002 00000000', 1],
  ['other bytes behind, however few', 9, COUNTERS, '00000064 00000002 01', MISMATCH],
  ['no whole record', 9, COUNTERS, '00000064', MISMATCH],
  ['uptimes so far', 9, UPTIMES, '00000000 000186a0', 1],
  ['uptimes of the future', 9, UPTIMES, '00000000 00030000', MISMATCH],
  ['uptimes of IPFIX, whose header has none', 10, UPTIMES, '00000000 00030000', 1],
  ['seconds of now', 10, SECONDS, seconds(-60), 1],
  ['seconds of the future', 10, SECONDS, seconds(61), MISMATCH],
  ['seconds of long ago', 10, SECONDS, seconds(-8 * 86_400), MISMATCH],
  ['milliseconds of now', 10, MILLISECONDS, milliseconds(-1), 1],
  ['milliseconds of the future', 10, MILLISECONDS, milliseconds(61_000), MISMATCH],
  ['IP version 6', 9, '0100 0001  003c 0001', '06', 1],
  ['IP version 5', 9, '0100 0001  003c 0001', '05', MISMATCH],
  ['behind strings', 10, '0100 0002  0052 ffff  003c 0001', '01 61 04 ff 0002 6161 06', 2],
  ['behind strings, wrong in the second', 10, '0100 0002  0052 ffff  003c 0001', '01 61 04 ff 0002 6161 05', MISMATCH],
  ['strings that overrun', 10, '0100 0002  0052 ffff  003c 0001', '09 61 04', MISMATCH],
  ['an enterprise element of the same number', 10, '0100 0001  803c 0001 00000009', '05', 1],
] as [string, 9 | 10, string, string, number][]) {
  test(name, () => {
    const bytes = hex(`ff ${data}`);
    assert.equal(countPlausible(bytes, template(version, fields), 1, bytes.length, headerOf(version)), records);
  });
}

test('scopes of v9 options are no elements', () => {
  const bytes = hex('00000001 00000002 00000064');
  const options = template(9, '0100 0008 0004  0001 0004 0002 0004  0022 0004', true);
  assert.equal(countPlausible(bytes, options, 0, bytes.length, headerOf(9)), 1);
});
