import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ethernet, ipv4, TCP } from '../dissect/frames.fixture.ts';
import { counterSample, datagram, flowSample, rawHeader, record, u32 } from '../sflow/datagram.fixture.ts';
import { createHarness, hex, NOW } from './pipeline.fixture.ts';

const FLOW = flowSample([rawHeader(ethernet('0800', ipv4(6, TCP)))]);

test('a datagram is a trace like any packet, at the time of its reception', () => {
  const { receive, spans, count } = createHarness();
  receive(datagram([FLOW, counterSample([])], { subAgent: 3, sequence: 17 }));
  const [flow, root, parse] = spans();
  assert.equal(root.name, 'netflow.export');
  assert.equal(flow.startTimeUnixNano, BigInt(NOW) * 1_000_000n);
  assert.equal(flow.parentSpanId, root.spanId);
  const { attributes } = root;
  assert.equal(attributes['sflow.version'], 5n);
  assert.equal(attributes['netflow.version'], undefined);
  assert.equal(attributes['netflow.observation_domain.id'], 3n);
  assert.equal(attributes['netflow.sequence'], 17n);
  assert.equal(attributes['netflow.flow.count'], 1n);
  assert.equal(parse.attributes['netflow.sets'], 2n);
  assert.equal(count('flowTimesReplaced'), 0, 'no clock is to be set');
});

test('the agent is told where it is not the source of its packets', () => {
  const behind = (agent: string, address = '10.0.0.1') => {
    const { receive, spans } = createHarness();
    receive(datagram([FLOW], { agent }), { address });
    return spans().find(({ name }) => name === 'netflow.export')!.attributes['netflow.original_exporter.address'];
  };
  assert.equal(behind('c0000201'), '192.0.2.1');
  assert.equal(behind('0a000001'), undefined);
  assert.equal(behind('0a000001', '::ffff:10.0.0.1'), undefined);
  assert.equal(behind('00000000'), undefined);
  assert.equal(behind(`20010db8${'0'.repeat(23)}1`), '2001:db8::1');
  assert.equal(behind(`20010db8${'0'.repeat(23)}1`, '2001:db8::1'), undefined);
});

test('each agent and sub-agent has a sequence of its own, which counts datagrams', () => {
  const { receive, count } = createHarness();
  const send = (agent: string, subAgent: number, sequence: number, samples = [FLOW, FLOW]) =>
    receive(datagram(samples, { agent, subAgent, sequence }));
  for (const sequence of [1, 2, 3, 4]) {
    send('c0000201', 0, sequence);
    send('c0000201', 1, 10 * sequence, sequence % 2 === 0 ? [] : [FLOW]);
    send('c0000202', 0, 100 * sequence, [FLOW]);
  }
  send('c0000201', 0, 5, [counterSample([])]);
  assert.equal(count('lostPackets'), 3 * 9 + 3 * 99);
  assert.equal(count('lostFlows'), 0);
});

test('agents that somebody makes up are forgotten', () => {
  const { pipeline, receive, flows } = createHarness();
  for (let index = 0; index < 3_000; index++)
    receive(datagram([], { agent: u32(0x0a000000 + index), subAgent: index }));
  receive(datagram([FLOW]));
  const [exporter] = pipeline.exporters.values();
  assert.ok(exporter.domains.size <= 1_024);
  assert.equal(flows().length, 1);
});

test('an agent that was restarted begins anew', () => {
  const { receive, count } = createHarness();
  for (const sequence of [50_001, 50_002, 50_003]) receive(datagram([FLOW], { sequence, uptime: 90_000_000 }));
  receive(datagram([FLOW], { sequence: 1, uptime: 1_000 }));
  receive(datagram([FLOW], { sequence: 2, uptime: 2_000 }));
  assert.equal(count('lostPackets'), 0);
});

test('a datagram that is cut off is counted, and read up to there', () => {
  const { receive, spans, flows, count } = createHarness();
  receive(datagram([FLOW, FLOW]).subarray(0, -20));
  assert.equal(flows().length, 1);
  assert.equal(count('packetErrors.malformed'), 1);
  assert.equal(spans().find(({ name }) => name === 'netflow.export')?.status.code, 'ERROR');
  receive(hex('00000005 00000001 0a000001'));
  assert.equal(count('packetErrors.truncated_header'), 1);
  receive(datagram([flowSample([record(1_002, u32(1))])]));
  assert.equal(count('packetErrors.malformed'), 2);
});

test('allowed sources are those of packets, whatever agent they name', () => {
  const { receive, flows, count } = createHarness({ allowedSources: ['192.0.2.1/32'] });
  receive(datagram([FLOW], { agent: 'c0000201' }));
  assert.equal(count('packetErrors.source_not_allowed'), 1);
  receive(datagram([FLOW], { agent: '0a000001' }), { address: '192.0.2.1' });
  assert.equal(flows().length, 1);
});

test('counter samples are handed on, and are no flows', () => {
  const found: unknown[] = [];
  const { receive, count } = createHarness(
    { sflow: { counters: { records: ['interfaces'] } } },
    {
      onCounterSample: ({ sourceIndex, recordsAt, end }, { bytes, domain }) =>
        found.push([domain.agent, sourceIndex, bytes.toString('hex', recordsAt, end)]),
    },
  );
  receive(datagram([FLOW, counterSample([record(1, u32(1, 2))])]));
  assert.deepEqual(found, [['c0000201', 7, record(1, u32(1, 2))]]);
  assert.equal(count('flows'), 1);
});

test('expressions see what is sampled, and no version of NetFlow', () => {
  const kept = (filter: string) => {
    const { receive, flows } = createHarness({ selection: { filter } });
    receive(datagram([FLOW]));
    return flows().length;
  };
  assert.equal(kept('source.port == 443 && flow.sampling.interval == 1000'), 1);
  assert.equal(kept('netflow.sflow.samplePool == 5000'), 1);
  assert.equal(kept('netflow.version == 5'), 0);
});

test('expressions see lists', () => {
  const gateway = record(1_003, u32(0, 64_500, 64_501, 64_502, 1, 2, 2, 64_503, 64_504, 1, 64_500 * 65_536 + 100, 200));
  const kept = (filter: string) => {
    const { receive, flows } = createHarness({ selection: { filter } });
    receive(datagram([flowSample([gateway]), FLOW]));
    return flows().length;
  };
  assert.equal(kept('64503 in netflow.sflow.destinationAsPath'), 1);
  assert.equal(kept('64502 in netflow.sflow.destinationAsPath'), 0);
  assert.equal(kept("'64500:100' in netflow.sflow.communities"), 1);
  assert.equal(kept("netflow.sflow.communities.exists(one, one.startsWith('64500:'))"), 1);
  assert.equal(kept('!has(netflow.sflow.destinationAsPath)'), 1);
});
