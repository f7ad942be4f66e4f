import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { readNetworks } from '../networks/networks.ts';
import { createHarness, type Harness, ipfix, NOW, v9 } from '../pipeline/pipeline.fixture.ts';
import type { PipelineOptions } from '../pipeline/pipeline.ts';
import { packetOf, setOf } from '../select/flows.fixture.ts';

type Set = NonNullable<NonNullable<CollectorConfigInput['flowMetrics']>['sets']>[number];

const PORTS: Set = { name: 'ports', dimensions: ['server.port'] };
const ENDS: Set = { name: 'ends', dimensions: ['source.address', 'destination.address'] };

function counting(sets: Set[], config: CollectorConfigInput = {}, options: Partial<PipelineOptions> = {}): Harness {
  return createHarness({ ...config, flowMetrics: { sets } }, options);
}

/** By series of all sets, what came since the last time: bytes, packets, records. */
function taken({ pipeline }: Harness, max = Number.POSITIVE_INFINITY): Record<string, number[]> {
  const all: Record<string, number[]> = {};
  for (const { series, sums } of pipeline.takeCounts(max)) {
    for (const [index, labels] of series.entries()) {
      const before = all[labels] ?? [0, 0, 0];
      all[labels] = before.map((sum, at) => sum + sums[3 * index + at]);
    }
  }
  return all;
}

suite('what is counted', () => {
  test('all flows, also those whose spans are left out, each time since the last', () => {
    const harness = counting([PORTS], { selection: { filter: 'false' } });
    harness.receive(packetOf({ bytes: 100, packets: 2 }, { bytes: 20, packets: 1 }, { destinationPort: 53, bytes: 7 }));
    assert.deepEqual(taken(harness), { '[443]': [120, 3, 2], '[53]': [7, 10, 1] });
    harness.receive(ipfix(setOf({ bytes: 1, packets: 1 }), { sequence: 3 }));
    assert.deepEqual(taken(harness), { '[443]': [1, 1, 1] });
    assert.deepEqual(taken(harness), {});
    assert.equal(harness.count('flowsFiltered'), 4);
  });

  test('by a protocol and a reason that are beyond what names have, of five bytes', () => {
    const harness = counting([{ name: 'all', dimensions: ['network.transport', 'flow.end_reason'] }]);
    harness.receive(ipfix('0002 0010 0100 0002 0004 0005 0088 0005 0100 000e 2000000000 0100000001'));
    assert.deepEqual(taken(harness), { '["protocol_137438953472","4294967297"]': [0, 0, 1] });
  });

  test('by names of numbers, and by digits where there is none; what a filter asks for by its number', () => {
    const harness = counting([{ name: 'all', dimensions: ['netflow.natEvent'], filter: 'netflow.natEvent != 5' }]);
    harness.receive(ipfix('0002 000c 0100 0001 00e6 0001 0100 0007 04 05 c8'));
    assert.deepEqual(taken(harness), { '["nat44_session_create"]': [0, 0, 1], '["200"]': [0, 0, 1] });
  });

  test('bytes and packets times the rate that options data tell, records as they are', () => {
    const harness = counting([{ name: 'all', dimensions: ['netflow.exporter.address'] }]);
    // Sampler 3 takes one packet in 100; the flow has 5 bytes and 2 packets.
    harness.receive(v9('0001 0016 0101 0004 0008  0001 0004  0030 0001  0032 0004  0101 000d 00000001 03 00000064'));
    harness.receive(
      v9('0000 0014 0100 0003 0030 0001 0001 0004 0002 0004  0100 000d 03 00000005 00000002', { sequence: 1 }),
    );
    assert.deepEqual(taken(harness), { '["10.0.0.1"]': [500, 200, 1] });
  });

  test('the answer in the record of a biflow, as the flow the other way', () => {
    // ASA: initiator and responder octets (231, 232) of 10.0.0.1 → 192.0.2.1.
    const harness = counting([ENDS, { name: 'directions', dimensions: ['flow.direction', 'client.address'] }]);
    const template = '0002 0018 0100 0004 0008 0004 000c 0004 00e7 0004 00e8 0004';
    harness.receive(ipfix(`${template} 0100 0014 0a000001 c0000201 00000064 00000bb8`));
    assert.deepEqual(taken(harness), {
      '["10.0.0.1","192.0.2.1"]': [100, 0, 1],
      '["192.0.2.1","10.0.0.1"]': [3_000, 0, 0],
      '["forward","10.0.0.1"]': [100, 0, 1],
      '["reverse","10.0.0.1"]': [3_000, 0, 0],
    });
  });

  test('only flows of which the filter is true; one that fails on it is counted as an error', () => {
    const harness = counting([
      { ...PORTS, filter: 'destination.port == 443' },
      { name: 'all', dimensions: ['network.transport'], filter: 'flow.bytes.delta / flow.packets.delta > 5' },
    ]);
    harness.receive(packetOf({ bytes: 10, packets: 1 }, { destinationPort: 53, bytes: 7, packets: 0 }));
    assert.deepEqual(taken(harness), { '[443]': [10, 1, 1], '["tcp"]': [10, 1, 1] });
    assert.equal(harness.count('flowMetricErrors'), 1);
  });

  test('by names of networks and services, of interfaces, and by the side where the flow was seen', () => {
    const { services } = collectorConfig.parse({ spans: { services: {} } }).spans;
    const csv = 'prefix,site,service\n10.0.0.0/8,zrh,shop\n192.0.2.0/24,ams,\n';
    const harness = counting(
      [
        { name: 'sites', dimensions: ['source.site', 'destination.site', 'source.planet'] },
        { name: 'services', dimensions: ['client.service.name', 'server.service.name'] },
        { name: 'sides', dimensions: ['network.interface.direction', 'netflow.interface.ingress.name'] },
      ],
      { spans: { services: {} } },
      { networks: readNetworks(Buffer.from(csv), () => true, services) },
    );
    harness.receive(packetOf({ bytes: 10, packets: 1 }));
    // Interface 7 is called `up`; a flow that came in by it (61 is 0), of 9 bytes.
    harness.receive(ipfix('0003 0012 0101 0002 0001 000a 0004 0052 0002  0101 000a 00000007 7570', { domain: 1 }));
    harness.receive(
      ipfix('0002 0014 0102 0003 000a 0004 003d 0001 0001 0004  0102 000d 00000007 00 00000009', { domain: 1 }),
    );
    assert.deepEqual(taken(harness), {
      '["zrh","ams",null]': [10, 1, 1],
      '[null,null,null]': [9, 0, 1],
      '["shop","other"]': [10, 1, 1],
      '[null,null]': [19, 1, 2],
      '["ingress","up"]': [9, 0, 1],
    });
  });
});

