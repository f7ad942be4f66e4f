import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import { createHarness } from '../pipeline/pipeline.fixture.ts';
import { packetOf } from '../select/flows.fixture.ts';
import { searchFlows } from './flow-search.ts';
import { stateFixture } from './state.fixture.ts';
import { createTraceStore } from './traces.ts';

/** What is found of three flows: TCP 443, UDP 53, and one of 5 packets. */
function search(filter: string, spans = {}) {
  const state = stateFixture({ spans });
  const traces = createTraceStore(state, (error) => assert.fail(error));
  const { pipeline, receive } = createHarness({ spans }, { wantsTrace: () => true, onTrace: state.emit });
  receive(
    packetOf({ bytes: 100 }, { destinationPort: 53, protocol: 17, bytes: 7 }, { packets: 5, source: '10.0.0.9' }),
  );
  pipeline.flush();
  const found = searchFlows(traces.flows(), filter, collectorConfig.parse({ spans }).spans);
  assert.ok(!('error' in found), 'error' in found ? found.error : '');
  return found;
}

for (const [filter, expected] of [
  ['', 3],
  ['destination.port == 53', 1],
  ["network.transport == 'tcp' && flow.bytes.delta > 100", 1],
  ["cidr('10.0.0.8/29').containsIP(source.address) || destination.port == 53", 2],
  ["netflow.exporter.address == '10.0.0.1' && netflow.version == 10", 3],
  ['!(destination.port == 53)', 2],
  // A flow that lacks an attribute, as the selection takes it.
  ['netflow.vlanId == 7 || destination.port == 53', 1],
  ['netflow.vlanId != 7', 3],
  ['has(netflow.vlanId)', 0],
] as const)
  test(`finds flows as the selection does: ${filter}`, () => {
    assert.equal(search(filter).flows.length, expected);
  });

test('by the names of expressions, whatever spans call their attributes', () => {
  assert.equal(
    search('destination.port == 53', { attributes: { rename: { 'destination.port': 'dst' } } }).flows.length,
    1,
  );
  const { flows, notSent } = search('destination.port == 53', { attributes: { exclude: ['destination.*'] } });
  assert.deepEqual([flows.length, notSent], [0, ['destination.port']]);
});

test('tells of flows on which the expression fails', () => {
  const { flows, failed } = search('flow.bytes.delta / (flow.packets.delta - 5) > 0');
  assert.equal(failed?.flows, 1);
  assert.match(failed.error, /division by zero/i);
  assert.equal(flows.length + failed.flows <= 3, true);
});

test('looks at so many, and says so', () => {
  const [flow] = search('').flows;
  const seen = Array.from({ length: 6_000 }, () => ({ ...flow, root: undefined }));
  const { spans } = collectorConfig.parse({});
  assert.deepEqual(searchFlows(seen, 'destination.port == 1', spans), {
    ...{ flows: [], lookedAt: 5_000, more: true, notSent: [] },
  });
  const all = searchFlows(seen, '', spans);
  assert.ok(!('error' in all));
  assert.deepEqual([all.flows.length, all.more], [100, true]);
});
