/** Sends packets through the collector's pipeline and through the reference decoder, in a form that can be compared. */
import assert from 'node:assert/strict';
import type { SetCounts } from '../../collector/aggregate/flow-counts.ts';
import { createCounters, type Ledger, sumCounters } from '../../collector/ledger/ledger.ts';
import { readUserElements } from '../../collector/naming/user-elements.ts';
import { readNetworks } from '../../collector/networks/networks.ts';
import { Pipeline } from '../../collector/pipeline/pipeline.ts';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { decodeRequest, type Span } from '../otlp/decode.ts';
import { normalize, type SpanTree } from '../otlp/normalize.ts';
import { createReferenceClock, observe, offsetOf, type ReferenceClock } from './clock.ts';
import { createReferenceDecoder, type Source } from './decode.ts';
import type { NetworkRow } from './naming.ts';
import type { Packet } from './packet.ts';
import type { ElementRow } from './record.ts';
import { flowSpan, packetTrace, type Reception, SERVICES, TRACE } from './spans.ts';

export type Datagram = Reception & { bytes: Uint8Array };

export const LOOPBACK: Source = { listener: 0, address: '127.0.0.1', port: 4_096 };

/** What the pipeline makes of datagrams that come one after another. */
export function throughPipeline(
  datagrams: readonly Datagram[],
  config: CollectorConfigInput = {},
  networks: readonly NetworkRow[] = [],
  elements: readonly ElementRow[] = [],
): { spans: Span[]; ledger: Ledger; counts: SetCounts[] } {
  const counters = createCounters();
  const spans: Span[] = [];
  const { services } = collectorConfig.parse(config).spans;
  let time = 0;
  const pipeline = new Pipeline({
    config: collectorConfig.parse(config),
    counters,
    resource: { 'service.name': 'test' },
    networks: networks.length > 0 ? readNetworks(Buffer.from(csvOf(networks)), () => true, services) : undefined,
    elements: elements.length > 0 ? readUserElements(Buffer.from(elementsCsv(elements))) : undefined,
    sink: {
      push(batch) {
        const decoded = decodeRequest(batch.body);
        assert.equal(decoded.length, batch.spans, 'spans of the batch');
        spans.push(...decoded);
        batch.release();
      },
    },
    log: createLog('error', () => {}),
    now: () => time,
  });
  for (const { bytes, source, receivedMs } of datagrams) {
    time = Math.max(time, receivedMs);
    pipeline.receive(bytes, source, receivedMs);
  }
  pipeline.flush();
  return { spans, ledger: sumCounters([counters]), counts: pipeline.takeCounts(Number.POSITIVE_INFINITY) };
}

/** What the reference makes of the same. Packets that make no trace are left out. */
export function throughReference(
  datagrams: readonly Datagram[],
  config: CollectorConfigInput = {},
  networks: readonly NetworkRow[] = [],
  elements: readonly ElementRow[] = [],
): SpanTree[] {
  const { spans, exporters } = collectorConfig.parse(config);
  const naming = { spans, exporters, networks, elements };
  const decoder = createReferenceDecoder(elements);
  const traces = new Map<Packet, { tree: SpanTree; reception: Reception; clock: ReferenceClock }>();
  const clocks = new Map<string, ReferenceClock>();
  for (const datagram of datagrams) {
    const { packet, late } = decoder.decode(datagram.bytes, datagram.source);
    if (packet) {
      const { source, receivedMs } = datagram;
      // sFlow has no times.
      if (packet.header.version === 'sflow') packet.header.exportTime = BigInt(receivedMs) * 1_000_000n;
      const key = JSON.stringify([source.listener, source.address, packet.header.version, packet.header.domain]);
      const clock = clocks.get(key) ?? createReferenceClock();
      clocks.set(key, clock);
      observe(clock, packet.header, receivedMs);
      const tree = packetTrace(packet, { ...datagram, clockOffset: offsetOf(clock) }, naming);
      traces.set(packet, { tree, reception: datagram, clock });
    }
    for (const { of, flows } of late) {
      const { tree, reception, clock } = traces.get(of)!;
      const told = { ...reception, clockOffset: offsetOf(clock) };
      tree.children.push(...flows.map((flow) => flowSpan(flow, of, told, naming)));
    }
  }
  return Array.from(traces.values(), ({ tree }) => {
    // A batch has what is in resources of services before what is in ours.
    const [parse, ...flows] = tree.children;
    const { paired = [], others = [] } = Object.groupBy(flows, ({ kind }) => (kind === 'CLIENT' ? 'paired' : 'others'));
    return { ...tree, children: [parse, ...paired, ...others] };
  });
}

