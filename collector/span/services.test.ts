/** The network as a graph of services, by `spans.services`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { decodeRequest, type Span } from '../../test/otlp/decode.ts';
import { serviceGraph } from '../../test/otlp/service-graph.ts';
import { demoPackets } from '../demo/packets.ts';
import { readNetworks } from '../networks/networks.ts';
import { splitRequest } from '../otlp/split.ts';
import { createHarness } from '../pipeline/pipeline.fixture.ts';
import { packetOf } from '../select/flows.fixture.ts';

type Services = NonNullable<NonNullable<CollectorConfigInput['spans']>['services']>;

const CSV = 'prefix,service,site\n10.0.0.0/24,web,zrh1\n10.0.1.0/24,,ams1\n192.0.2.1,db,\n198.51.100.0/24,,\n';

function setUp(services: Services = {}, config: CollectorConfigInput = {}, csv: string | undefined = CSV) {
  const complete = { ...config, spans: { ...config.spans, services } };
  const settings = collectorConfig.parse(complete).spans.services;
  const networks = csv === undefined ? undefined : readNetworks(Buffer.from(csv), () => true, settings);
  return createHarness(complete, { networks });
}

function callsOf(flows: Parameters<typeof packetOf>, services: Services = {}, csv?: string): Record<string, number> {
  const { receive, spans } = setUp(services, {}, csv);
  receive(packetOf(...flows));
  const { calls, waiting } = serviceGraph(spans());
  assert.deepEqual(waiting, []);
  return calls;
}

const REVERSE = { source: '192.0.2.1', sourcePort: 443, destination: '10.0.0.1', destinationPort: 50_000 };
const UNKNOWN = { sourcePort: 40_000, destinationPort: 50_000 };
const isFlow = ({ name, kind }: Span) => name.startsWith('flow_') && kind !== 'SERVER';
const packetSpans = (spans: readonly Span[]) => spans.filter(({ name }) => name === 'netflow.export');
const ofKind = (spans: readonly Span[], kind: Span['kind']) => spans.filter((span) => span.kind === kind);

describe('a flow between services', () => {
  test('is a span of its client and a bare one of its server, in a trace of their own', () => {
    const { receive, spans, count } = setUp();
    receive(packetOf({}));
    const [[client], [server]] = [ofKind(spans(), 'CLIENT'), ofKind(spans(), 'SERVER')];
    const [root] = packetSpans(spans());
    assert.equal(root.kind, 'INTERNAL');
    assert.deepEqual([client.resource, server.resource], [{ 'service.name': 'web' }, { 'service.name': 'db' }]);
    assert.deepEqual(root.resource, { 'service.name': 'test' });
    assert.deepEqual([client.parentSpanId, server.parentSpanId, server.traceId], ['', client.spanId, client.traceId]);
    assert.deepEqual(client.links, [{ traceId: root.traceId, spanId: root.spanId, flags: 0x101 }]);
    assert.notEqual(client.traceId, root.traceId);
    const { 'peer.service': peer, 'service.peer.name': peerName, 'flow.direction': direction } = client.attributes;
    assert.deepEqual([peer, peerName, direction], ['db', 'db', 'forward']);
    assert.deepEqual([server.attributes, server.links, server.name], [{}, [], client.name]);
    const times = ({ startTimeUnixNano, endTimeUnixNano }: Span) => [startTimeUnixNano, endTimeUnixNano];
    assert.deepEqual(times(server), times(client));
    assert.deepEqual([count('flows'), count('flowsInFlight')], [1, 1]);
  });

  test('has its sides swapped when it goes back to the client', () => {
    assert.deepEqual(callsOf([{}, REVERSE]), { 'web → db': 2 });
  });

  test('of an unknown direction stays one span of its packet’s trace', () => {
    const { receive, spans, flows } = setUp();
    receive(packetOf(UNKNOWN));
    assert.deepEqual(serviceGraph(spans()), { calls: {}, waiting: [] });
    const [root] = packetSpans(spans());
    assert.deepEqual([flows()[0].kind, flows()[0].parentSpanId], ['INTERNAL', root.spanId]);
  });

  test('is in its conversation’s trace, if that is asked for', () => {
    const { receive, spans } = setUp({}, { spans: { trace: 'conversation' } });
    receive(packetOf({}, REVERSE, UNKNOWN));
    const flows = spans().filter(({ name }) => name.startsWith('flow_'));
    const traces = new Set(flows.filter(({ kind }) => kind !== 'INTERNAL').map(({ traceId }) => traceId));
    assert.deepEqual([traces.size, flows.length], [1, 5]);
  });

  test('has its probability on both spans, when it is sampled', () => {
    const { receive, spans } = setUp({}, { selection: { sampling: { probability: 0.5 } } });
    receive(packetOf(...Array.from({ length: 40 }, (_, index) => ({ sourcePort: 50_000 + index }))));
    const [clients, servers] = [ofKind(spans(), 'CLIENT'), ofKind(spans(), 'SERVER')];
    assert.ok(clients.length > 5);
    for (const client of clients) {
      assert.match(client.traceState, /^ot=th:8;rv:/);
      assert.equal(servers.find(({ parentSpanId }) => parentSpanId === client.spanId)?.traceState, client.traceState);
    }
  });

  test('can be as long as a flow’s span gets, and as short', () => {
    for (const constant of ['', 'x'.repeat(2_000)]) {
      const names = Array.from({ length: constant ? 10 : 0 }, (_, index) => [`c${index}`, constant]);
      const constants = [{ attributes: Object.fromEntries(names) }];
      const { receive, spans } = setUp({}, { spans: { attributes: { exclude: ['*'], constants } } });
      receive(packetOf({}, REVERSE));
      assert.deepEqual(serviceGraph(spans()), { calls: { 'web → db': 2 }, waiting: [] });
      assert.equal(Object.keys(ofKind(spans(), 'CLIENT')[0].attributes).length, names.length);
    }
  });
});

describe('names of services', () => {
  const flows = [{}, { source: '10.0.1.1' }, { source: '198.51.100.1' }, { source: '203.0.113.1' }];
  for (const [name, services, expected] of [
    ['are in the column service', {}, { 'web → db': 1, 'other → db': 3 }],
    ['or in others', { columns: ['service', 'site'] }, { 'web → db': 1, 'ams1 → db': 1, 'other → db': 2 }],
    ['by the order of columns', { columns: ['site'] }, { 'zrh1 → other': 1, 'ams1 → other': 1, 'other → other': 2 }],
    ['of the rest', { rest: 'internet' }, { 'web → db': 1, 'internet → db': 3 }],
    [
      'prefixes of rows',
      { fallback: 'prefix' },
      { 'web → db': 1, '10.0.1.0/24 → db': 1, '198.51.100.0/24 → db': 1, 'other → db': 1 },
    ],
    [
      'addresses, when they are asked for',
      { fallback: 'address' },
      { 'web → db': 1, '10.0.1.1 → db': 1, '198.51.100.1 → db': 1, '203.0.113.1 → db': 1 },
    ],
    [
      'are bounded, the first rows first',
      { max: 1, columns: ['site', 'service'] },
      { 'zrh1 → other': 1, 'other → other': 3 },
    ],
    [
      'are bounded, addresses too',
      { max: 3, fallback: 'address' },
      { 'web → db': 1, '10.0.1.1 → db': 1, 'other → db': 2 },
    ],
  ] as [string, Services, Record<string, number>][]) {
    test(name, () => assert.deepEqual(callsOf(flows, services), expected));
  }

  test('without a file are those of the rest', () => {
    const { receive, spans } = createHarness({ spans: { services: { rest: 'network' } } });
    receive(packetOf({}));
    assert.deepEqual(serviceGraph(spans()).calls, { 'network → network': 1 });
  });
});

describe('where flows are observed that count', () => {
  const points = [{ exporters: ['10.9.0.0/16'], ingressInterfaces: [7] }];
  for (const [name, address, ingress, calls] of [
    ['there', '10.9.0.1', 7, { 'web → db': 1 }],
    ['another interface', '10.9.0.1', 8, {}],
    ['another exporter', '10.8.0.1', 7, {}],
  ] as const) {
    test(name, () => {
      const { receive, spans, flows } = setUp({ points });
      receive(packetOf({ ingress }), { address });
      assert.deepEqual(serviceGraph(spans()), { calls, waiting: [] });
      assert.equal(flows()[0].kind, 'web → db' in calls ? 'CLIENT' : 'INTERNAL');
    });
  }
});

test('a replay of the demo with its names draws who talks to whom, and nothing else', () => {
  const csv = readFileSync(new URL('../../test/captures/demo/networks.csv', import.meta.url), 'utf8');
  const { receive, spans } = setUp({ rest: 'internet' }, {}, csv);
  for (const { payload } of demoPackets()) receive(payload);
  assert.deepEqual(serviceGraph(spans()), {
    calls: {
      'workstation → github': 8,
      'workstation → github-pages': 2,
      'workstation → dns': 11,
      'workstation → ssdp': 1,
      'workstation → aws': 3,
      'workstation → cloudflare': 2,
      'workstation → google': 2,
      'monitoring → switch': 1,
      'nms → switch': 1,
      'laptop → google': 2,
      'desktop → google': 1,
      'firewall → collector': 1,
      'link-local → llmnr': 1,
    },
    waiting: [],
  });
});

test('with services off no span waits for a partner, but those of packets', () => {
  const { receive, spans } = createHarness();
  receive(packetOf({}, REVERSE, UNKNOWN));
  assert.deepEqual(serviceGraph(spans()), { calls: {}, waiting: [] });
});

test('batches are not larger than asked for, pairs are whole in them, and in their halves', () => {
  const batches: Uint8Array[] = [];
  const services = collectorConfig.parse({ spans: { services: {} } }).spans.services;
  const { receive, pipeline } = createHarness(
    { otlp: { batch: { maxSize: '16Ki' } }, spans: { services: {} } },
    {
      networks: readNetworks(Buffer.from(CSV), () => true, services),
      sink: {
        push({ body, spans, flows, release }) {
          batches.push(Uint8Array.from(body));
          const decoded = decodeRequest(body);
          assert.deepEqual([spans, flows], [decoded.length, decoded.filter(isFlow).length]);
          release();
        },
      },
    },
  );
  for (let packet = 0; packet < 20; packet++)
    receive(packetOf({}, UNKNOWN, REVERSE, UNKNOWN, UNKNOWN, {}, {}, UNKNOWN));
  pipeline.flush();
  assert.ok(batches.length > 4);
  for (const body of batches) {
    assert.ok(body.length <= 16_384);
    assert.deepEqual(serviceGraph(decodeRequest(body)).waiting, []);
    const parts = splitRequest({ body })!;
    for (const part of parts) {
      const spans = decodeRequest(part.body);
      assert.deepEqual(serviceGraph(spans).waiting, []);
      assert.deepEqual([part.spans, part.flows], [spans.length, spans.filter(isFlow).length]);
    }
    assert.deepEqual(
      parts.flatMap((part) => decodeRequest(part.body)),
      decodeRequest(body),
    );
  }
  const flows = batches.flatMap((body) => decodeRequest(body)).filter(isFlow);
  assert.equal(flows.length, 160);
});

test('turned on and off between packets', () => {
  const { receive, spans, pipeline } = createHarness();
  const resource = { 'service.name': 'test' };
  receive(packetOf({}));
  pipeline.reconfigure({ config: collectorConfig.parse({ spans: { services: {} } }), resource });
  receive(packetOf({}));
  pipeline.reconfigure({ config: collectorConfig.parse({ spans: { services: { rest: 'all' } } }), resource });
  receive(packetOf({}));
  pipeline.reconfigure({ config: collectorConfig.parse({}), resource });
  receive(packetOf({}));
  assert.deepEqual(serviceGraph(spans()), { calls: { 'other → other': 1, 'all → all': 1 }, waiting: [] });
  assert.equal(packetSpans(spans()).length, 4);
});
