import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { createHarness, ipfix } from '../pipeline/pipeline.fixture.ts';
import { type Flow, packetOf, setOf, TEMPLATE } from './flows.fixture.ts';

const select = (selection: CollectorConfigInput['selection'], spans: CollectorConfigInput['spans'] = {}) =>
  createHarness({ selection, spans });
const DNS: Partial<Flow> = { destinationPort: 53, protocol: 17 };

suite('a filter', () => {
  test('keeps the flows that it is true of', () => {
    const { receive, spans, flows, count } = select({ filter: "network.transport == 'udp'" });
    receive(packetOf({}, DNS, {}));
    assert.deepEqual(
      flows().map(({ attributes }) => attributes['destination.port']),
      [53n],
    );
    const root = spans().find(({ name }) => name === 'netflow.export')!;
    assert.equal(root.attributes['netflow.flow.count'], 3n);
    assert.equal(root.attributes['netflow.flow.exported'], 1n);
    assert.equal(count('flows'), 3);
    assert.equal(count('flowsFiltered'), 2);
    assert.equal(count('ruleFlows.0'), 2);
    assert.equal(count('ruleLeftOut.0'), 2);
    assert.equal(count('flowsDropped.record_limit'), 0);
  });

  test('that leaves out all flows of a packet leaves no trace of it', () => {
    const { receive, spans, count } = select({ filter: 'destination.port == 1' });
    receive(packetOf({}, {}));
    assert.deepEqual(spans(), []);
    assert.equal(count('flowsFiltered'), 2);
  });

  test('that leaves out all flows does not hide a missing template', () => {
    const { receive, spans } = select({ filter: 'destination.port == 1' });
    receive(ipfix(`${TEMPLATE}${setOf({})}0101 0005 00`));
    assert.equal(spans().length, 2);
  });

  test('does not hide packets without flows', () => {
    const { receive, spans } = select({ filter: 'destination.port == 1' });
    receive(ipfix(TEMPLATE));
    assert.equal(spans().length, 2);
  });

  test('is used on flows that waited for their template', () => {
    const { receive, flows, count } = select({ filter: 'destination.port == 53' });
    receive(ipfix(setOf({}, DNS)));
    receive(ipfix(TEMPLATE));
    assert.equal(flows().length, 1);
    assert.equal(count('flowsFiltered'), 1);
  });

  test('knows where records of variable length end', () => {
    const { receive, flows } = select({ filter: 'destination.port == 53' });
    receive(ipfix('0002 0010 0100 0002 0052 ffff 000b 0002  0100 0011 026574 0035 00 0050 0161 0035 01'));
    assert.deepEqual(
      flows().map(({ attributes }) => attributes['netflow.interfaceName']),
      ['et', 'a'],
    );
  });

  test('sees the exporter', () => {
    const { receive, flows } = select({ filter: "netflow.exporter.address == '10.0.0.2'" });
    receive(packetOf({}), { address: '10.0.0.1' });
    receive(packetOf({}), { address: '::ffff:10.0.0.2' });
    assert.equal(flows().length, 1);
  });

  test('that fails on a flow keeps it', () => {
    const { receive, flows, count } = select({ filter: 'flow.bytes.delta / (destination.port - 53) > 1000000' });
    receive(packetOf({}, DNS));
    assert.deepEqual(
      flows().map(({ attributes }) => attributes['destination.port']),
      [53n],
    );
    assert.equal(count('selectionErrors'), 1);
    assert.equal(count('flowsFiltered'), 1);
  });

  test('counts only what is within the limit of records', () => {
    const { receive, count } = createHarness({
      selection: { filter: 'destination.port == 53' },
      limits: { recordsPerPacket: 2 },
    });
    receive(packetOf({}, DNS, DNS, {}));
    assert.equal(count('flowsFiltered'), 1);
    assert.equal(count('flowsInFlight'), 1);
    assert.equal(count('flowsDropped.record_limit'), 2);
  });
});

suite('rules', () => {
  const rules = [
    { name: 'dns', match: 'destination.port == 53', action: 'drop' },
    { name: 'udp', match: "network.transport == 'udp'", action: 'keep' },
    { name: 'large', match: 'flow.bytes.delta > 5000', action: 'sample', probability: 1 },
  ] as const;

  test('are asked in order; the first that is true decides', () => {
    const { receive, flows, count } = select({ rules: [...rules], default: 'drop' });
    receive(packetOf(DNS, { protocol: 17, bytes: 1 }, { bytes: 6_000 }, { bytes: 2 }, { ...DNS, bytes: 6_000 }));
    assert.deepEqual(
      flows().map(({ attributes }) => attributes['flow.bytes.delta']),
      [1n, 6_000n],
    );
    assert.deepEqual(
      [1, 2, 3, 17].map((place) => count(`ruleFlows.${place}`)),
      [2, 1, 1, 1],
    );
    assert.deepEqual(
      [1, 2, 3, 17].map((place) => count(`ruleLeftOut.${place}`)),
      [2, 0, 0, 1],
    );
    assert.equal(count('flowsFiltered'), 3);
    assert.equal(count('flowsSampledOut'), 0);
  });

  test('come after the filter', () => {
    const { receive, flows } = select({ filter: 'flow.bytes.delta > 1', rules: [...rules] });
    receive(packetOf({ protocol: 17, bytes: 1 }, { protocol: 17, bytes: 2 }, {}));
    assert.deepEqual(
      flows().map(({ attributes }) => attributes['flow.bytes.delta']),
      [2n, 1_000n],
    );
  });
});
