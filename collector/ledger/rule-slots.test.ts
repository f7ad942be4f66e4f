import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COUNTER, createCounters } from './ledger.ts';
import { assignRuleSlots, clearRuleCounters, placeOfRule } from './rule-slots.ts';

const rules = (...names: string[]) => names.map((name) => ({ name }));
const many = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const placesOf = (slots: ReturnType<typeof assignRuleSlots>, names: string[]) =>
  names.map((name) => placeOfRule(slots, name));

suite('slots of rules', () => {
  const first = assignRuleSlots([], rules('a', 'b', 'c'));

  test('are given in the order of the rules', () => assert.deepEqual(placesOf(first, ['a', 'b', 'c']), [1, 2, 3]));

  for (const [what, names, places] of [
    ['another order', ['c', 'a', 'b'], [3, 1, 2]],
    ['a rule less', ['c'], [3]],
    ['a new rule before the others', ['new', 'a', 'b', 'c'], [4, 1, 2, 3]],
    ['a new rule in the place of another', ['a', 'new', 'c'], [1, 4, 3]],
    ['nothing at all', [], []],
  ] as const) {
    test(`stay with their names through ${what}`, () => {
      const slots = assignRuleSlots(first, rules(...names));
      assert.deepEqual(placesOf(slots, [...names]), places);
    });
  }

  test('are found again by a rule that comes back', () => {
    const gone = assignRuleSlots(first, rules('d'));
    assert.equal(placeOfRule(assignRuleSlots(gone, rules('b')), 'b'), 2);
  });

  test('of rules that are gone are taken when none is left', () => {
    const full = assignRuleSlots(first, rules(...many('x', 13), 'b'));
    const all = [...many('y', 15), 'b'];
    const slots = assignRuleSlots(full, rules(...all));
    assert.equal(placeOfRule(slots, 'b'), 2);
    const places = placesOf(slots, all);
    assert.deepEqual(
      places.toSorted((a, b) => a - b),
      Array.from({ length: 16 }, (_, index) => index + 1),
    );
  });
});

test('only the counters of slots with a new owner begin at 0', () => {
  const counters = createCounters().fill(7);
  const before = assignRuleSlots([], rules(...many('x', 16)));
  clearRuleCounters(counters, before, assignRuleSlots(before, rules(...many('x', 16).with(2, 'new'))));
  const changed = [...counters.entries()].filter(([, value]) => value !== 7).map(([index]) => index);
  assert.deepEqual(changed, [COUNTER['ruleFlows.3'], COUNTER['ruleLeftOut.3']]);
});
