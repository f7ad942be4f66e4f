import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { context, diag, propagation, trace } from '@opentelemetry/api';
import type { Log } from '../../crds/common/log.ts';
import { startSink } from '../../test/otlp/sink.ts';
import { ApiServer } from './api-server.fixture.ts';
import { createClient } from './client.ts';
import { from, runController } from './controller.ts';
import { inMemory } from './fault-server.fixture.ts';
import { clientOf, keptLog, MANAGER, METRICS, PARENTS, type Thing, thing } from './harness.fixture.ts';
import { keyOf, refOf } from './resource.ts';
import type { TraceProtocol } from './span-export.ts';
import { Store } from './store.ts';
import { startTracing } from './tracing.ts';
import { settle, VirtualClock } from './virtual-clock.fixture.ts';

suite('tracing', () => {
  test('is off without a protocol', async () => {
    const { log, lines } = keptLog();
    const tracing = await startTracing({ 'service.name': 'test' }, undefined, log);
    assert.equal(trace.getTracer('test').startSpan('a').isRecording(), false);
    await tracing.stop();
    assert.deepEqual(lines, []);
  });

  test('sends over HTTP too', async (t) => {
    const sink = await startSink({ protocol: 'http/protobuf' });
    t.after(() => sink.close());
    const { log, lines } = keptLog();
    const tracing = await startFor(t, sink.endpoint, 'http/protobuf', log);
    trace.getTracer('test').startSpan('a').end();
    await tracing.stop();
    assert.deepEqual(lines, []);
    assert.deepEqual(
      sink.spans().map(({ name, resource }) => [name, resource['service.name']]),
      [['a', 'test']],
    );
  });

  test('leaves out calls of a client that is not traced', async (t) => {
    const sink = await startSink({ protocol: 'grpc' });
    t.after(() => sink.close());
    const { log } = keptLog();
    const tracing = await startFor(t, sink.endpoint, 'grpc', log);
    const server = new ApiServer(new VirtualClock());
    const headers: string[] = [];
    const transport = inMemory((call) => {
      headers.push(...Object.keys(call.headers));
      return server.handle(call);
    });
    for (const traced of [false, true]) {
      const client = createClient({ transport, fieldManager: MANAGER, metrics: METRICS, traced });
      await client.find(PARENTS, { namespace: 'default', name: `traced-${traced}` }, new AbortController().signal);
      assert.equal(headers.includes('traceparent'), traced);
    }
    await tracing.stop();
    assert.deepEqual(
      sink.spans().map(({ attributes }) => String(attributes['url.path']).split('/').at(-1)),
      ['traced-true'],
    );
  });

  test('sends a trace for each reconcile, with a span for each call', async (t) => {
    const sink = await startSink({ protocol: 'grpc' });
    const { log, lines } = keptLog();
    const tracing = await startFor(t, sink.endpoint, 'grpc', log);

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

/** The API takes one provider for each process: after the test, another may come. */
async function startFor(t: TestContext, endpoint: string, protocol: TraceProtocol, log: Log) {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
  process.env.OTEL_RESOURCE_ATTRIBUTES = 'k8s.pod.name=operator-1';
  t.after(() => {
    for (const part of [trace, context, propagation, diag]) part.disable();
    delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
    delete process.env.OTEL_RESOURCE_ATTRIBUTES;
  });
  return startTracing({ 'service.name': 'test', 'service.version': '1' }, protocol, log);
}