/** The rows as a file; all have the columns of the first. */
function csvOf(rows: readonly NetworkRow[]): string {
  const columns = Object.keys(rows[0].values);
  const lines = rows.map(({ prefix, values }) => [prefix, ...columns.map((column) => values[column])].join());
  return [['prefix', ...columns].join(), ...lines].join('\n');
}

function elementsCsv(rows: readonly ElementRow[]): string {
  const lines = rows.map(({ pen, id, attribute, type }) => `${pen},${id},any,${type},${attribute}`);
  return ['pen,id,name,type,attribute', ...lines].join('\n');
}

/** Without the servers' spans, which say nothing but who served: `SERVICES` keeps that, in the client's span. */
function withoutServers(spans: readonly Span[]): Span[] {
  const servers = new Map(spans.filter(({ kind }) => kind === 'SERVER').map((span) => [span.parentSpanId, span]));
  const clients = spans.filter(({ kind }) => kind === 'CLIENT');
  assert.equal(servers.size, clients.length);
  return spans
    .filter(({ kind }) => kind !== 'SERVER')
    .map((span) => {
      if (span.kind !== 'CLIENT') return span;
      const server = servers.get(span.spanId)!;
      const { parentSpanId, spanId, attributes, links, resource, scope, ...rest } = server;
      const { parentSpanId: _, spanId: __, attributes: ___, links: ____, resource: own, scope: ofOwn, ...same } = span;
      assert.deepEqual({ ...rest, kind: 'CLIENT' }, same);
      assert.deepEqual([attributes, links, scope], [{}, [], ofOwn]);
      assert.deepEqual([own, resource].map(Object.keys), [['service.name'], ['service.name']]);
      const services = `${own['service.name']} → ${resource['service.name']}`;
      return { ...span, attributes: { ...span.attributes, [SERVICES]: services } };
    });
}

/** A flow in a trace of its own, as a child of the packet's root that it is linked to; `TRACE` keeps the trace's id. */
function asChild(span: Span): Span {
  const [link, ...others] = span.links;
  assert.equal(others.length, 0);
  if (!link) return span;
  assert.equal(span.parentSpanId, '', 'a linked span with a parent');
  assert.equal(link.flags, 257);
  const attributes = { ...span.attributes, [TRACE]: span.traceId };
  return { ...span, traceId: link.traceId, parentSpanId: link.spanId, attributes };
}

/**
 * Traces of the pipeline with what the reference can't know set as the reference has it: the times of the packet's
 * own spans, which must not run backwards, and the wording of an error.
 */
export function comparable(spans: readonly Span[]): SpanTree[] {
  return normalize(withoutServers(spans).map(asChild)).map((root) => {
    const parse = root.children.find(({ name }) => name === 'netflow.parse_packet');
    assert.ok(parse, 'a packet without netflow.parse_packet');
    const flows = root.children.filter((child) => child !== parse);
    assert.ok(parse.startTimeUnixNano >= root.startTimeUnixNano, 'parsing starts before reception');
    assert.ok(parse.endTimeUnixNano >= parse.startTimeUnixNano, 'parsing ends before it starts');
    assert.ok(root.endTimeUnixNano >= parse.endTimeUnixNano, 'the packet ends before its parsing');
    const times = { startTimeUnixNano: root.startTimeUnixNano, endTimeUnixNano: root.startTimeUnixNano };
    if (root.status.code === 'ERROR') assert.notEqual(root.status.message, '');
    const message = root.status.message && 'malformed';
    return {
      ...root,
      ...times,
      status: { ...root.status, message },
      children: [{ ...parse, ...times }, ...flows],
    };
  });
}
