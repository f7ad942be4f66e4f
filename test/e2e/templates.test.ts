/** Templates: held data, a restart, another worker. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ipfixMessage } from '../generator/packet.ts';
import { buildTraffic, type Version } from '../generator/traffic.ts';
import { startSink } from '../otlp/sink.ts';
import { startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';
import { assertAllExported, flowSpans, rootSpans } from './spans.ts';

const RECORDS = 10;
const PACKETS = 50;

/** A packet of templates, and packets of data that need them. */
function traffic(version: Version): { templates: Buffer; data: Buffer[] } {
  const options = { version, exporters: 1, packets: PACKETS, records: RECORDS, now: Date.now() };
  const [templates, ...data] = buildTraffic(options).map(({ bytes }) => bytes);
  return { templates, data };
}

async function openSink(t: TestContext) {
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  return sink;
}

for (const version of [9, 10] as const) {
  test(`version ${version}: data before its template is held and joins the trace of its packet`, async (t) => {
    const sink = await openSink(t);
    const collector = await startCollector(t, { args: ['--otlp-endpoint', sink.endpoint, '--workers', '1'] });
    const exporter = await openExporter(t, collector);
    const { templates, data } = traffic(version);
    await exporter.deliver(data);
    const held = await collector.until(({ ledger }) => ledger.packetErrors.template_missing === PACKETS);
    assert.equal(held.ledger.flows, 0);
    await exporter.deliver([templates]);
    await assertAllExported(collector, PACKETS * RECORDS);

    const spans = sink.spans();
    const roots = new Map(rootSpans(spans).map((root) => [root.spanId, root]));
    for (const flow of flowSpans(spans)) {
      const root = roots.get(flow.parentSpanId);
      assert.equal(root?.traceId, flow.traceId);
      assert.equal(root?.attributes['netflow.templates.missing'], 1n);
    }
  });

  test(`version ${version}: a restart with --state-dir decodes from the first packet`, async (t) => {
    const sink = await openSink(t);
    const folder = mkdtempSync(join(tmpdir(), 'state-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const args = ['--otlp-endpoint', sink.endpoint, '--state-dir', folder, '--workers', '2'];
    const { templates, data } = traffic(version);
    const first = await startCollector(t, { args });
    await (await openExporter(t, first)).deliver([templates]);
    assert.equal(await first.stop(), 0);

    const second = await startCollector(t, { args });
    await (await openExporter(t, second)).deliver(data);
    const status = await assertAllExported(second, PACKETS * RECORDS);
    assert.equal(status.ledger.packetErrors.template_missing, 0);
  });
}

test('a restart with --state-dir knows when the exporter was started', async (t) => {
  const sink = await openSink(t);
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const args = ['--otlp-endpoint', sink.endpoint, '--state-dir', folder, '--workers', '2'];
  const domain = 7;
  const started = Math.floor(Date.now() / 1_000 - 3_600) * 1_000;
  const message = (sequence: number, ...sets: Buffer[]) =>
    ipfixMessage({ exportTime: Math.floor(Date.now() / 1_000), sequence, domain }, sets);
  // observationDomainId, systemInitTimeMilliseconds; flowStartSysUpTime.
  const optionsTemplate = Buffer.from('000300120101000200010095000400a00008', 'hex');
  const flowTemplate = Buffer.from('0002000c0100000100160004', 'hex');
  const options = Buffer.alloc(16);
  options.writeUInt16BE(257, 0);
  options.writeUInt16BE(options.length, 2);
  options.writeUInt32BE(domain, 4);
  options.writeBigUInt64BE(BigInt(started), 8);
  const flow = Buffer.from('01000008000003e8', 'hex');

  const first = await startCollector(t, { args });
  await (await openExporter(t, first)).deliver([message(0, optionsTemplate, flowTemplate, options)]);
  assert.equal(await first.stop(), 0);

  const second = await startCollector(t, { args });
  await (await openExporter(t, second)).deliver([message(1, flow)]);
  await assertAllExported(second, 1);
  const [span] = flowSpans(sink.spans());
  assert.equal(span.startTimeUnixNano, BigInt(started + 1_000) * 1_000_000n);
});

test('a template learned by one worker decodes at every other', async (t) => {
  const sink = await openSink(t);
  const workers = 4;
  const collector = await startCollector(t, { args: ['--otlp-endpoint', sink.endpoint, '--workers', `${workers}`] });
  const { templates, data } = traffic(10);
  await (await openExporter(t, collector)).deliver([templates]);
  await collector.until(({ ledger }) => ledger.templates === workers * 2);

  // The kernel chooses a worker by the source port, so some of these reach others than the templates did.
  const exporters = await Promise.all(Array.from({ length: 16 }, () => openExporter(t, collector)));
  for (const exporter of exporters) await exporter.deliver(data);
  const flows = exporters.length * PACKETS * RECORDS;
  const status = await assertAllExported(collector, flows);
  assert.equal(status.ledger.packetErrors.template_missing, 0);
  assert.equal(flowSpans(sink.spans()).length, flows);
});
