import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import { type CounterFormat, type CounterValue, fieldsOf } from '../sflow/counter-records.ts';
import type { CounterSample } from '../sflow/counter-samples.ts';
import { CounterSums } from './counter-sums.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const INTERVAL_MS = 20_000;

/** Sums of what an agent tells each 20 s, until it is told otherwise. */
function createWorld(settings: object = {}) {
  const { counters } = collectorConfig.parse({
    sflow: { counters: { records: ['interfaces', 'ethernet', 'vlans', 'processors', 'hosts'], ...settings } },
  }).sflow;
  let elapsed = 0;
  const sums = new CounterSums(
    () => counters,
    () => elapsed,
  );
  let sequence = 0;
  function send(
    values: Record<string, CounterValue>,
    { format = 1 as CounterFormat, ...change }: Partial<CounterSample> & { format?: CounterFormat } = {},
  ): void {
    const sample: CounterSample = {
      ...{ exporter: '10.0.0.1', agent: undefined, subAgent: 0, sourceClass: 0, sourceIndex: 7 },
      ...{ sequence: ++sequence, uptimeMs: 1e9 + elapsed, receivedMs: NOW + elapsed, monotonicMs: elapsed },
      ...{ portName: undefined, hostName: undefined },
      ...change,
      records: [{ format, values: [...fieldsOf(format).keys()].map((name) => values[name]) }],
    };
    sequence = sample.sequence;
    sums.take({ samples: [sample], dropped: 0 });
    elapsed += INTERVAL_MS;
  }
  const wait = (ms: number) => {
    elapsed += ms;
  };
  const find = (metric: string) => sums.series().filter((series) => series.metric === metric);
  const value = (metric: string) => find(metric)[0]?.value;
  return { sums, send, wait, find, value };
}

test('a counter begins with 0 at its first sample, and has what came since', () => {
  const { send, find } = createWorld();
  send({ ifInOctets: 2n ** 60n });
  assert.deepEqual(find('hw.network.io'), [
    {
      metric: 'hw.network.io',
      attributes: {
        'netflow.exporter.address': '10.0.0.1',
        'netflow.observation_domain.id': 0,
        'hw.type': 'network',
        'hw.id': '7',
        'network.io.direction': 'receive',
      },
      value: 0,
      startTime: NOW,
    },
  ]);
  send({ ifInOctets: 2n ** 60n + 1_000n });
  send({ ifInOctets: 2n ** 60n + 1_500n });
  assert.deepEqual(
    find('hw.network.io').map(({ value, startTime }) => [value, startTime]),
    [[1_500, NOW]],
  );
});

suite('a counter goes on', () => {
  const packets = 'hw.network.packets';
  for (const [name, values, change, total] of [
    ['over a wrap of 32 bits', [2 ** 32 - 5, 10], {}, 15],
    ['when it is reset, as the numbers of samples say', [4_000_000_000, 7], { sequence: 0 }, 7],
    ['when it is reset, as the device’s time since its start says', [4_000_000_000, 7], { uptimeMs: 3_000 }, 7],
    ['when it is reset without a word', [1_000_000, 7], {}, 7],
    ['though its device’s time since the start wraps', [2 ** 32 - 5, 10], {}, 15],
  ] as const) {
    test(name, () => {
      const { send, value } = createWorld();
      const wraps = name.endsWith('start wraps');
      send({ ifInUcastPkts: values[0] }, { sequence: 1_000, ...(wraps && { uptimeMs: 2 ** 32 - 1_000 }) });
      send({ ifInUcastPkts: values[1] }, wraps ? { uptimeMs: INTERVAL_MS - 1_000 } : change);
      assert.equal(value(packets), total);
    });
  }

  test('over a wrap of 64 bits', () => {
    const { send, value } = createWorld();
    send({ ifInOctets: 2n ** 64n - 2n });
    send({ ifInOctets: 8n });
    assert.equal(value('hw.network.io'), 10);
  });

  test('and samples that come late or twice change nothing', () => {
    const { send, value } = createWorld();
    send({ ifInUcastPkts: 100 }, { sequence: 10 });
    send({ ifInUcastPkts: 300 }, { sequence: 12 });
    send({ ifInUcastPkts: 200 }, { sequence: 11 });
    send({ ifInUcastPkts: 300 }, { sequence: 12 });
    send({ ifInUcastPkts: 400 }, { sequence: 13 });
    assert.equal(value(packets), 300);
  });

  test('and what is not known once is left out until it is', () => {
    const { send, value } = createWorld();
    send({ ifInUcastPkts: undefined });
    assert.equal(value(packets), undefined);
    for (const ifInUcastPkts of [100, undefined, 150]) send({ ifInUcastPkts });
    assert.equal(value(packets), 50);
  });
});

