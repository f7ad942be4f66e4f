/** A collector told to end reads what was sent to it before and exports it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildTraffic } from '../generator/traffic.ts';
import { startSink } from '../otlp/sink.ts';
import { startCollector } from './collector.ts';
import { fitting, openExporter } from './exporter.ts';
import { distinct, flowSpans, rootSpans } from './spans.ts';

const RECORDS = 24;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} under load loses nothing`, async (t) => {
    const sink = await startSink({ protocol: 'grpc' });
    t.after(() => sink.close());
    const collector = await startCollector(t, { args: ['--otlp-endpoint', sink.endpoint, '--workers', '2'] });
    const exporter = await openExporter(t, collector);
    const traffic = buildTraffic({ version: 5, exporters: 1, packets: 5_000, records: RECORDS, now: Date.now() });
    const packets = traffic.map(({ bytes }) => bytes);

    const load = packets.slice(0, 2_000);
    await exporter.deliver(load);
    // What follows is in the socket when the signal comes, as far as the collector has not read it yet.
    const [last] = fitting(packets.slice(load.length), collector.listeners[0].receiveBuffer);
    await exporter.burst(last);
    assert.equal(await collector.stop(signal), 0);

    const spans = sink.spans();
    const sent = load.length + last.length;
    const sequences = new Set(rootSpans(spans).map(({ attributes }) => attributes['netflow.sequence']));
    assert.equal(sequences.size, sent);
    assert.equal(flowSpans(spans).length, sent * RECORDS);
    assert.equal(distinct(spans), spans.length);
    const stopped = collector.log.find(({ message }) => message === 'stopped');
    assert.deepEqual(
      {
        packets: stopped?.packets,
        flows: stopped?.flows,
        exported: stopped?.flowsExported,
        dropped: stopped?.flowsDropped,
      },
      { packets: sent, flows: sent * RECORDS, exported: sent * RECORDS, dropped: 0 },
    );
  });
}

test('a second signal ends it at once, though the backend does not answer', async (t) => {
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  sink.answer({ kind: 'hang' });
  const collector = await startCollector(t, { args: ['--otlp-endpoint', sink.endpoint] });
  const exporter = await openExporter(t, collector);
  await exporter.deliver(buildTraffic({ version: 5, exporters: 1, packets: 1, now: Date.now() }).map((p) => p.bytes));
  const ended = collector.stop();
  await collector.logged('stopping');
  assert.equal(await collector.stop(), 1);
  assert.equal(await ended, 1);
});
