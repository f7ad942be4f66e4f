/**
 * A collector with a spool through many kills, each second one while the backend is away, half of them with `durable`:
 * what was acknowledged to the spool arrives, and what a kill costs was in memory, within its bound. `KILLS` and
 * `FLOWS` make it longer: `npm run test:chaos` has 20 and 10,000,000.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCollector } from '../e2e/collector.ts';
import { openExporter } from '../e2e/exporter.ts';
import { seeded } from '../random.ts';
import { createFlows, droppedOf, emptied } from './flows.ts';
import { startTally } from './tally.ts';

const KILLS = Number(process.env.KILLS ?? 4);
const FLOWS = Number(process.env.FLOWS ?? 60_000);
const SEED = Number(process.env.CHAOS_SEED ?? 1);
const WORKERS = 2;
const MEMORY = 16 * 2 ** 20;
/** Packets between two looks at the books. */
const PACKETS = 100;

test(`${FLOWS} flows, ${KILLS} times SIGKILL`, { timeout: 3_600_000 }, async (t) => {
  const random = seeded(SEED);
  const flows = createFlows();
  const tally = await startTally({ protocol: 'grpc' }, 2 * FLOWS);
  t.after(() => tally.close());
  const folder = mkdtempSync(join(tmpdir(), 'kills-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [file, spool] = [join(folder, 'collector.yaml'), join(folder, 'spool')];

  let [acknowledged, inMemory, mostInMemory, mostBytes, dropped, missing] = [0, 0, 0, 0, 0, 0];
  const killed: { from: number; to: number; safe: number }[] = [];
  for (let run = 0; run <= KILLS; run++) {
    const queue = `{ memory: ${MEMORY}, disk: 4Gi, durable: ${run % 4 < 2}, directory: "${spool}" }`;
    writeFileSync(file, `otlp: { endpoint: "http://127.0.0.1:${tally.port}", queue: ${queue} }`);
    tally.answer(run < KILLS && run % 2 === 1 ? { kind: 'refuse', code: 14 } : { kind: 'accept' });
    const collector = await startCollector(t, { args: ['--config', file, '--workers', String(WORKERS)] });
    const exporter = await openExporter(t, collector);
    const from = flows.next;
    // Not after equal shares, lest each kill finds the same.
    const share = ((run === KILLS ? 1 : run + 0.5 + 0.5 * random()) * FLOWS) / (run === KILLS ? 1 : KILLS + 1);
    while (flows.next < share) {
      await exporter.deliver(flows.make(PACKETS));
      // No faster than the disk takes it: what is dropped for want of room is another test's.
      await collector.until(({ ledger }) => ledger.queueBytes < 0.8 * MEMORY);
    }
    if (run === KILLS) {
      dropped += droppedOf(await emptied(collector, spool));
      break;
    }
    // In the middle of it: what is neither sent nor on disk is all that may be lost.
    const last = await collector.until(({ ledger }) => ledger.imbalance === 0);
    await collector.stop('SIGKILL');
    const { flowsInFlight, queueBytes } = last.ledger;
    dropped += droppedOf(last);
    inMemory += flowsInFlight;
    mostInMemory = Math.max(mostInMemory, flowsInFlight);
    mostBytes = Math.max(mostBytes, queueBytes);
    killed.push({ from, to: flows.next, safe: last.ledger.flows - flowsInFlight - droppedOf(last) });
  }

  for (const { from, to, safe } of killed) {
    const arrived = tally.arrived(from, to);
    acknowledged += safe;
    missing += Math.max(0, safe - arrived);
  }
  const sent = flows.next - 1;
  const arrived = tally.arrived();
  t.diagnostic(
    `${sent} sent, ${acknowledged} acknowledged before a kill, ${missing} of them missing; ${arrived} arrived, ${tally.repeats} again; ` +
      `lost ${sent - arrived - dropped} of ${inMemory} in memory at the kills (most at one: ${mostInMemory}, in the queue ${mostBytes} bytes ` +
      `of ${WORKERS * MEMORY} allowed); ${dropped} dropped`,
  );
  assert.equal(missing, 0, 'what was acknowledged arrived');
  assert.ok(sent - arrived <= inMemory + dropped, `${sent - arrived} flows are missing`);
  assert.ok(mostBytes <= WORKERS * MEMORY, `${mostBytes} bytes in memory`);
  assert.equal(dropped, 0, 'nothing was dropped');
});
