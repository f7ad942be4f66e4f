/**
 * The stock way to the same traces, which the bench compares with: one socket, records decoded into objects, spans of
 * the OpenTelemetry SDK, its BatchSpanProcessor and its OTLP gRPC exporter.
 *
 *     node test/bench/baseline.ts PORT OTLP_ENDPOINT
 */
import { createSocket } from 'node:dgram';
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { createDecoder, type DecodedFlow } from './baseline-decode.ts';

/** The default queue of 2,048 spans overflows within one packet burst. */
const BATCH = { maxQueueSize: 65_536, maxExportBatchSize: 2_048, scheduledDelayMillis: 500 };
const WELL_KNOWN = 1_024;
const REGISTERED = 32_768;

const [port, url] = process.argv.slice(2);
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'netflow2traces' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }), BATCH)],
});
const tracer = provider.getTracer('netflow2traces');
const decode = createDecoder();

const socket = createSocket({ type: 'udp4', recvBufferSize: 32 * 2 ** 20 });
socket.on('message', (bytes, source) => {
  const received = Date.now();
  const packet = decode(bytes, source.address);
  const root = tracer.startSpan('netflow.export', {
    startTime: received,
    attributes: {
      'netflow.version': packet.version,
      'netflow.exporter.address': source.address,
      'netflow.exporter.port': source.port,
      'netflow.observation_domain.id': packet.domain,
      'netflow.sequence': packet.sequence,
      'netflow.packet.size': bytes.length,
      'netflow.flow.count': packet.flows.length,
      'netflow.flow.exported': packet.flows.length,
      'netflow.templates.count': packet.templates,
      'netflow.templates.missing': packet.missing,
    },
  });
  const context = trace.setSpan(ROOT_CONTEXT, root);
  const attributes = { 'netflow.sets': packet.sets };
  tracer.startSpan('netflow.parse_packet', { startTime: received, attributes }, context).end();
  for (const flow of packet.flows) {
    const direction = directionOf(flow);
    const span = tracer.startSpan(
      `flow_${flow.attributes['network.type']}_${flow.attributes['network.transport']}`,
      {
        kind: SpanKind.INTERNAL,
        startTime: flow.start,
        attributes: { ...flow.attributes, 'flow.direction': direction },
      },
      context,
    );
    span.end(flow.end);
  }
  root.end();
});
socket.bind(Number(port), '127.0.0.1');

process.on('SIGTERM', async () => {
  socket.close();
  await provider.shutdown();
});

function directionOf({ attributes }: DecodedFlow): 'forward' | 'reverse' | 'unknown' {
  const [source, destination] = [Number(attributes['source.port']), Number(attributes['destination.port'])];
  if (!source || !destination) return 'unknown';
  for (const limit of [WELL_KNOWN, REGISTERED]) {
    if (source < limit !== destination < limit) return destination < limit ? 'forward' : 'reverse';
  }
  return 'unknown';
}
