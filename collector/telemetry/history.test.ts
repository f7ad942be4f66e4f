import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowSeries, FlowSet } from './flow-sums.ts';
import { createHistory } from './history.ts';
import type { Volume } from './talker-rates.ts';

const [EXPORTER, TRANSPORT] = ['netflow.exporter.address', 'network.transport'];

function seriesOf(attributes: FlowSeries['attributes']): FlowSeries {
  return { attributes, bytes: 0, packets: 0, records: 0, startTime: 0 };
}

/** A history, and what `step` adds to in ten seconds each. */
function createFixture(sets: (FlowSet & { series: FlowSeries[] })[]) {
  let services: Map<string, Volume> | undefined;
  const flowSets = (): FlowSet[] => sets.map((set) => ({ ...set, series: set.series.values() }));
  const history = createHistory({ flowSets, takeServices: () => services });
  let now = 5_000;
  history.tick(now, 0);
  return {
    history,
    step(add: () => void, came?: Record<string, Volume>) {
      add();
      services = came && new Map(Object.entries(came));
      now += 10_000;
      history.tick(now, now);
    },
  };
}

/** As FlowSums tells it: its series are told once. */
const setOf = (dimensions: string[], series: FlowSeries[], isWhole = true) => ({
  ...{ name: 'a', dimensions, isWhole, series },
});

test('rates by exporter and transport, from the set that counts all flows by the fewest dimensions', () => {
  const [tcp, udp] = ['tcp', 'udp'].map((name) => seriesOf({ [EXPORTER]: '10.0.0.1', [TRANSPORT]: name }));
  const other = seriesOf({ [EXPORTER]: '10.0.0.1' });
  const { history, step } = createFixture([
    setOf([TRANSPORT], [seriesOf({ [TRANSPORT]: 'tcp' })], false),
    setOf([EXPORTER, TRANSPORT, 'source.port'], [seriesOf({})]),
    setOf([EXPORTER, TRANSPORT], [tcp, udp, other]),
  ]);
  step(() => {
    tcp.bytes += 1_000;
    tcp.packets += 20;
    other.bytes += 50;
  });
  step(() => {
    udp.bytes += 4_000;
  });
  assert.deepEqual(history.read('exporter'), {
    ...{ stepSeconds: 10, end: 25_000 },
    series: [{ label: '10.0.0.1', bytesPerSecond: [105, 400], packetsPerSecond: [2, 0] }],
  });
  assert.deepEqual(history.read('transport').series, [
    { label: 'udp', bytesPerSecond: [0, 400], packetsPerSecond: [0, 0] },
    { label: 'tcp', bytesPerSecond: [100, 0], packetsPerSecond: [2, 0] },
    { bytesPerSecond: [5, 0], packetsPerSecond: [0, 0] },
  ]);
  assert.equal(history.read('service').series, undefined);
});

test('what is not counted is told apart from nothing', () => {
  const { history, step } = createFixture([]);
  step(() => {}, { '443 tcp': { bytes: 100, packets: 10 } });
  assert.equal(history.read('exporter').series, undefined);
  assert.deepEqual(history.read('service').series, [{ label: '443 tcp', bytesPerSecond: [10], packetsPerSecond: [1] }]);
});

test('an hour of the largest: older steps and smaller series make room', () => {
  const series = Array.from({ length: 300 }, (_, index) => seriesOf({ [EXPORTER]: `exporter ${index}` }));
  const { history, step } = createFixture([setOf([EXPORTER], series)]);
  for (let round = 0; round < 400; round++)
    step(() => {
      for (const [index, one] of series.entries()) one.bytes += 10 * (index + 1);
    });
  const before = history.read('exporter').series!;
  assert.equal(before.length, 10);
  assert.equal(before[0].bytesPerSecond.length, 360);
  assert.equal(before[0].label, 'exporter 299');
  assert.equal(before[9].label, undefined);
  const total = before.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond[100], 0);
  assert.equal(total, (300 * 301) / 2);
  // One that was small becomes the largest.
  for (let round = 0; round < 30; round++)
    step(() => {
      series[0].bytes += 1_000_000;
    });
  assert.equal(history.read('exporter').series![0].label, 'exporter 0');
});
