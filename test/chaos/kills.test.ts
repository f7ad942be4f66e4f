/**
 * A durable spool through many kills: what was acknowledged to it arrives. `KILLS` and `FLOWS` make it longer:
 * 20 and 10,000,000 take half an hour.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCollector } from '../e2e/collector.ts';
import { openExporter } from '../e2e/exporter.ts';
import { distinct, flowSpans } from '../e2e/spans.ts';
import { buildTraffic } from '../generator/traffic.ts';
import { startSink } from '../otlp/sink.ts';

const KILLS = Number(process.env.KILLS ?? 4);
const FLOWS = Number(process.env.FLOWS ?? 24_000);
const RECORDS = 30;
/** Packets between two looks at the books. */
const PACKETS = 100;

test(`${FLOWS} flows, ${KILLS} times SIGKILL`, async (t) => {
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const folder = mkdtempSync(join(tmpdir(), 'kills-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'collector.yaml');
  const queue = `{ disk: 4Gi, durable: true, directory: "${join(folder, 'spool')}" }`;
  writeFileSync(file, `otlp: { endpoint: "${sink.endpoint}", queue: ${queue}, batch: { maxAge: 50ms } }`);
  const start = () => startCollector(t, { args: ['--config', file, '--workers', '2'] });
  const traffic = buildTraffic({ version: 5, exporters: 1, packets: PACKETS, records: RECORDS, now: Date.now() });
  const packets = traffic.map(({ bytes }) => bytes);

  let [sent, inMemory, lost] = [0, 0, 0];
  for (let run = 0; run <= KILLS; run++) {
    const collector = await start();
    const exporter = await openExporter(t, collector);
    // Every second run finds the backend away.
    if (run < KILLS && run % 2 === 1) sink.answer({ kind: 'refuse', code: 14 });
    else sink.answer({ kind: 'accept' });
    for (const share = (FLOWS * (run + 1)) / (KILLS + 1); sent < share; sent += PACKETS * RECORDS) {
      await exporter.deliver(packets);
    }
    if (run === KILLS) {
      const left = () =>
        collector.until(({ ledger }) => ledger.flowsInFlight + ledger.flowsSpooled === 0 && ledger.imbalance === 0);
      await left();
      await sleep(1_500);
      const { ledger } = await left();
      lost += Object.values(ledger.flowsDropped).reduce((sum, flows) => sum + flows, 0);
    } else {
      // In the middle of it: what is not acknowledged yet is all that may be lost.
      const { ledger } = await collector.status();
      inMemory += ledger.flowsInFlight;
      lost += Object.values(ledger.flowsDropped).reduce((sum, flows) => sum + flows, 0);
      await collector.stop('SIGKILL');
    }
  }
  const arrived = new Set(flowSpans(sink.spans()).map(({ spanId }) => spanId)).size;
  const twice = sink.spans().length - distinct(sink.spans());
  t.diagnostic(`${sent} sent, ${arrived} arrived, ${inMemory} were in memory at the kills, ${twice} spans twice`);
  assert.equal(lost, 0, 'nothing was dropped');
  assert.ok(sent - arrived <= inMemory, `${sent - arrived} flows are missing`);
});
