/** From decoded packets to the trace that docs/spans.md promises for each. */

import { protocolKeyword } from '../../collector/decode/elements/elements.ts';
import type { Attributes } from '../otlp/decode.ts';
import type { SpanTree } from '../otlp/normalize.ts';
import { flowAttributes } from './attributes.ts';
import { conversationTrace } from './conversation.ts';
import type { Source } from './decode.ts';
import { contains, type Naming, nameAttributes } from './naming.ts';
import { elementsOf, joinedAttributes, samplingInterval } from './options.ts';
import type { FlowRecord, Packet } from './packet.ts';
import { type Entry, entriesOf, find, firstSet, unsigned } from './record.ts';
import { servicesOf } from './services.ts';
import { flowTimes } from './times.ts';
import { addressText } from './values.ts';

/** What stands for the id of the trace that a flow's span is in, where that is not its packet's; `any` is any. */
export const TRACE = '(trace)';

/** What stands for the services that a flow is between, whose spans these are. */
export const SERVICES = '(services)';

/** Reception of a packet: what a span needs to know beside its bytes. Times are Unix milliseconds. */
export type Reception = {
  source: Source;
  receivedMs: number;
  /** By how much the exporter's clock is behind, in milliseconds: 0 unless told. */
  clockOffset?: number;
};

/**
 * The trace of a packet. What only the collector can know, how long decoding took, is left at the reception time.
 * A malformed packet's message is not promised either and stands as "malformed".
 */
export function packetTrace(packet: Packet, reception: Reception, naming: Naming): SpanTree {
  const { header } = packet;
  const received = nanoseconds(reception.receivedMs);
  const attributes: SpanTree['attributes'] = {
    ...(header.version === 'sflow' ? { 'sflow.version': 5n } : { 'netflow.version': BigInt(header.version) }),
    'netflow.exporter.address': exporterAddress(reception),
    'netflow.exporter.port': BigInt(reception.source.port),
    'netflow.packet.size': BigInt(packet.size),
    'netflow.flow.count': BigInt(packet.flows.length),
    'netflow.flow.exported': BigInt(packet.flows.length),
    'netflow.templates.count': BigInt(packet.templates),
    'netflow.templates.missing': BigInt(packet.missing),
  };
  if (header.domain !== undefined) attributes['netflow.observation_domain.id'] = BigInt(header.domain);
  if (header.sequence !== undefined) attributes['netflow.sequence'] = BigInt(header.sequence);
  if (packet.originalExporter) attributes['netflow.original_exporter.address'] = addressText(packet.originalExporter);
  const base = { startTimeUnixNano: received, endTimeUnixNano: received, sampled: true, traceState: '' };
  const unset = { code: 'UNSET', message: '' } as const;
  return {
    ...base,
    name: 'netflow.export',
    kind: 'INTERNAL',
    status: packet.malformed ? { code: 'ERROR', message: 'malformed' } : unset,
    attributes,
    children: [
      {
        ...base,
        name: 'netflow.parse_packet',
        kind: 'INTERNAL',
        status: unset,
        attributes: { 'netflow.sets': BigInt(packet.sets) },
        children: [],
      },
      ...packet.flows.map((flow) => flowSpan(flow, packet, reception, naming)),
    ],
  };
}

/** The span of one flow of a packet. */
export function flowSpan(flow: FlowRecord, packet: Packet, reception: Reception, naming: Naming): SpanTree {
  const { header } = packet;
  const { timestamps: mode, maxAge: maxAgeMs, clock } = naming.spans;
  const clockOffset = clock === 'corrected' ? (reception.clockOffset ?? 0) : undefined;
  const timestamps = { mode, maxAgeMs, clockOffset };
  const told = flow.told ?? {};
  const elements = elementsOf(told, naming.elements);
  const entries = entriesOf(flow.values, header.version, elements);
  const systemInitTime = told.own?.systemInitTime ?? told.whole?.systemInitTime;
  const times = flowTimes(entries, header, nanoseconds(reception.receivedMs), systemInitTime, timestamps);
  const [ingress, egress] = [
    [10, 252],
    [14, 253],
  ].map(([index, physical]) => {
    const found = [find(entries, index), find(entries, physical)].filter((entry) => entry !== undefined);
    return found.length > 0 ? unsigned(firstSet(found)) : undefined;
  });
  const configured = (force: boolean) =>
    naming.exporters.sampling.find(
      (entry) =>
        entry.force === force &&
        (entry.exporters.length === 0 ||
          entry.exporters.some((prefix) => contains(prefix, reception.source.address))) &&
        (entry.interfaces.length === 0 ||
          entry.interfaces.some((index) => BigInt(index) === ingress || BigInt(index) === egress)),
    )?.rate;
  const interval = (all: Entry[]) => {
    const told = samplingInterval(all, flow.told ?? {}, flow.template, header.samplingInterval);
    return configured(true) ?? told ?? configured(false);
  };
  const attributes: Attributes = {
    ...flowAttributes(entries, interval, naming.exporters.scale),
    ...joinedAttributes(entries, told),
    ...flow.lists,
    ...times.attributes,
    'netflow.exporter.address': exporterAddress(reception),
  };
  const facts = { packet, reception, times, ingress, egress };
  const { services } = naming.spans;
  const pair = services && servicesOf(attributes, facts, services, naming.networks);
  if (pair) Object.assign(attributes, { 'peer.service': pair[1], 'service.peer.name': pair[1] });
  const named = nameAttributes(attributes, facts, naming);
  if (pair) named[SERVICES] = pair.join(' → ');
  if (naming.spans.trace === 'conversation') {
    const ownTimes = { ...timestamps, mode: 'flow' } as const;
    const fresh = entriesOf(flow.values, header.version, elements);
    const { end } = flowTimes(fresh, header, nanoseconds(reception.receivedMs), systemInitTime, ownTimes);
    named[TRACE] = conversationTrace(attributes, protocolNumber(attributes['network.transport']), end) ?? 'any';
  }
  const type = attributes['network.type'] ?? 'unknown';
  const transport = attributes['network.transport'] ?? 'unknown';
  return {
    name: `flow_${type}_${transport}`,
    kind: pair ? 'CLIENT' : 'INTERNAL',
    startTimeUnixNano: times.start,
    endTimeUnixNano: times.end,
    status: { code: 'UNSET', message: '' },
    sampled: true,
    traceState: '',
    attributes: named,
    children: [],
  };
}

function protocolNumber(transport: unknown): number | undefined {
  if (transport === undefined) return undefined;
  const numbers = Array.from({ length: 256 }, (_, number) => number);
  const known = numbers.find((number) => protocolKeyword(number) === transport);
  return known ?? Number(String(transport).replace('protocol_', ''));
}

function exporterAddress({ source }: Reception): string {
  return source.address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds)) * 1_000_000n;
}
