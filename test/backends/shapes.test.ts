/**
 * Each shape of traces in a real Jaeger: every flow with its times and kind, found by id and by attribute; and the
 * graph.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { startCollector } from '../e2e/collector.ts';
import { conversationTrace } from '../reference/conversation.ts';
import { startJaeger, temporaryFolder } from './backends.ts';
import type { Jaeger, ShownSpan } from './jaeger.ts';
import { requireBackends } from './programs.ts';
import {
  lineOf,
  NETWORKS,
  REST,
  type SeenFlow,
  sendFlows,
  serverPortOf,
  servicesOf,
  sumBy,
  transportOf,
  untilCount,
} from './traffic.ts';

type Spans = NonNullable<CollectorConfigInput['spans']>;

const [EXPORTERS, PACKETS] = [3, 4];
const US = 'netflow2traces';
/** Keeps Jaeger from adjusting times: it would take flows, which were before their packet, for clock skew. */
const WITHOUT_SKEW = { ip: '127.0.0.1' };

/** What Jaeger has of flows that were sent in this shape. */
async function send(t: TestContext, spans: Spans, traffic: { same?: boolean } = {}) {
  const jaeger = await startJaeger(t);
  const folder = temporaryFolder(t);
  const [config, networksFile] = ['collector.json', 'networks.csv'].map((name) => join(folder, name));
  writeFileSync(networksFile, NETWORKS);
  // The exporter's clock, since the traffic is made before it is sent: how long that takes is no matter.
  const complete = { ...spans, clock: 'exporter', attributes: { networksFile } };
  writeFileSync(config, JSON.stringify({ spans: complete }));
  const args = ['--config', config, '--otlp-endpoint', `http://${jaeger.endpoint}`];
  const collector = await startCollector(t, { args });
  const sent = await sendFlows(t, collector, { exporters: EXPORTERS, packets: PACKETS, ...traffic });
  assert.equal(await collector.stop(), 0);
  const shown = await untilCount(sent.length, () => everything(jaeger), 'spans of flows');
  return { jaeger, sent, shown };
}

/** The spans that say what a flow was: all of its attributes are on one. */
const flowsOf = (spans: readonly ShownSpan[]) =>
  spans.filter(({ name, kind }) => name.startsWith('flow_') && kind !== 'server');

async function everything(jaeger: Jaeger): Promise<ShownSpan[]> {
  const all = await Promise.all((await jaeger.services()).map((service) => jaeger.search(service)));
  return flowsOf(distinct(all.flat()));
}

function distinct(spans: readonly ShownSpan[]): ShownSpan[] {
  return [...new Map(spans.map((span) => [`${span.traceId}/${span.spanId}`, span])).values()];
}

/** As `lineOf` has it of what was sent. */
function lineOfSpan({ attributes, start, duration }: ShownSpan): string {
  const end = (name: string) => `${attributes[`${name}.address`]} ${attributes[`${name}.port`] ?? '-'}`;
  const ends = `${end('source')} ${end('destination')}`;
  const [exporter, transport] = [attributes['netflow.exporter.address'], attributes['network.transport']];
  return `${exporter} ${transport} ${ends} ${attributes['flow.bytes.delta']} ${start} ${duration}`;
}

function assertAllThere(shown: readonly ShownSpan[], sent: readonly SeenFlow[]): void {
  assert.deepEqual(shown.map(lineOfSpan).sort(), sent.map(lineOf).sort());
  for (const { name, attributes } of shown) assert.equal(name, `flow_ipv4_${attributes['network.transport']}`);
}

/** What one exporter saw of a service. */
const WANTED = { 'netflow.exporter.address': '127.0.0.3', 'server.port': '443' };
const isWanted = (flow: SeenFlow) => flow.exporter === '127.0.0.3' && serverPortOf(flow) === 443;

const linesWanted = (sent: readonly SeenFlow[]) => sent.filter(isWanted).map(lineOf).sort();

test('packet: flows are children of their packet’s span, and found with it', async (t) => {
  if (!requireBackends(t)) return;
  const { jaeger, sent, shown } = await send(t, { resourceAttributes: WITHOUT_SKEW });
  assertAllThere(shown, sent);
  for (const { kind, service } of shown) assert.deepEqual([kind, service], ['internal', US]);

  const found = await jaeger.search(US, WANTED);
  const ids = new Set(shown.filter((span) => linesWanted(sent).includes(lineOfSpan(span))).map((span) => span.traceId));
  assert.deepEqual(new Set(found.map(({ traceId }) => traceId)), ids);
  const trace = await jaeger.trace([...ids][0]);
  const [root] = trace.filter(({ name }) => name === 'netflow.export');
  assert.deepEqual([root.kind, root.parent], ['internal', undefined]);
  assert.equal(flowsOf(trace).length, root.attributes['netflow.flow.exported']);
  for (const { parent, links } of flowsOf(trace)) assert.deepEqual([parent, links], [root.spanId, []]);
  assert.deepEqual([...warningsOf(found)], []);
  // Jaeger counts parents and children of one service, too: a loop on ourselves, and no other edge.
  assert.deepEqual(Object.keys(await jaeger.dependencies()), [`${US} → ${US}`]);
});

