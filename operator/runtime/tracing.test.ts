import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startSink } from '../../test/otlp/sink.ts';
import { ApiServer } from './api-server.fixture.ts';
import { from, runController } from './controller.ts';
import { clientOf, keptLog, METRICS, PARENTS, type Thing, thing } from './harness.fixture.ts';
import { keyOf, refOf } from './resource.ts';
import { Store } from './store.ts';
import { startTracing } from './tracing.ts';
import { settle, VirtualClock } from './virtual-clock.fixture.ts';

suite('tracing', () => {
  test('is off when no endpoint is set', async () => {
    const { log, lines } = keptLog();
    await startTracing({ 'service.name': 'test' }, log).stop();
    assert.deepEqual(lines, []);
  });

  test('sends a trace for each reconcile, with a span for each call', async () => {
    const sink = await startSink({ protocol: 'grpc' });
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = sink.endpoint;
    process.env.OTEL_RESOURCE_ATTRIBUTES = 'k8s.pod.name=operator-1';
    const { log, lines } = keptLog();
    const tracing = startTracing({ 'service.name': 'test', 'service.version': '1' }, log);

    const clock = new VirtualClock();
    const server = new ApiServer(clock);
    server.edit(PARENTS, thing('a', 1));
    const client = clientOf(server.handle);
    const store = new Store<Thing>((object) => object, log);
    store.replace(server.objects(PARENTS), String(server.version));
    const stop = new AbortController();
    const running = runController(
      {
        name: 'parent',
        sources: [from(store, ({ metadata }) => [keyOf(metadata)])],
        reconcile: async (key, signal) => {
          await client.find(PARENTS, refOf(key), signal);
          log.info('looked');
          await client.delete(PARENTS, { namespace: 'default', name: 'missing' }, signal);
          return 'done';
        },
        metrics: METRICS,
        log,
        clock,
      },
      stop.signal,
    );
    await settle();
    stop.abort();
    await running;
    await tracing.stop();

    const [reconcile] = sink.spans().filter(({ name }) => name === 'reconcile parent');
    const calls = sink.spans().filter(({ kind }) => kind === 'CLIENT');
    assert.equal(reconcile.parentSpanId, '');
    assert.deepEqual(reconcile.attributes, { 'k8s.object.key': 'default/a' });
    assert.equal(reconcile.status.code, 'ERROR');
    assert.equal(reconcile.resource['service.name'], 'test');
    assert.equal(reconcile.resource['k8s.pod.name'], 'operator-1');
    const route = '/apis/test.example/v1/namespaces/{namespace}/parents/{name}';
    assert.deepEqual(
      calls.map(({ name, parentSpanId, attributes, status }) => [
        name,
        parentSpanId === reconcile.spanId,
        attributes['http.response.status_code'],
        attributes['error.type'],
        status.code,
      ]),
      [
        [`GET ${route}`, true, 200n, undefined, 'UNSET'],
        [`DELETE ${route}`, true, 404n, 'NotFound', 'ERROR'],
      ],
    );
    const looked = JSON.parse(lines.find((line) => line.includes('looked')) ?? '{}');
    assert.equal(looked.trace_id, reconcile.traceId);
    assert.equal(looked.span_id, reconcile.spanId);
    await sink.close();
  });
});
