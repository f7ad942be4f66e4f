import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSystemClock } from './clock.ts';

const START = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A clock of the system that is ahead by what `step` sets. */
function simulate() {
  let elapsed = 17.25;
  let ahead = 0;
  const clock = createSystemClock(
    () => elapsed,
    () => Math.floor(START + elapsed + ahead),
  );
  return {
    clock,
    wait: (ms: number) => {
      elapsed += ms;
    },
    step: (ms: number) => {
      ahead += ms;
    },
    /** How far it is off. */
    error: () => clock.now() - (START + elapsed + ahead),
  };
}

test('it counts fractions of milliseconds, evenly', () => {
  const { clock, wait } = simulate();
  const before = clock.now();
  wait(0.125);
  clock.follow();
  assert.equal(clock.now() - before, 0.125);
});

for (const step of [3_600_000, -3_600_000, 5_000, -3]) {
  test(`a step by ${step} ms is followed, though not before it is looked for`, () => {
    const { clock, step: set, error } = simulate();
    set(step);
    assert.ok(Math.abs(error() + step) <= 1);
    clock.follow();
    assert.ok(Math.abs(error()) <= 1, `off by ${error()} ms`);
  });
}

test('a slow drift is followed', () => {
  const { clock, wait, step, error } = simulate();
  for (let second = 0; second < 1_000; second++) {
    wait(1_000);
    step(0.5);
    clock.follow();
    assert.ok(Math.abs(error()) <= 3, `off by ${error()} ms`);
  }
});