suite('top talkers', () => {
  test('are those with most bytes, scaled, of all flows', () => {
    const harness = createHarness({
      flowMetrics: { sets: [], topTalkers: 2 },
      selection: { filter: 'false' },
      exporters: { sampling: [{ rate: 10 }] },
    });
    harness.receive(
      packetOf({ bytes: 5 }, { bytes: 6, source: '10.0.0.2' }, { bytes: 2, destinationPort: 53, protocol: 17 }),
    );
    const counts = () =>
      Object.fromEntries(
        harness.pipeline
          .takeTalkers(true)!
          .map(({ kind, talkers, bytes, error }) => [kind, [talkers, [...bytes], error]]),
      );
    assert.deepEqual(counts(), {
      sources: [['["10.0.0.1"]', '["10.0.0.2"]'], [70, 60], 0],
      destinations: [['["192.0.2.1"]'], [130], 0],
      conversations: [['["10.0.0.1","192.0.2.1"]', '["10.0.0.2","192.0.2.1"]'], [70, 60], 0],
      ports: [['[443,"tcp"]', '[53,"udp"]'], [110, 20], 0],
    });
    assert.deepEqual(counts().sources, [[], [], 0]);
  });

  test('are found among as many others as there are, by no more than the error that is told', () => {
    const harness = createHarness({ flowMetrics: { sets: [], topTalkers: 10 }, selection: { filter: 'false' } });
    harness.receive(packetOf());
    const sent = new Map<string, number>();
    let total = 1_000;
    for (let packet = 0; packet < 400; packet++) {
      const flows = Array.from({ length: 50 }, (_, index) => {
        const isBusy = index < 5;
        const source = isBusy ? `10.9.9.${index}` : `172.16.${packet % 256}.${index + 50 * (packet >> 8)}`;
        const bytes = isBusy ? 900 - 100 * index : 1 + ((packet * 7 + index * 13) % 150);
        sent.set(source, (sent.get(source) ?? 0) + bytes);
        total += bytes;
        return { source, bytes };
      });
      // 2,000 flows a second: few enough that each is looked at.
      harness.receive(ipfix(setOf(...flows), { sequence: 1 + 50 * packet }), {}, NOW + 25 * packet);
    }
    const { talkers, bytes, error } = harness.pipeline.takeTalkers(false)!.find(({ kind }) => kind === 'sources')!;
    assert.ok(error > 0 && error <= (3 * total) / 1_024, `${error} of ${total}`);
    assert.deepEqual(
      talkers.slice(0, 5).map((labels) => JSON.parse(labels)[0]),
      [0, 1, 2, 3, 4].map((n) => `10.9.9.${n}`),
    );
    for (const [index, labels] of talkers.entries()) {
      const [source] = JSON.parse(labels);
      const actual = sent.get(source)!;
      assert.ok(bytes[index] <= actual && bytes[index] >= actual - error, `${source}: ${bytes[index]} of ${actual}`);
    }
  });
});

