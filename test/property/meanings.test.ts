/** That the words for numbers and bits of elements are those of the reference, which has its own lists. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeField } from '../../collector/span/attributes.ts';
import { ELEMENT_BITS } from '../../crds/attributes/element-bits.ts';
import { ELEMENT_VALUES } from '../../crds/attributes/element-values.ts';
import { bitsOf, meaningOf } from '../reference/meanings.ts';

const REGISTRIES = [0, 9, 2_636, 6_871, 6_876, 56_506];
const MAX_NUMBER = 2_047;

test('words for numbers', () => {
  const found: string[] = [];
  for (const pen of REGISTRIES) {
    for (let id = 0; id < 65_536; id++) {
      const meaning = meaningOf({ pen, id });
      if (!meaning) continue;
      // What NetFlow v9 alone knows of Cisco's has no enterprise number.
      const key = pen === 9 ? id : pen * 65_536 + id;
      found.push(String(key));
      for (let number = 0; number <= MAX_NUMBER; number++)
        assert.equal(ELEMENT_VALUES[key]?.names[number], meaning(number), `${pen}/${id}: ${number}`);
      for (const number of Object.keys(ELEMENT_VALUES[key].names)) assert.ok(Number(number) <= MAX_NUMBER);
    }
  }
  assert.deepEqual(found.sort(), Object.keys(ELEMENT_VALUES).sort());
});

test('words for bits', () => {
  for (const [id, { names }] of Object.entries(ELEMENT_BITS)) {
    const all = Array.from({ length: 256 }, (_, bit) => names[bit] ?? String(bit));
    assert.deepEqual(bitsOf({ pen: 0, id: Number(id), bytes: new Uint8Array(32).fill(255) }), all);
  }
  assert.equal(bitsOf({ pen: 0, id: 209, bytes: Uint8Array.of(1) }), undefined);
});

test('each is of the attribute that spans have', () => {
  for (const [key, { attribute }] of Object.entries({ ...ELEMENT_VALUES, ...ELEMENT_BITS })) {
    const [pen, id] = [Math.floor(Number(key) / 65_536), Number(key) % 65_536];
    assert.equal(describeField({ version: pen === 0 ? 9 : 10 }, { pen, id }).attribute, attribute);
  }
});

test('every word is one of attributes', () => {
  const words = [
    ...Object.values(ELEMENT_VALUES).flatMap(({ names }) => Object.values(names)),
    ...Object.values(ELEMENT_BITS).flatMap(({ names }) => names),
  ];
  for (const word of words) assert.match(word, /^[a-z0-9]+(_[a-z0-9]+)*$/);
});
