/** A backend that is away, slow or unwilling for a while costs nothing that fits into the queue. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildTraffic } from '../generator/traffic.ts';
import { startSink } from '../otlp/sink.ts';
import { startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';
import { assertAllExported, distinct, flowSpans } from './spans.ts';

const RECORDS = 20;
const PACKETS = 300;

function packets(seed: number): Buffer[] {
  const traffic = buildTraffic({
    version: 10,
    exporters: 1,
    packets: PACKETS,
    records: RECORDS,
    now: Date.now(),
    seed,
  });
  return traffic.map(({ bytes }) => bytes);
}

for (const protocol of ['grpc', 'http/protobuf'] as const) {
  test(`${protocol}: down, then up`, async (t) => {
    const before = await startSink({ protocol });
    const args = ['--otlp-endpoint', before.endpoint, '--otlp-protocol', protocol];
    const collector = await startCollector(t, { args });
    const exporter = await openExporter(t, collector);
    await exporter.deliver(packets(1));
    await assertAllExported(collector, PACKETS * RECORDS);

    await before.close();
    await exporter.deliver(packets(2));
    await collector.until(({ ledger }) => ledger.exportFailures > 0 && ledger.queueBatches > 0);
    const after = await startSink({ protocol, port: before.port });
    t.after(() => after.close());

    await assertAllExported(collector, 2 * PACKETS * RECORDS);
    assert.equal(await collector.stop(), 0);
    for (const { spans } of [before, after]) {
      assert.equal(flowSpans(spans()).length, PACKETS * RECORDS);
      assert.equal(distinct(spans()), spans().length);
    }
  });
}

test('refused for a while, as overloaded backends do', async (t) => {
  const sink = await startSink({ protocol: 'http/protobuf' });
  t.after(() => sink.close());
  sink.answer({ kind: 'refuse', code: 503 });
  const args = ['--otlp-endpoint', sink.endpoint, '--otlp-protocol', 'http/protobuf'];
  const collector = await startCollector(t, { args });
  const exporter = await openExporter(t, collector);
  await exporter.deliver(packets(1));
  await collector.until(({ ledger }) => ledger.exportRetries > 0);
  sink.answer({ kind: 'accept' });
  await assertAllExported(collector, PACKETS * RECORDS);
  assert.equal(flowSpans(sink.spans()).length, PACKETS * RECORDS);
});
