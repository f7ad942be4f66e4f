/** What is known of exporters' clocks, and of how late their flows come. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHarness, ipfix, NOW } from './pipeline.fixture.ts';

/** flowStartSeconds and flowEndSeconds. */
const TEMPLATE = '0002 0010 0100 0002 0096 0004 0097 0004';

/** A message of flows that ended so many seconds before it was exported, by a clock that is ahead. */
function message(lateness: readonly number[], { ahead = 0, domain = 0 } = {}): Buffer {
  const time = NOW / 1_000 + ahead;
  const hex = (seconds: number) => (time - seconds).toString(16).padStart(8, '0');
  const records = lateness.map((seconds) => hex(seconds + 5) + hex(seconds)).join('');
  const length = (4 + 8 * lateness.length).toString(16).padStart(4, '0');
  return ipfix(`${TEMPLATE} 0100 ${length} ${records}`, { exportTime: time, domain });
}

test('lateness is counted for all, and what is usual of each exporter', () => {
  const { pipeline, receive, count } = createHarness();
  receive(message([0, 1, 70, 70, 70, 70, 70, 70, 70, 100, 3_000, 9_000]));
  receive(message([1, 1]), { address: '10.0.0.2' });
  assert.deepEqual(
    ([0, 1, 6, 7, 12, 13] as const).map((bucket) => count(`lateness.${bucket}`)),
    [4, 0, 0, 8, 1, 1],
  );
  assert.equal(count('latenessSeconds'), 1 + 7 * 70 + 100 + 3_000 + 9_000 + 2);
  const [first, second] = pipeline.exporters.values();
  assert.deepEqual(first.usualLateness, { from: 64, to: 128 });
  assert.equal(second.usualLateness, undefined);
});

test('it is told by corrected clocks, and not of flows that are left out', () => {
  const { receive, count } = createHarness({ selection: { filter: 'has(source.address)' } });
  receive(message([70]));
  assert.equal(count('lateness.7'), 0);
  const corrected = createHarness();
  corrected.receive(message([70], { ahead: 7_200 }));
  assert.equal(corrected.count('lateness.7'), 1);
});

test('an expression that reads spans counts nothing', () => {
  const { receive, count } = createHarness({ selection: { filter: 'flow.direction.size() == 7' } });
  receive(message([70]));
  assert.deepEqual([count('flowsFiltered'), count('lateness.7'), count('flowTimesReplaced')], [0, 1, 0]);
});

test('of an exporter’s clocks the one that is furthest off is told', () => {
  const { pipeline, receive } = createHarness();
  receive(message([1], { ahead: 3 }));
  receive(message([1], { ahead: -60, domain: 1 }));
  receive(message([1], { ahead: 7, domain: 2 }));
  const [exporter] = pipeline.exporters.values();
  assert.equal(exporter.clockOffsetMs, 60_000);
});
