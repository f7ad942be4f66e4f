import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as HttpExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import { normalize } from './normalize.ts';
import { type SinkOptions, startSink } from './sink.ts';

const exporters: {
  protocol: SinkOptions['protocol'];
  create(endpoint: string, compression: CompressionAlgorithm): SpanExporter;
}[] = [
  {
    protocol: 'grpc',
    create: (url, compression) => new GrpcExporter({ url, compression, timeoutMillis: 2_000 }),
  },
  {
    protocol: 'http/protobuf',
    create: (url, compression) => new HttpExporter({ url: `${url}/v1/traces`, compression, timeoutMillis: 2_000 }),
  },
];

for (const { protocol, create } of exporters) {
  describe(`a sink for ${protocol}`, () => {
    for (const compression of [CompressionAlgorithm.NONE, CompressionAlgorithm.GZIP]) {
      test(`keeps what the official exporter sends, compression ${compression}`, async (t) => {
        const sink = await startSink({ protocol });
        t.after(() => sink.close());
        const exporter = create(sink.endpoint, compression);
        t.after(() => exporter.shutdown());
        const provider = new BasicTracerProvider({
          resource: resourceFromAttributes({ 'service.name': 'test' }),
          spanProcessors: [new SimpleSpanProcessor(exporter)],
        });
        const attributes = { text: 'ü', int: -5, double: 0.5, yes: true, list: [1, 2] };
        const span = provider
          .getTracer('scope', '1')
          .startSpan('root', { kind: SpanKind.CONSUMER, attributes, startTime: 1 });
        span.setStatus({ code: 2, message: 'bad' }).end(2);
        await sink.until(({ spans }) => spans().length === 1);

        const [received] = sink.spans();
        assert.deepEqual(received.resource['service.name'], 'test');
        assert.deepEqual(received.scope, { name: 'scope', version: '1' });
        assert.deepEqual(normalize([received]), [
          {
            name: 'root',
            kind: 'CONSUMER',
            startTimeUnixNano: received.startTimeUnixNano,
            endTimeUnixNano: received.endTimeUnixNano,
            status: { code: 'ERROR', message: 'bad' },
            sampled: true,
            traceState: '',
            attributes: { double: 0.5, int: -5n, list: [1n, 2n], text: 'ü', yes: true },
            children: [],
          },
        ]);
      });
    }

    test('is free to take its port again once closed', async (t) => {
      const first = await startSink({ protocol });
      const socket = connect(first.port, '127.0.0.1');
      t.after(() => socket.destroy());
      await once(socket, 'connect');
      await first.close();
      await (await startSink({ protocol, port: first.port })).close();
    });
  });
}

test('the HTTP sink refuses as told', async (t) => {
  const sink = await startSink({ protocol: 'http/protobuf' });
  t.after(() => sink.close());
  const post = () =>
    fetch(`${sink.endpoint}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'x-tenant': 'a' },
      body: new Uint8Array(),
    });
  sink.answer({ kind: 'refuse', code: 503, retryAfterSeconds: 7 });
  const refused = await post();
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '7');
  sink.answer({ kind: 'partial', rejectedSpans: 3, message: 'no' });
  assert.deepEqual(Buffer.from(await (await post()).arrayBuffer()), Buffer.from('0a06080312026e6f', 'hex'));
  assert.deepEqual(
    sink.requests().map(({ headers }) => headers['x-tenant']),
    ['a', 'a'],
  );
});

test('the gRPC sink refuses as told, with RetryInfo', async (t) => {
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  sink.answer({ kind: 'refuse', code: grpc.status.RESOURCE_EXHAUSTED, message: 'slow down', retryAfterSeconds: 1.5 });
  const client = new grpc.Client(`127.0.0.1:${sink.port}`, grpc.credentials.createInsecure());
  t.after(() => client.close());
  const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  const same = (bytes: Buffer) => bytes;
  const error = await new Promise<grpc.ServiceError | null>((resolve) => {
    client.makeUnaryRequest(path, same, same, Buffer.alloc(0), resolve);
  });
  assert.equal(error?.code, grpc.status.RESOURCE_EXHAUSTED);
  assert.equal(error.details, 'slow down');
  const details = error.metadata.get('grpc-status-details-bin')[0] as Buffer;
  assert.ok(details.includes('type.googleapis.com/google.rpc.RetryInfo'));
  assert.ok(details.includes(Buffer.from('08011080cab5ee01', 'hex')));
});
