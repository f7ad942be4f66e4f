import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '../pipeline/pipeline.fixture.ts';
import { countRecords, MISMATCH, OVERRUN } from './fit.ts';
import { readTemplate, type Template } from './template.ts';

function template(text: string): Template {
  const bytes = hex(text);
  const read = readTemplate(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, 10, false, 10);
  assert.equal(read.kind, 'template');
  return (read as Extract<typeof read, { kind: 'template' }>).template;
}

/** Records of eight bytes; of a string and a byte. */
const FIXED = template('0100 0002  0008 0004  000c 0004');
const VARIABLE = template('0100 0002  0052 ffff  0004 0001');
const ONE = '0a000001 0a000002';

/** A set's records; how many these are, and how many when sets of this template are known to be padded. */
for (const [name, of, text, records, padded = records] of [
  ['two', FIXED, ONE + ONE, 2],
  ['nothing at all', FIXED, '', 0],
  ['three bytes left', FIXED, `${ONE} ffffff`, 1],
  ['four bytes left', FIXED, `${ONE} ffffffff`, MISMATCH, 1],
  ['zeros left', FIXED, `${ONE} 00000000 000000`, 1],
  ['a byte left behind zeros', FIXED, `${ONE} 00000000 01`, MISMATCH, 1],
  ['no whole record', FIXED, 'ffffffff ffffff', MISMATCH],
  ['no whole record, but zeros', FIXED, '000000', MISMATCH],
  ['variable length', VARIABLE, '00 06 02 6161 06', 2],
  ['variable length, a byte left', VARIABLE, '00 06 ff', 1],
  ['variable length, no whole record', VARIABLE, '00', MISMATCH],
  ['variable length, an overrun', VARIABLE, '05 61 06', OVERRUN],
  ['variable length, an overrun in the second record', VARIABLE, '00 06 02 61 06', OVERRUN],
] as [string, Template, string, number, number?][]) {
  test(name, () => {
    // What stands before and behind a set does not matter.
    const bytes = hex(`ff ${text} ff`);
    assert.equal(countRecords(bytes, of, 1, bytes.length - 1, false), records);
    assert.equal(countRecords(bytes, of, 1, bytes.length - 1, true), padded);
  });
}

test('65,531 records cost no more than their bytes, whatever fields of no length they have', () => {
  const emptyStrings = template(`0100 0004 ${'0052 0000'.repeat(3)} 0052 ffff`);
  assert.equal(emptyStrings.fields.length, 1);
  assert.equal(countRecords(new Uint8Array(65_531), emptyStrings, 0, 65_531, false), 65_531);
});
