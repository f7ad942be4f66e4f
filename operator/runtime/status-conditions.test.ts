import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Condition, type ConditionInput, updateConditions } from './status-conditions.ts';

const THEN = '2030-01-01T00:00:00Z';
const NOW = '2030-02-02T03:04:05Z';
const now = Date.parse(NOW) + 678;

const input = (type: string, status: ConditionInput['status'], reason = 'R', message = 'm'): ConditionInput => ({
  type,
  status,
  reason,
  message,
});
const written = (type: string, status: ConditionInput['status'], reason = 'R', message = 'm'): Condition => ({
  ...input(type, status, reason, message),
  observedGeneration: 3,
  lastTransitionTime: THEN,
});

/** One condition found again, and what is written of it. */
const CASES: { name: string; before: Condition[]; found: ConditionInput; expected: Partial<Condition> }[] = [
  { name: 'new', before: [], found: input('Ready', 'True'), expected: { lastTransitionTime: NOW } },
  {
    name: 'unchanged',
    before: [written('Ready', 'True')],
    found: input('Ready', 'True'),
    expected: { lastTransitionTime: THEN },
  },
  {
    name: 'flipped',
    before: [written('Ready', 'True')],
    found: input('Ready', 'False'),
    expected: { status: 'False', lastTransitionTime: NOW },
  },
  {
    name: 'with another reason and message',
    before: [written('Ready', 'True')],
    found: input('Ready', 'True', 'Other', 'other'),
    expected: { reason: 'Other', message: 'other', lastTransitionTime: THEN },
  },
  {
    name: 'with a message that is too long',
    before: [],
    found: input('Ready', 'True', 'R', 'x'.repeat(40_000)),
    expected: { message: `${'x'.repeat(32_767)}…` },
  },
];

suite('conditions', () => {
  for (const { name, before, found, expected } of CASES) {
    test(`a condition ${name}`, () => {
      const [condition] = updateConditions(before, [found], 3, now);
      assert.deepEqual(condition, { ...condition, ...expected, observedGeneration: 3 });
    });
  }

  test('come in one order, equal the ones before when nothing changed, and end when they are not found', () => {
    const before = [written('A', 'True'), written('B', 'False')];
    const found = [input('B', 'False'), input('A', 'True')];
    assert.deepEqual(updateConditions(before, found, 3, now), before);
    assert.deepEqual(updateConditions(before, found.slice(0, 1), 3, now), before.slice(1));
  });
});
