import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { applicationKey, textOf } from './identifiers.ts';

suite('keys of application ids (RFC 6759)', () => {
  const keyOf = (digits: string) => applicationKey(Buffer.from(`ff${digits}`, 'hex'), 1, digits.length / 2);

  for (const [name, same] of [
    ['IANA-L4, port 80', ['0350', '030050', '03000050', '030000000050']],
    ['an engine alone', ['0d', '0d000000']],
    ['PANA-L7', ['0d000419', '0d0419']],
  ] as const) {
    test(`${name}, in any length`, () => assert.deepEqual(new Set(same.map(keyOf)).size, 1));
  }

  test('others have others', () => {
    const others = ['01000050', '03000050', '0300005001', '0350000000', '140000000905', '14000000090005', '14000905'];
    assert.equal(new Set(others.map(keyOf)).size, others.length);
  });

  test('of four bytes it is their number', () => assert.equal(keyOf('03000050'), 0x03000050));

  test('what is empty or too long is no id', () => {
    assert.equal(keyOf(''), '');
    assert.equal(keyOf('03'.repeat(65)), '');
  });
});

suite('a text of more than 256 bytes', () => {
  for (const [name, text, expected] of [
    ['ends there', 'x'.repeat(300), 'x'.repeat(256)],
    ['or before the character that goes on there', `${'x'.repeat(255)}é`, 'x'.repeat(255)],
    ['of whatever length', `${'x'.repeat(253)}😀`, 'x'.repeat(253)],
    ['but not if it ends there', `${'x'.repeat(254)}éx`, `${'x'.repeat(254)}é`],
    ['or at a NUL before', `${'x'.repeat(200)}\0${'x'.repeat(100)}`, 'x'.repeat(200)],
  ] as const) {
    test(name, () => assert.equal(textOf(Buffer.from(text), 0, Buffer.byteLength(text)), expected));
  }

  test('of no characters is bounded, too', () => {
    assert.equal(textOf(Buffer.alloc(300, 0x80), 0, 300), '\ufffd'.repeat(252));
  });
});
