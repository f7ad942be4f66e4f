import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHarness } from '../../collector/pipeline/pipeline.fixture.ts';
import { buildSflowTraffic } from './sflow.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

for (const family of [4, 6] as const) {
  test(`IPv${family}: each agent counts its datagrams, and their samples are flows`, () => {
    const traffic = buildSflowTraffic({ exporters: 2, packets: 3, family, now: NOW });
    assert.deepEqual(
      traffic.map(({ exporter, bytes, sequenceOffset }) => [exporter, bytes.readUInt32BE(sequenceOffset)]),
      [0, 1].flatMap((exporter) => [0, 1, 2].map((sequence) => [exporter, sequence])),
    );
    const { receive, flows } = createHarness({}, { now: () => NOW });
    for (const { exporter, bytes } of traffic) {
      assert.ok(bytes.length <= 1_472);
      receive(bytes, { listener: 0, address: `127.0.0.${2 + exporter}`, port: 40_000 }, NOW);
    }
    assert.equal(flows().length, 2 * 3 * 7);
    for (const { attributes } of flows()) {
      assert.equal(attributes['network.type'], `ipv${family}`);
      assert.equal(attributes['flow.bytes.delta'], 1_438n);
      assert.equal(attributes['flow.sampling.interval'], 1_000n);
    }
  });
}
