/** Other settings for a pipeline at work: what changes, and what stays. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { assignRuleSlots } from '../ledger/rule-slots.ts';
import { packetOf, setOf, TEMPLATE } from '../select/flows.fixture.ts';
import { createHarness, type Harness, ipfix, NOW } from './pipeline.fixture.ts';

const RESOURCE = { 'service.name': 'test' };
const HTTPS = { destinationPort: 443 };
const DNS = { destinationPort: 53 };

function reconfigure({ pipeline }: Harness, config: CollectorConfigInput, resource = RESOURCE): void {
  pipeline.reconfigure({ config: collectorConfig.parse(config), resource });
}

const ports = ({ flows }: Harness) => flows().map(({ attributes }) => attributes['destination.port']);

suite('a selection', () => {
  test('decides from the next packet on; templates stay', () => {
    const harness = createHarness();
    harness.receive(packetOf(DNS, HTTPS));
    reconfigure(harness, { selection: { filter: 'destination.port == 443' } });
    harness.receive(ipfix(setOf(DNS, HTTPS, DNS), { sequence: 2 }));
    reconfigure(harness, {});
    harness.receive(ipfix(setOf(DNS), { sequence: 5 }));
    assert.deepEqual(ports(harness), [53n, 443n, 443n, 53n]);
    assert.deepEqual([harness.count('flows'), harness.count('flowsFiltered')], [6, 2]);
    assert.deepEqual([harness.count('templates'), harness.count('templatesLearned')], [1, 1]);
    assert.deepEqual([harness.count('packetErrors.template_missing'), harness.count('lostFlows')], [0, 0]);
  });

  test('decides about data that were held before', () => {
    const harness = createHarness();
    harness.receive(ipfix(setOf(DNS, HTTPS)));
    reconfigure(harness, { selection: { filter: 'destination.port == 443' } });
    harness.receive(ipfix(TEMPLATE, { sequence: 2 }));
    assert.deepEqual(ports(harness), [443n]);
    assert.equal(harness.count('flowsFiltered'), 1);
  });

  test('keeps its ceiling, also with another limit: there is no burst', () => {
    let now = NOW;
    const sampling = (flowsPerSecond: number) => ({ selection: { sampling: { flowsPerSecond } } });
    const harness = createHarness(sampling(100), { now: () => now });
    const keptOf = (packets: number): number => {
      const before = harness.flows().length;
      for (let packet = 0; packet < packets; packet++, now += 10) {
        harness.receive(packetOf(...Array.from({ length: 10 }, (_, index) => ({ sourcePort: packet * 10 + index }))));
      }
      return harness.flows().length - before;
    };
    keptOf(300);
    reconfigure(harness, { ...sampling(50), logLevel: 'error' });
    const kept = keptOf(100);
    assert.ok(kept > 25 && kept < 75, String(kept));
  });
});

test('counters of rules go with their names', () => {
  const rule = (name: string, port: number) =>
    ({ name, match: `destination.port == ${port}`, action: 'drop' }) as const;
  const selection = (...rules: ReturnType<typeof rule>[]) => collectorConfig.parse({ selection: { rules } });
  const [before, after] = [selection(rule('dns', 53), rule('https', 443)), selection(rule('https', 443), rule('x', 1))];
  const slots = assignRuleSlots([], before.selection.rules);
  // As when no slot is left: `x` gets that of `dns`.
  const others = slots.with(slots.indexOf('dns'), 'x');
  const harness = createHarness({}, { config: before, ruleSlots: slots });
  const counts = () => [1, 2].map((place) => harness.count(`ruleLeftOut.${place}`));
  harness.receive(packetOf(DNS, HTTPS, HTTPS));
  assert.deepEqual(counts(), [1, 2]);
  harness.pipeline.reconfigure({ config: after, resource: RESOURCE, ruleSlots: others });
  assert.deepEqual(counts(), [0, 2]);
  harness.receive(packetOf(DNS, HTTPS, { destinationPort: 1 }, { destinationPort: 1 }));
  assert.deepEqual(counts(), [2, 3]);
  assert.equal(harness.count('flowsFiltered'), 6);
});

suite('spans', () => {
  test('have the new attributes from the next packet on', () => {
    const harness = createHarness();
    harness.receive(packetOf(DNS));
    reconfigure(harness, { spans: { attributes: { include: ['destination.*'] } } });
    harness.receive(packetOf(DNS));
    const [before, after] = harness.flows().map(({ attributes }) => Object.keys(attributes));
    assert.ok(before.includes('source.port'));
    assert.deepEqual(after.toSorted(), ['destination.address', 'destination.as.number', 'destination.port']);
  });

  test('lose no flow although all plans are compiled anew, as often as it happens', () => {
    const harness = createHarness();
    const oneField = (element: number) =>
      ipfix(`0002 000c 0100 0001 ${element.toString(16).padStart(4, '0')} 0001 0100 0005 2a`);
    const exporter = (element: number) => ({ address: `10.0.0.${element % 20}` });
    let now = NOW;
    for (let element = 1_000; element < 3_000; element++, now += 10)
      harness.receive(oneField(element), exporter(element), now);
    for (const timestamps of ['received', 'clamped', 'flow'] as const) {
      reconfigure(harness, { spans: { timestamps } });
      for (let element = 1_000; element < 3_000; element++) harness.receive(oneField(element), exporter(element), now);
    }
    assert.equal(harness.count('flowsDropped.plan_limit'), 0);
    assert.equal(harness.flows().length, 8_000);
  });

  test('belong to the resource of their time', () => {
    const harness = createHarness();
    harness.receive(packetOf(DNS));
    reconfigure(harness, {}, { ...RESOURCE, 'net.site.of.some.length': 'ams1'.repeat(1_000) } as typeof RESOURCE);
    harness.receive(packetOf(HTTPS));
    reconfigure(harness, {});
    harness.receive(packetOf(DNS));
    const sites = harness.flows().map(({ resource }) => 'net.site.of.some.length' in resource);
    assert.deepEqual(sites, [false, true, false]);
  });
});

test('who is allowed no more is refused though known, and is known when allowed again', () => {
  const harness = createHarness();
  const sources = ['10.0.0.1', '192.0.2.1'];
  const send = (packet: Buffer) => {
    for (const address of sources) harness.receive(packet, { address });
  };
  send(packetOf(DNS));
  reconfigure(harness, { allowedSources: ['10.0.0.0/8'] });
  send(ipfix(setOf(DNS), { sequence: 1 }));
  assert.equal(harness.count('packetErrors.source_not_allowed'), 1);
  reconfigure(harness, {});
  send(ipfix(setOf(DNS), { sequence: 2 }));
  assert.equal(harness.flows().length, 5);
  assert.equal(harness.count('packetErrors.template_missing'), 0);
});