test('top talkers of many flows are estimated from a sample of the packets', () => {
  const harness = createHarness({
    flowMetrics: { sets: [{ name: 'all', dimensions: ['network.transport'] }], topTalkers: 2 },
    selection: { filter: 'false' },
  });
  harness.receive(packetOf());
  const busy = Array.from({ length: 40 }, () => ({ bytes: 100, packets: 1 }));
  const other = Array.from({ length: 10 }, () => ({ bytes: 100, packets: 1, source: '10.0.0.2' }));
  const packet = ipfix(setOf(...busy, ...other));
  // 100,000 flows a second, for ten seconds.
  for (let index = 0; index < 20_000; index++) harness.receive(packet, {}, NOW + index / 2);
  const [sources] = harness.pipeline.takeTalkers(false)!;
  assert.deepEqual(sources.talkers, ['["10.0.0.1"]', '["10.0.0.2"]']);
  for (const [index, actual] of [80e6, 20e6].entries()) {
    assert.ok(Math.abs(sources.bytes[index] / actual - 1) < 0.15, `${sources.bytes[index]} of ${actual} bytes`);
    assert.ok(Math.abs(sources.packets[index] / (actual / 100) - 1) < 0.15, `${sources.packets[index]} packets`);
  }
  assert.equal(taken(harness)['["tcp"]'][2], 1_000_000);
});

suite('series', () => {
  const sources = (...bytes: number[]) =>
    bytes.map((count) => ({ source: `10.0.0.${count}`, bytes: count, packets: 1 }));
  const set: Set = { name: 'sources', dimensions: ['source.address'], maxSeries: 2, expiry: '1m' };

  test('beyond the bound go together, until there is room', () => {
    let now = 0;
    const harness = counting([set], {}, { monotonic: () => now });
    harness.receive(packetOf(...sources(1, 2, 3, 4)));
    assert.deepEqual(taken(harness), { '["10.0.0.1"]': [1, 1, 1], '["10.0.0.2"]': [2, 1, 1], '': [7, 2, 2] });
    now = 50_000;
    harness.receive(ipfix(setOf(...sources(2, 3)), { sequence: 4 }));
    assert.deepEqual(taken(harness), { '["10.0.0.2"]': [2, 1, 1], '': [3, 1, 1] });
    now = 61_000;
    assert.deepEqual(taken(harness), {});
    harness.receive(ipfix(setOf(...sources(1, 3, 2)), { sequence: 6 }));
    assert.deepEqual(taken(harness), { '["10.0.0.1"]': [1, 1, 1], '["10.0.0.2"]': [2, 1, 1], '': [3, 1, 1] });
  });

  test('are handed over so many at a time, none of them twice or never', () => {
    const harness = counting([{ ...set, maxSeries: 100 }]);
    harness.receive(packetOf(...sources(1, 2, 3, 4, 5)));
    const parts = [taken(harness, 2), taken(harness, 2), taken(harness, 2), taken(harness, 2)];
    assert.deepEqual(
      parts.map((part) => Object.keys(part).length),
      [2, 2, 1, 0],
    );
    assert.deepEqual(Object.keys(Object.assign({}, ...parts)).length, 5);
  });

  test('of earlier settings are handed over when others come', () => {
    const harness = counting([PORTS]);
    const change = (sets: Set[]) =>
      harness.pipeline.reconfigure({ config: collectorConfig.parse({ flowMetrics: { sets } }), resource: {} });
    harness.receive(packetOf({ bytes: 1, packets: 1 }));
    change([ENDS]);
    harness.receive(ipfix(setOf({ bytes: 2, packets: 1 }), { sequence: 1 }));
    change([]);
    harness.receive(ipfix(setOf({ bytes: 4, packets: 1 }), { sequence: 2 }));
    assert.deepEqual(taken(harness), { '[443]': [1, 1, 1], '["10.0.0.1","192.0.2.1"]': [2, 1, 1] });
    assert.equal(harness.flows().length, 3);
  });

  test('of texts that an exporter makes up are bounded', () => {
    const harness = counting([{ name: 'apps', dimensions: ['netflow.application.name'], maxSeries: 100_000 }]);
    harness.receive(ipfix('0002 0010 0100 0002 0060 0004 0001 0004'));
    const count = 70_000;
    for (let first = 0; first < count; first += 1_000) {
      const records = Array.from({ length: 1_000 }, (_, index) => {
        return `${Buffer.from((first + index).toString(36).padStart(4, '0')).toString('hex')}00000001`;
      });
      harness.receive(ipfix(`0100 1f44 ${records.join('')}`, { sequence: first }));
    }
    const counts = taken(harness);
    assert.equal(Object.keys(counts).length, 65_536 + 1);
    assert.deepEqual(counts[''], [count - 65_536, 0, count - 65_536]);
    harness.receive(ipfix(`0100 000c ${Buffer.from('name').toString('hex')} 00000005`, { sequence: count }), {}, NOW);
    assert.deepEqual(taken(harness), { '["name"]': [5, 0, 1] });
  });
});
