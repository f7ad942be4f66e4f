/** Rules that rows of the table of attributes must keep, and what becomes of their names. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ATTRIBUTES } from '../../crds/attributes/table.ts';
import { collectorConfig } from '../../crds/collector-config.ts';
import { findElement, findV9Element, REVERSE_PEN } from '../decode/elements/elements.ts';
import { ADDRESS_ATTRIBUTES, attributeNames, describeField, ELEMENT_ATTRIBUTES } from './attributes.ts';
import { registeredNames } from './element-names.ts';

const names = ATTRIBUTES.map(({ name }) => name);
const sources = [
  ...ELEMENT_ATTRIBUTES.flatMap((row) => row.sources),
  ...ADDRESS_ATTRIBUTES.flatMap(({ ipv4, ipv6 }) => [...ipv4, ...ipv6]),
];

suite('rows of the table', () => {
  test('have names of their own, which expressions can be written with', () => {
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z]+(\.[a-z_]+)+$/);
  });

  test('have names that are no beginning of others: expressions could not tell them apart', () => {
    for (const name of names)
      assert.deepEqual(
        names.filter((other) => other.startsWith(`${name}.`)),
        [],
      );
  });

  test('have names that no element has', () => {
    assert.deepEqual(
      registeredNames().filter((name) => (names as string[]).includes(name)),
      [],
    );
  });

  test('have elements of their own: a second row would not get them', () => {
    assert.equal(new Set(sources).size, sources.length);
  });

  test('have elements that are registered', () => {
    for (const key of sources) {
      const [pen, id] = [Math.floor(key / 65_536), key % 65_536];
      assert.ok(pen === REVERSE_PEN ? findElement(pen, id) : findV9Element(id), `element ${id}`);
    }
  });
});

suite('names in a profile', () => {
  const element = describeField({ version: 10 }, { pen: 0, id: 59 }).attribute;
  const inProfile = (profile: string) => attributeNames(collectorConfig.parse({ spans: { profile } }).spans);

  for (const [profile, ...expected] of [
    ['flow', 'flow.bytes.total', undefined, undefined, 'netflow.postVlanId'],
    ['netflowreceiver', 'flow.io.bytes', 'flow.start', undefined, undefined],
    ['minimal', 'flow.bytes.total', undefined, undefined, undefined],
    ['full', 'flow.bytes.total', undefined, undefined, 'netflow.postVlanId'],
    ['python', 'flow.bytes', undefined, 'netflow.version', undefined],
  ] as const) {
    test(profile, () => {
      const nameOf = inProfile(profile);
      const asked = (['flow.bytes.total', 'flow.start', 'netflow.version', element] as const).map(nameOf);
      assert.deepEqual(asked, expected);
    });
  }

  test('can be asked only of rows and of elements', () => {
    // @ts-expect-error: no row has this name. Were it asked for, its attribute would be in no profile.
    assert.equal(inProfile('minimal')('flow.bytes.totals'), undefined);
  });
});
