import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { createMetricSender } from './metric-sender.ts';
import { METRICS, startGrpcServer, startHttpServer } from './servers.fixture.ts';

/** Counts one thing, pushes it to `endpoint`, and shuts down. */
async function push(endpoint: string, protocol: 'grpc' | 'http/protobuf'): Promise<void> {
  const { otlp, metrics } = collectorConfig.parse({
    // For the backend of traces; it would fail if it were read.
    otlp: { headersFile: '/nowhere', retry: { initialInterval: '10ms', maxInterval: '20ms' } },
    metrics: { otlp: { protocol, headers: { 'x-key': 'v' } } },
  });
  const exporter = createMetricSender(
    { otlp, metrics: { otlp: { ...metrics.otlp, endpoint } } },
    createLog('error', () => {}),
  );
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  provider.getMeter('test').createCounter('netflow_test_total').add(1);
  await provider.forceFlush();
  await provider.shutdown();
}

test('metrics go over gRPC, and again when the backend was not ready', async (t) => {
  const requests: { path: string; key: unknown; request: Buffer }[] = [];
  const endpoint = await startGrpcServer(t, (call, callback) => {
    requests.push({ path: call.getPath(), key: call.metadata.get('x-key')[0], request: call.request });
    if (requests.length < 3) callback({ code: 14, details: 'starting' });
    else callback(null, Buffer.alloc(0));
  });
  await push(`http://${endpoint}`, 'grpc');
  assert.ok(requests.length >= 3);
  for (const { path, key, request } of requests) {
    assert.deepEqual([path, key], [METRICS, 'v']);
    assert.match(request.toString('latin1'), /netflow_test_total/);
  }
});

test('metrics go over HTTP', async (t) => {
  const urls: (string | undefined)[] = [];
  const endpoint = await startHttpServer(t, (request, response) => {
    urls.push(request.url);
    request.resume();
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await push(`http://${endpoint}`, 'http/protobuf');
  assert.equal(urls[0], '/v1/metrics');
});

for (const temporality of ['cumulative', 'delta'] as const) {
  test(`the sender prefers what is configured: ${temporality}`, async () => {
    const { otlp, metrics } = collectorConfig.parse({ metrics: { otlp: { temporality } } });
    const endpoint = 'http://127.0.0.1:1';
    const sender = createMetricSender(
      { otlp, metrics: { otlp: { ...metrics.otlp, endpoint } } },
      createLog('error', () => {}),
    );
    const preferred = sender.selectAggregationTemporality?.(InstrumentType.COUNTER);
    assert.equal(preferred, AggregationTemporality[temporality === 'delta' ? 'DELTA' : 'CUMULATIVE']);
    await sender.shutdown();
  });
}