test('speed and state of an interface; what it is called', () => {
  const { send, find, value } = createWorld();
  send({ ifSpeed: 10_000_000_000n, ifStatus: 1, ifType: 6, ifDirection: 1, ifPromiscuousMode: 2 });
  send({ ifSpeed: 0n, ifStatus: 3, ifType: 6, ifDirection: 1 }, { portName: 'Ethernet7' });
  assert.equal(value('hw.network.bandwidth.limit'), undefined);
  assert.equal(value('hw.network.promiscuous'), undefined);
  assert.equal(value('hw.network.enabled'), 1);
  const [{ attributes, value: up, startTime }] = find('hw.network.up');
  assert.deepEqual([up, startTime], [1, undefined]);
  assert.equal(attributes['netflow.interface.type'], 6);
  assert.equal(attributes['netflow.interface.duplex'], 'full');
  assert.equal(attributes['hw.name'], 'Ethernet7');
  send({ ifSpeed: 10_000_000_000n, ifStatus: 1 });
  assert.deepEqual(
    ['hw.network.bandwidth.limit', 'hw.network.up', 'hw.network.enabled'].map(value),
    [1_250_000_000, 0, 1],
  );
});

test('a processor, a VLAN and a host', () => {
  const { send, find, value } = createWorld();
  const processor = { '5s_cpu': 1_250, '1m_cpu': undefined, total_memory: 1_000n, free_memory: 400n };
  send(processor, { format: 1001, sourceClass: 2, sourceIndex: 1 });
  assert.deepEqual(
    find('system.cpu.utilization').map(({ value, attributes }) => [value, attributes['netflow.cpu.window']]),
    [[0.125, '5s']],
  );
  assert.deepEqual(
    find('system.memory.usage').map(({ value }) => value),
    [400, 600],
  );
  for (const octets of [5n, 25n]) send({ vlan_id: 12, octets }, { format: 5, sourceClass: 1, sourceIndex: 12 });
  assert.equal(value('network.vlan.io'), 20);
  assert.equal(find('network.vlan.io')[0].attributes['netflow.vlan.id'], 12);
  for (const cpu_user of [1_000, 3_500]) send({ cpu_user }, { format: 2003, sourceIndex: 1, hostName: 'web-1' });
  const [{ attributes, value: seconds }] = find('system.cpu.time');
  assert.equal(seconds, 2.5);
  assert.deepEqual([attributes['host.name'], attributes['cpu.mode']], ['web-1', 'user']);
});

test('agents behind one source, and their sub-agents, have series of their own', () => {
  const { send, find } = createWorld();
  for (const agent of [undefined, 'c0000201', '20010db8000000000000000000000001'])
    for (const subAgent of [0, 1]) send({ ifInErrors: 1 }, { agent, subAgent });
  assert.deepEqual(
    find('hw.errors').map(({ attributes }) => [
      attributes['netflow.original_exporter.address'],
      attributes['netflow.observation_domain.id'],
    ]),
    [
      [undefined, 0],
      [undefined, 1],
      ['192.0.2.1', 0],
      ['192.0.2.1', 1],
      ['2001:db8::1', 0],
      ['2001:db8::1', 1],
    ],
  );
});

suite('bounds', () => {
  test('a device has no more sources than are left for others, and is told of what finds no room', () => {
    const { sums, send, find } = createWorld({ maxSources: 8, expiry: '1h' });
    for (const exporter of ['10.0.0.1', '10.0.0.2'])
      for (let sourceIndex = 1; sourceIndex <= 20; sourceIndex++) send({ ifInErrors: 1 }, { exporter, sourceIndex });
    const of = (exporter: string) =>
      find('hw.errors').filter(({ attributes }) => attributes['netflow.exporter.address'] === exporter).length;
    assert.deepEqual([of('10.0.0.1'), of('10.0.0.2')], [4, 2]);
    assert.deepEqual([sums.taken, sums.dropped], [6, 34]);
  });

  test('a source without samples is forgotten, and makes room', () => {
    const { send, find, wait } = createWorld({ maxSources: 2, expiry: '2m' });
    send({ ifInErrors: 1 });
    send({ ifInErrors: 1 }, { sourceIndex: 8 });
    assert.equal(find('hw.errors').length, 1);
    wait(120_001);
    assert.equal(find('hw.errors').length, 0);
    send({ ifInErrors: 1 }, { sourceIndex: 8 });
    assert.equal(find('hw.errors')[0].attributes['hw.id'], '8');
  });

  test('what is no longer asked for is not told', () => {
    const { send, find } = createWorld({ records: ['ethernet'] });
    send({ ifInErrors: 1 });
    assert.deepEqual(find('hw.errors'), []);
  });
});
