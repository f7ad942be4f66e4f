import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { REVERSE_PEN } from '../decode/elements/elements.ts';
import { describeField } from './attributes.ts';
import { mayBeNumbered, nameByNumber, registeredNames } from './element-names.ts';

suite('every name that a span may give to an element is known', () => {
  const registered = new Set(registeredNames());
  for (const [version, pen, ids] of [
    [9, 0, 65_536],
    [10, 0, 32_768],
    [10, REVERSE_PEN, 32_768],
    [10, 9, 32_768],
    [10, 2_636, 32_768],
    [10, 35_632, 32_768],
    [10, 4_294_967_295, 32_768],
  ] as const) {
    test(`version ${version}, enterprise ${pen}`, () => {
      for (let id = 0; id < ids; id++) {
        const { attribute } = describeField({ version }, { pen, id });
        assert.ok(registered.has(attribute) || nameByNumber(attribute) === attribute, attribute);
        if (registered.has(attribute) || id % 101 !== 0) continue;
        for (let end = 0; end <= attribute.length; end++) assert.ok(mayBeNumbered(attribute.slice(0, end)), attribute);
      }
    });
  }
});
