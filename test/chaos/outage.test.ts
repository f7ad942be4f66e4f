/**
 * An outage that fits the spool costs nothing, and exports begin within two seconds of its end. Retries are as by
 * default. `OUTAGE_SECONDS` and `OUTAGE_RATE` (flows a second) make it longer, and `OUTAGE_MEMORY` is the queue's: `npm
 * run test:chaos` has five minutes at 12,000, the flows of an hour at 1,000, with the memory of the default.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCollector, waitFor } from '../e2e/collector.ts';
import { openExporter } from '../e2e/exporter.ts';
import { createFlows, droppedOf, emptied } from './flows.ts';
import { startTally } from './tally.ts';

const SECONDS = Number(process.env.OUTAGE_SECONDS ?? 5);
const RATE = Number(process.env.OUTAGE_RATE ?? 6_000);
const MEMORY = process.env.OUTAGE_MEMORY ?? '4Mi';
const BEFORE_SECONDS = 1;
const TICK_MS = 200;

test(`an outage of ${SECONDS} s at ${RATE} flows a second`, { timeout: 2 * 3_600_000 }, async (t) => {
  const flows = createFlows();
  const tally = await startTally({ protocol: 'grpc' }, 2 * RATE * (BEFORE_SECONDS + SECONDS));
  t.after(() => tally.close());
  const folder = mkdtempSync(join(tmpdir(), 'outage-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [file, spool] = [join(folder, 'collector.yaml'), join(folder, 'spool')];
  const queue = `{ memory: ${MEMORY}, disk: 4Gi, directory: "${spool}" }`;
  writeFileSync(
    file,
    `otlp: { endpoint: "http://127.0.0.1:${tally.port}", queue: ${queue}, batch: { maxSize: 256Ki } }`,
  );
  const collector = await startCollector(t, { args: ['--config', file, '--workers', '2'] });
  const exporter = await openExporter(t, collector);

  async function sendFor(seconds: number): Promise<void> {
    const start = performance.now();
    for (let tick = 1; tick * TICK_MS <= seconds * 1_000; tick++) {
      await exporter.deliver(flows.make(Math.round((RATE * TICK_MS) / 1_000 / flows.perPacket)));
      await sleep(Math.max(0, start + tick * TICK_MS - performance.now()));
    }
  }

  await sendFor(BEFORE_SECONDS);
  tally.answer({ kind: 'refuse', code: 14, message: 'starting' });
  await sendFor(SECONDS);
  const { ledger } = await collector.until(({ ledger }) => ledger.imbalance === 0);
  const before = tally.requests;
  const end = performance.now();
  tally.answer({ kind: 'accept' });
  await waitFor(() => tally.requests > before, 'exports begin');
  const recovered = performance.now() - end;
  const status = await emptied(collector, spool);
  const drained = performance.now() - end;
  t.diagnostic(
    `${flows.next - 1} sent, ${tally.arrived()} arrived, ${tally.repeats} again; at the end of the outage ${ledger.flowsSpooled} on disk ` +
      `in ${ledger.spoolBytes} bytes, ${ledger.flowsInFlight} in memory; exports after ${Math.round(recovered)} ms, all after ${Math.round(drained)} ms`,
  );
  assert.ok(ledger.flowsSpooled > 0);
  assert.ok(recovered < 2_000, `${recovered} ms`);
  assert.deepEqual([tally.arrived(), tally.repeats, droppedOf(status)], [flows.next - 1, 0, 0]);
});
