/** What is on disk survives the collector, and is sent by the next one, once. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildTraffic } from '../generator/traffic.ts';
import { type Sink, startSink } from '../otlp/sink.ts';
import { type Collector, startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';
import { distinct, flowSpans } from './spans.ts';

const RECORDS = 30;
const MEMORY = 4 * 2 ** 20;
const DOWN = { kind: 'refuse', code: 14, message: 'starting' } as const;

/** A backend, a folder, and collectors that are started with them. */
async function setUp(t: TestContext, queue: string) {
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const folder = mkdtempSync(join(tmpdir(), 'spool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const directory = join(folder, 'spool');
  const file = join(folder, 'collector.yaml');
  writeFileSync(
    file,
    `otlp: { endpoint: "${sink.endpoint}", queue: { directory: "${directory}", ${queue} }, batch: { maxAge: 50ms } }`,
  );
  const start = () => startCollector(t, { args: ['--config', file, '--workers', '2'] });
  return { sink, directory, start };
}

async function deliver(t: TestContext, collector: Collector, packets: number, seed: number): Promise<number> {
  const exporter = await openExporter(t, collector);
  const traffic = buildTraffic({ version: 5, exporters: 1, packets, records: RECORDS, now: Date.now(), seed });
  await exporter.deliver(traffic.map(({ bytes }) => bytes));
  return packets * RECORDS;
}

/** Asserts that each flow has arrived, and once. */
async function assertArrived(
  sink: Sink,
  collector: Collector,
  flows: number,
  adopted: number,
  dropped = 0,
): Promise<void> {
  await sink.until(() => flowSpans(sink.spans()).length >= flows, 30_000);
  const { ledger } = await collector.until(
    ({ ledger }) => ledger.flowsSpooled === 0 && ledger.flowsInFlight === 0 && ledger.imbalance === 0,
  );
  assert.deepEqual([ledger.flowsAdopted, ledger.flowsExported + dropped], [adopted, ledger.flows + adopted]);
  assert.equal(distinct(sink.spans()), sink.spans().length);
  assert.equal(flowSpans(sink.spans()).length, flows);
}

test('SIGKILL: what was written, the next collector sends', async (t) => {
  const { sink, directory, start } = await setUp(t, 'disk: 64Mi, durable: true');
  sink.answer(DOWN);
  const first = await start();
  const flows = await deliver(t, first, 300, 1);
  await first.until(({ ledger }) => ledger.flowsSpooled === flows && ledger.imbalance === 0);
  await first.stop('SIGKILL');

  sink.answer({ kind: 'accept' });
  const second = await start();
  const more = await deliver(t, second, 100, 2);
  await assertArrived(sink, second, flows + more, flows);
  assert.equal(await second.stop(), 0);
  assert.deepEqual(readdirSync(directory), []);
});

test('a collector that is told to end while the backend is away leaves all on disk', async (t) => {
  const { sink, start } = await setUp(t, 'disk: 64Mi');
  sink.answer(DOWN);
  const first = await start();
  const flows = await deliver(t, first, 300, 1);
  assert.equal(await first.stop(), 0);
  const stopped = first.log.find(({ message }) => message === 'stopped');
  assert.deepEqual([stopped?.flowsSpooled, stopped?.flowsDropped], [flows, 0]);

  sink.answer({ kind: 'accept' });
  const second = await start();
  await assertArrived(sink, second, flows, flows);
});

test('of two that share a folder, one takes over what the other leaves', async (t) => {
  const { sink, start } = await setUp(t, 'disk: 64Mi');
  sink.answer(DOWN);
  const [first, second] = [await start(), await start()];
  const flows = (await deliver(t, first, 200, 1)) + (await deliver(t, second, 200, 2));
  assert.equal(await first.stop(), 0);
  sink.answer({ kind: 'accept' });
  await assertArrived(sink, second, flows, flows / 2);
});

test('memory that overflows goes to disk, and comes back', async (t) => {
  const { sink, start } = await setUp(t, `memory: ${MEMORY}, disk: 64Mi`);
  sink.answer(DOWN);
  const collector = await start();
  let flows = 0;
  for (let round = 0; round < 10; round++) {
    flows += await deliver(t, collector, 80, round);
    await sleep(200);
  }
  const { ledger } = await collector.until(({ ledger }) => ledger.flowsSpooled > 0 && ledger.imbalance === 0);
  // So little memory may overflow faster than it is written; the books say so.
  const dropped = ledger.flowsDropped.queue_full;
  assert.ok(dropped < flows / 2);
  const before = performance.now();
  sink.answer({ kind: 'accept' });
  await sink.until(() => sink.spans().length > 0);
  assert.ok(performance.now() - before < 2_000);
  await assertArrived(sink, collector, flows - dropped, 0, dropped);
});
