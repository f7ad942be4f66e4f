import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import { createHarness, ipfix, NOW, v5, v9 } from '../pipeline/pipeline.fixture.ts';
import { counterSample, datagram, discardedPacket, expandedFlowSample, flowSample } from '../sflow/datagram.fixture.ts';
import { describeRates } from './sampling-state.ts';

const exporterOf = ({ pipeline }: ReturnType<typeof createHarness>) => [...pipeline.exporters.values()][0];
const SAMPLER_TABLE = '0001 0016 0101 0004 0008  0001 0004  0030 0001  0032 0004';
const FLOWS_OF_SAMPLER = '0000 000c 0100 0001 0030 0001';

test('rates are shown with who says so', () => {
  const { exporters } = collectorConfig.parse({
    exporters: {
      sampling: [
        { exporters: ['10.0.0.0/8'], interfaces: [1, 2], rate: 500, force: true },
        { exporters: ['192.0.2.0/24'], rate: 7 },
      ],
    },
  });
  const harness = createHarness();
  harness.receive(v9(`${SAMPLER_TABLE} 0101 000d 00000001 03 00000064`));
  harness.receive(ipfix('0003 0012 0102 0002 0001  0095 0004  0022 0004  0102 000c 00000007 000000c8'));
  harness.receive(v5(1, { sampling: 0x4064 }));
  assert.deepEqual(describeRates(exporters.sampling)(exporterOf(harness)), [
    { rate: 500, from: 'configuration for interfaces 1, 2, forced' },
    { rate: 100, from: 'header' },
    { rate: 100, from: 'options of sampler 3' },
    { rate: 200, from: 'options of domain' },
  ]);
});

test('of sFlow, the rate is that of the last sample of each sub-agent', () => {
  const harness = createHarness();
  const { sampling } = collectorConfig.parse({}).exporters;
  harness.receive(datagram([counterSample([])]));
  assert.deepEqual(describeRates(sampling)(exporterOf(harness)), []);
  harness.receive(datagram([flowSample([], { rate: 512 }), flowSample([], { rate: 1_024 })]));
  harness.receive(datagram([expandedFlowSample([], { rate: 2_048 })], { subAgent: 3 }));
  harness.receive(datagram([discardedPacket([])], { sequence: 2 }));
  assert.deepEqual(describeRates(sampling)(exporterOf(harness)), [
    { rate: 1_024, from: 'last sample of sub-agent 0' },
    { rate: 2_048, from: 'last sample of sub-agent 3' },
  ]);
});

for (const [name, packets, unrated] of [
  ['a sampler that nobody described', [v9(`${FLOWS_OF_SAMPLER} 0100 0005 03`)], true],
  ['sampler 0', [v9(`${FLOWS_OF_SAMPLER} 0100 0005 00`)], false],
  ['one that was', [v9(`${SAMPLER_TABLE} 0101 000d 00000001 03 00000064 ${FLOWS_OF_SAMPLER} 0100 0005 03`)], false],
  ['an algorithm without an interval', [v9('0000 0010 0100 0002 0022 0001 0023 0001  0100 0006 00 02')], true],
  ['an algorithm with one', [v9('0000 0010 0100 0002 0022 0001 0023 0001  0100 0006 0a 02')], false],
  ['a header of v5 with a mode and no interval', [v5(1, { sampling: 0x4000 })], true],
  ['a header of v5 that does not sample', [v5(1)], false],
] as const) {
  test(`flows with ${name}: the rate is ${unrated ? 'wanted' : 'not wanted'}`, () => {
    const harness = createHarness();
    for (const packet of packets) harness.receive(packet);
    assert.equal(exporterOf(harness).unratedAt, unrated ? NOW : Number.NEGATIVE_INFINITY);
  });
}
