/** The system's clock is set by an hour while packets flow. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHarness, ipfix, NOW, SOURCE } from './pipeline.fixture.ts';

const HOUR = 3_600_000;
/** flowStartMilliseconds and flowEndMilliseconds. */
const TEMPLATE = '0002 0010 0100 0002 0098 0008 0099 0008';
const hex64 = (value: number): string => value.toString(16).padStart(16, '0');

/** A collector whose clock has been set by `stepMs`, and a device whose clock is right. */
function createWorld() {
  let elapsed = 0;
  let stepMs = 0;
  const now = () => NOW + elapsed + stepMs;
  const monotonic = () => elapsed;
  const harness = createHarness({}, { now, monotonic });
  return {
    ...harness,
    step: (ms: number) => {
      stepMs += ms;
    },
    wait: (ms: number) => {
      elapsed += ms;
    },
    /** A flow that began 9 s and ended 1 s before its packet. */
    send(sets = '') {
      const time = NOW + elapsed;
      const data = `0100 0014 ${hex64(time - 9_000)} ${hex64(time - 1_000)}`;
      harness.pipeline.receive(
        ipfix(sets + data, { exportTime: Math.floor(time / 1_000) }),
        SOURCE,
        now(),
        monotonic(),
      );
    },
    /** Milliseconds from the reception of the last flow to its start and end. */
    times(): number[] {
      const { startTimeUnixNano, endTimeUnixNano } = harness.flows().at(-1)!;
      return [startTimeUnixNano, endTimeUnixNano].map((time) => Number(time / 1_000_000n) - now());
    },
  };
}

describe('a step by an hour', () => {
  for (const step of [HOUR, -HOUR]) {
    test(`by ${step} ms is followed from the next packet on, as if the device’s clock were wrong`, () => {
      const { send, times, step: set, wait, flows } = createWorld();
      for (let packet = 0; packet < 100; packet++) {
        send(packet === 0 ? TEMPLATE : '');
        wait(1_000);
      }
      set(step);
      send();
      assert.deepEqual(times(), [-9_000, -1_000]);
      assert.equal(flows().at(-1)?.attributes['netflow.time.source'], 'corrected');
      set(-step);
      wait(1_000);
      send();
      assert.deepEqual(times(), [-9_000, -1_000]);
      assert.equal(flows().at(-1)?.attributes['netflow.time.source'], undefined);
    });
  }

  test('makes nothing old: data wait for their template, and templates stay', () => {
    const { send, step, wait, pipeline, flows, count } = createWorld();
    send();
    step(HOUR);
    wait(1_000);
    pipeline.expire();
    send(TEMPLATE);
    assert.equal(flows().length, 2);
    step(100 * 24 * HOUR);
    pipeline.expire();
    assert.deepEqual([count('templates'), count('packetErrors.held_discarded')], [1, 0]);
  });

  test('back makes nothing eternal', () => {
    const { send, step, wait, pipeline, count } = createWorld();
    send();
    step(-HOUR);
    wait(HOUR);
    pipeline.expire();
    assert.equal(count('packetErrors.held_discarded'), 1);
  });
});
