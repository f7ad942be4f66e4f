/** A worker that ends by a fault takes nothing with it but what it held itself. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildTraffic } from '../generator/traffic.ts';
import { startSink } from '../otlp/sink.ts';
import { startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';
import { distinct, flowSpans } from './spans.ts';
import { evaluateInWorker, INSPECTED } from './worker-inspector.ts';

const RECORDS = 10;
/** The kernel chooses a worker by the source port: among so many, each worker gets some. */
const EXPORTERS = 32;

const FAULTS = {
  'an exception': { expression: "setTimeout(() => { throw new Error('a fault') })", told: /a fault\n +at / },
  'an exit': { expression: 'setTimeout(() => process.exit(7))', told: /exit code 7$/ },
};

for (const [fault, { expression, told }] of Object.entries(FAULTS)) {
  test(`a worker ends by ${fault}: what the other holds is sent, state is written, the exit code is 1`, async (t) => {
    const sink = await startSink({ protocol: 'grpc' });
    t.after(() => sink.close());
    const folder = mkdtempSync(join(tmpdir(), 'crash-'));
    t.after(() => rmSync(folder, { recursive: true }));
    // Nothing is sent before the end: batches are neither old nor full.
    const config = join(folder, 'collector.yaml');
    writeFileSync(config, `otlp: { endpoint: "${sink.endpoint}", batch: { maxAge: 1h } }`);
    const args = ['--config', config, '--state-dir', folder, '--workers', '2'];
    const collector = await startCollector(t, { args, env: INSPECTED });

    const traffic = buildTraffic({ version: 9, exporters: 1, packets: EXPORTERS, records: RECORDS, now: Date.now() });
    const [templates, ...data] = traffic.map(({ bytes }) => bytes);
    await (await openExporter(t, collector)).deliver([templates]);
    await collector.until(({ ledger }) => ledger.templates === 2 * ledger.templatesLearned);
    for (const packet of data) await (await openExporter(t, collector)).deliver([packet]);
    const flows = EXPORTERS * RECORDS;
    await collector.until(({ ledger }) => ledger.flowsInFlight === flows);
    assert.equal(sink.requests().length, 0);

    await evaluateInWorker(collector, 1, expression);
    assert.equal(await collector.ended(), 1);
    const exported = flowSpans(sink.spans()).length;
    assert.ok(exported > 0 && exported < flows, `${exported} of ${flows} flows were the other worker's`);
    assert.equal(distinct(sink.spans()), sink.spans().length);
    const stopped = collector.log.find(({ message }) => message === 'stopped');
    assert.deepEqual(
      { flows: stopped?.flows, exported: stopped?.flowsExported, dropped: stopped?.flowsDropped },
      { flows, exported, dropped: flows - exported },
    );
    assert.match(collector.log.find(({ code }) => code === 'E_WORKER')?.message ?? '', told);
    assert.ok(JSON.parse(readFileSync(join(folder, 'templates.json'), 'utf8')).templates.length > 0);
  });
}
