import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { definitionOf, type SetCounts } from '../aggregate/flow-counts.ts';
import { FlowSums } from './flow-sums.ts';

type Sets = NonNullable<NonNullable<CollectorConfigInput['flowMetrics']>['sets']>;
const SET = { name: 'ports', dimensions: ['server.port', 'source.site'], maxSeries: 2, expiry: '1m' };

function setUp(sets: Sets = [SET]) {
  let configured = collectorConfig.parse({ flowMetrics: { sets } }).flowMetrics.sets;
  let now = 1_000;
  const sums = new FlowSums(
    () => configured,
    () => now,
    () => now,
  );
  return {
    sums,
    /** What a worker has counted of the first set. */
    counts: (series: Record<string, number[]>, of = configured[0]): SetCounts => ({
      definition: definitionOf(of),
      series: Object.keys(series),
      sums: Float64Array.from(Object.values(series).flat()),
    }),
    configure: (sets: Sets) => {
      configured = collectorConfig.parse({ flowMetrics: { sets } }).flowMetrics.sets;
    },
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    series: () =>
      sums.sets().flatMap(({ name, series }) =>
        Array.from(series, ({ attributes, bytes, packets, records, startTime }) => {
          return { name, ...attributes, sums: [bytes, packets, records], startTime };
        }),
      ),
  };
}

suite('flow sums', () => {
  test('are of all workers', () => {
    const { sums, counts, series } = setUp();
    sums.take([counts({ '[443,"zrh"]': [10, 2, 1], '[53,null]': [1, 1, 1] })]);
    sums.take([counts({ '[443,"zrh"]': [5, 1, 1] })]);
    assert.deepEqual(series(), [
      { name: 'ports', 'server.port': 443, 'source.site': 'zrh', sums: [15, 3, 2], startTime: 1_000 },
      { name: 'ports', 'server.port': 53, sums: [1, 1, 1], startTime: 1_000 },
    ]);
  });

  test('have a bound of series over all workers', () => {
    const { sums, counts, series } = setUp();
    sums.take([counts({ '[1,null]': [1, 1, 1], '[2,null]': [2, 1, 1] })]);
    sums.take([counts({ '[3,null]': [3, 1, 1], '': [10, 5, 2], '[2,null]': [4, 1, 1] })]);
    assert.deepEqual(
      series().map(({ startTime, ...rest }) => rest),
      [
        { name: 'ports', 'server.port': 1, sums: [1, 1, 1] },
        { name: 'ports', 'server.port': 2, sums: [6, 2, 2] },
        { name: 'ports', 'otel.metric.overflow': true, sums: [13, 6, 3] },
      ],
    );
  });

  test('of a series without flows are forgotten, and begin anew', () => {
    const { sums, counts, series, pass } = setUp();
    sums.take([counts({ '[1,null]': [1, 1, 1] })]);
    pass(60_000);
    assert.equal(series().length, 1);
    pass(1);
    assert.equal(series().length, 0);
    sums.take([counts({ '[1,null]': [5, 1, 1] })]);
    assert.deepEqual(series(), [{ name: 'ports', 'server.port': 1, sums: [5, 1, 1], startTime: 61_001 }]);
  });

  test('stay when bounds change; of a set that counts something else there are none', () => {
    const { sums, counts, series, configure } = setUp();
    const before = counts({ '[1,null]': [1, 1, 1] });
    sums.take([before]);
    configure([{ ...SET, maxSeries: 500 }]);
    assert.equal(series().length, 1);
    configure([{ ...SET, filter: 'server.port == 1' }]);
    assert.equal(series().length, 0);
    sums.take([before]);
    assert.equal(series().length, 0);
  });
});