test('flow: each is a trace, linked to its packet, and found by its own attributes alone', async (t) => {
  if (!requireBackends(t)) return;
  const { jaeger, sent, shown } = await send(t, { trace: 'flow' });
  assertAllThere(shown, sent);
  for (const { kind, service, parent } of shown) assert.deepEqual([kind, service, parent], ['internal', US, undefined]);
  assert.equal(new Set(shown.map(({ traceId }) => traceId)).size, sent.length);

  const found = await jaeger.search(US, WANTED);
  assert.deepEqual(found.map(lineOfSpan).sort(), linesWanted(sent));
  const [{ traceId, links }] = found;
  assert.deepEqual(distinct(await jaeger.trace(traceId)).length, 1);
  const [packet, id] = links[0].split('/');
  const [root] = (await jaeger.trace(packet)).filter(({ spanId }) => spanId === id);
  assert.deepEqual([root.name, root.attributes['netflow.exporter.address']], ['netflow.export', '127.0.0.3']);
  assert.deepEqual([...warningsOf([...shown, ...(await jaeger.trace(packet))])], []);
  assert.deepEqual(Object.keys(await jaeger.dependencies()), [`${US} → ${US}`]);
});

test('conversation: what three exporters saw of one is one trace, by an id that all can compute', async (t) => {
  if (!requireBackends(t)) return;
  const { jaeger, sent, shown } = await send(t, { trace: 'conversation' }, { same: true });
  assertAllThere(shown, sent);
  const ids = new Map(sent.map((flow) => [lineOf(flow), traceOf(flow)]));
  for (const span of shown) assert.equal(span.traceId, ids.get(lineOfSpan(span)));

  const [flow] = sent;
  const trace = await jaeger.trace(traceOf(flow));
  const alike = sent.filter((other) => traceOf(other) === traceOf(flow));
  assert.deepEqual(trace.map(lineOfSpan).sort(), alike.map(lineOf).sort());
  const exporters = trace.map(({ attributes }) => attributes['netflow.exporter.address']);
  assert.deepEqual([...new Set(exporters)].sort(), ['127.0.0.2', '127.0.0.3', '127.0.0.4']);
  assert.deepEqual([...warningsOf(shown)], []);
  assert.deepEqual(Object.keys(await jaeger.dependencies()), [`${US} → ${US}`]);
});

for (const trace of ['packet', 'conversation'] as const) {
  test(`services, ${trace}: a call for each flow, and the graph has the edges that were sent`, async (t) => {
    if (!requireBackends(t)) return;
    const { jaeger, sent, shown } = await send(t, {
      trace,
      services: { rest: REST },
      resourceAttributes: WITHOUT_SKEW,
    });
    assertAllThere(shown, sent);
    const byLine = new Map(sent.map((flow) => [lineOf(flow), servicesOf(flow)]));
    for (const span of shown) {
      const pair = byLine.get(lineOfSpan(span));
      assert.deepEqual([span.kind, span.service], pair ? ['client', pair[0]] : ['internal', US]);
      if (pair) assert.deepEqual([span.attributes['peer.service'], span.parent], [pair[1], undefined]);
    }
    const edges = sumBy(sent, (flow) => servicesOf(flow)?.join(' → '));
    const { [`${US} → ${US}`]: ownLoop, ...drawn } = await jaeger.dependencies();
    assert.ok(ownLoop > 0);
    assert.deepEqual(sorted(drawn), sorted(edges));

    const [client] = shown.filter(({ kind }) => kind === 'client');
    const whole = await jaeger.trace(client.traceId);
    const [server] = whole.filter(({ parent }) => parent === client.spanId);
    assert.deepEqual([server.kind, server.service], ['server', client.attributes['peer.service']]);
    assert.deepEqual([server.start, server.duration], [client.start, client.duration]);
    const found = await Promise.all(['office', 'branch'].map((service) => jaeger.search(service, WANTED)));
    const lines = flowsOf(distinct(found.flat())).map(lineOfSpan);
    for (const line of linesWanted(sent)) assert.ok(lines.includes(line), line);
    if (trace === 'packet') assert.deepEqual(lines.sort(), linesWanted(sent));
    assert.deepEqual([...warningsOf([...shown, ...whole])], []);
  });
}

function traceOf(flow: SeenFlow): string {
  const attributes = {
    'source.address': flow.source.join('.'),
    'destination.address': flow.destination.join('.'),
    'network.transport': transportOf(flow),
    ...(flow.protocol !== 1 && {
      'source.port': BigInt(flow.sourcePort),
      'destination.port': BigInt(flow.destinationPort),
    }),
  };
  return conversationTrace(attributes, flow.protocol, BigInt(flow.end) * 1_000_000n)!;
}

const sorted = (edges: Record<string, number>) => Object.entries(edges).sort();

const warningsOf = (spans: readonly ShownSpan[]) => new Set(spans.flatMap(({ warnings }) => warnings));
