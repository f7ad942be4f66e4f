import { type Attributes, type HrTime, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { fields } from '../otlp/protobuf-reader.ts';
import { EXPORT_TRACE_SERVICE_REQUEST, RESOURCE_SPANS } from '../otlp/tags.ts';

/** Flows of the fixture: source, destination, kind, milliseconds before reception at which they begin and end. */
export type FlowFixture = {
  source: string;
  destination: string;
  kind?: 'CLIENT' | 'SERVER' | 'INTERNAL';
  begin?: number;
  end?: number;
  attributes?: Attributes;
};

/** The spans of one packet as the official SDK and serializer write them: the body of a `ScopeSpans`. */
export function packetSpans(
  time: number,
  flows: readonly FlowFixture[],
  packet: Attributes = {},
  malformed?: string,
): Uint8Array {
  const exporter = new InMemorySpanExporter();
  const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('fixture');
  const at = (ms: number): HrTime => [Math.floor((time + ms) / 1000), Math.round(((time + ms) % 1000) * 1e6)];

  const attributes = {
    'netflow.version': 9,
    'netflow.exporter.address': '10.0.0.1',
    'netflow.exporter.port': 50_101,
    'netflow.flow.count': flows.length,
    'netflow.flow.exported': flows.length,
    ...packet,
  };
  const root = tracer.startSpan('netflow.export', { startTime: at(0), attributes }, ROOT_CONTEXT);
  const context = trace.setSpan(ROOT_CONTEXT, root);
  const parse = tracer.startSpan(
    'netflow.parse_packet',
    { startTime: at(0.02), attributes: { 'netflow.sets': 2 } },
    context,
  );
  parse.end(at(0.19));
  for (const { source, destination, kind = 'CLIENT', begin = 9_000, end = 3_000, attributes: more } of flows) {
    const [sourceAddress, sourcePort] = source.split(' ');
    const [destinationAddress, destinationPort] = destination.split(' ');
    const type = sourceAddress.includes(':') ? 'ipv6' : 'ipv4';
    const transport = destinationPort === '53' ? 'udp' : 'tcp';
    const span = tracer.startSpan(
      `flow_${type}_${transport}`,
      {
        kind: SpanKind[kind],
        startTime: at(-begin),
        attributes: {
          'source.address': sourceAddress,
          'source.port': Number(sourcePort),
          'destination.address': destinationAddress,
          'destination.port': Number(destinationPort),
          'network.transport': transport,
          'network.type': type,
          'flow.bytes.delta': 48_213,
          'flow.packets.delta': 61,
          'flow.direction': { CLIENT: 'forward', SERVER: 'reverse', INTERNAL: 'unknown' }[kind],
          ...more,
        },
      },
      context,
    );
    span.end(at(-end));
  }
  if (malformed !== undefined) root.setStatus({ code: SpanStatusCode.ERROR, message: malformed });
  root.end(at(0.412));

  const request = ProtobufTraceSerializer.serializeRequest(exporter.getFinishedSpans())!;
  const resourceSpans = fields(request).get(EXPORT_TRACE_SERVICE_REQUEST.resourceSpans)![0] as Uint8Array;
  return fields(resourceSpans).get(RESOURCE_SPANS.scopeSpans)![0] as Uint8Array;
}
