/** Offsets of clocks, by packets that are 1 s apart and under way for 40 ms unless told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceClock } from './clock.ts';

const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const HOUR = 3_600_000;

/** What is different about a packet: how late it is, how far ahead the exporter's clock is, when it was started. */
type Sent = { late?: number; ahead?: number; started?: number };

/** Sends packets second by second, and returns the offset after each. */
function offsets(packets: readonly Sent[], everyMs = 1_000, withUptime = false): number[] {
  const clock = new DeviceClock();
  return packets.map(({ late = 0, ahead = 0, started = -HOUR }, index) => {
    const now = START + index * everyMs;
    const exported = Math.floor((now + ahead) / 1_000) * 1_000;
    clock.observe(now + 40 + late, exported, withUptime ? now - START - started : -1);
    return clock.offsetMs;
  });
}

const some = (count: number, sent: Sent): Sent[] => new Array<Sent>(count).fill(sent);

for (const withUptime of [false, true]) {
  const check = (name: string, packets: readonly Sent[], expected: number, everyMs?: number): void => {
    test(`${name}${withUptime ? ', with uptimes' : ''}`, () => {
      assert.equal(offsets(packets, everyMs, withUptime).at(-1), expected);
    });
  };
  check('the first packet tells it', [{ ahead: 2 * HOUR }], 40 - 2 * HOUR);
  check('late packets don’t move it', [...some(50, {}), ...some(5, { late: 90_000 })], 40);
  check(
    'nor packets that piled up',
    [...some(50, {}), ...Array.from({ length: 90 }, (_, at) => ({ late: 90_000 - at * 1_000 }))],
    40,
  );
  check('nor if the first was late', [{ late: 20_000 }, {}], 40);
  check('a clock that is set ahead is followed at once', [...some(200, {}), { ahead: HOUR }], 40 - HOUR);
  check('and one that is set back by hours', [...some(200, {}), { ahead: -2 * HOUR }], 40 + 2 * HOUR);
  check(
    'a drift is followed, by windows of 32 packets',
    Array.from({ length: 2_000 }, (_, at) => ({ ahead: -at * 1_000 })),
    40 + 1_952_000,
    2_000,
  );
}

test('a clock that is set back by a minute: at once by the uptime, else by ten packets', () => {
  const packets = [...some(50, {}), ...some(11, { ahead: -60_000 })];
  assert.deepEqual(offsets(packets, 1_000, true).slice(50), new Array(11).fill(60_040));
  assert.deepEqual(offsets(packets).slice(50), [...new Array(10).fill(40), 60_040]);
});

test('a device that starts anew begins anew', () => {
  assert.deepEqual(offsets([{}, { late: 3_000, started: 0 }, {}], 10_000, true), [40, 3_040, 40]);
});

test('an uptime that wraps is no new start', () => {
  const clock = new DeviceClock();
  clock.observe(START + 40, START, 2 ** 32 - 500);
  clock.observe(START + 9_040, START + 1_000, 500);
  assert.equal(clock.offsetMs, 40);
});
