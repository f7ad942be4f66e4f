/**
 * A collector with a spool, its backend, and faults drawn from a seed: the backend refuses in every way, hangs, resets and
 * goes away; the collector is told to end, or killed. At the end each flow that was sent has arrived, or was dropped for a
 * reason that the books name; what was killed with its memory is no more than was there.
 *
 * `CHAOS_SECONDS` and `CHAOS_SEED` let it go on for longer, or again: `npm run test:chaos`.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pick, seeded } from '../../crds/common/random.ts';
import { type Collector, type Status, startCollector } from '../e2e/collector.ts';
import { openExporter } from '../e2e/exporter.ts';
import { distinct, flowSpans } from '../e2e/spans.ts';
import { buildTraffic } from '../generator/traffic.ts';
import { startChaosBackend } from './backend.ts';

const SECONDS = Number(process.env.CHAOS_SECONDS ?? 8);
const SEED = Number(process.env.CHAOS_SEED ?? 1);
const RECORDS = 30;
const PACKETS = 40;
/** Ends of the collector: each second one is drawn. */
const ENDS = ['none', 'none', 'none', 'none', 'none', 'none', 'SIGTERM', 'SIGKILL'] as const;

const droppedOf = ({ ledger }: Status): number =>
  Object.values(ledger.flowsDropped).reduce((sum, flows) => sum + flows, 0);

async function chaos(t: TestContext, protocol: 'grpc' | 'http/protobuf', durable: boolean): Promise<void> {
  const random = seeded(SEED + (durable ? 1_000 : 0) + (protocol === 'grpc' ? 0 : 2_000));
  const backend = await startChaosBackend(protocol, random);
  t.after(() => backend.close());
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'collector.yaml');
  writeFileSync(
    file,
    `otlp:
  endpoint: "${backend.endpoint}"
  protocol: ${protocol}
  timeout: 1s
  retry: { initialInterval: 50ms, maxInterval: 500ms }
  batch: { maxAge: 50ms, maxSize: 200Ki }
  queue: { memory: 4Mi, disk: 64Mi, durable: ${durable}, directory: "${join(folder, 'spool')}" }
shutdownGrace: 2s
`,
  );
  const start = () => startCollector(t, { args: ['--config', file, '--workers', '2'] });

  let collector: Collector = await start();
  let exporter = await openExporter(t, collector);
  let [sent, dropped, atRisk, ends] = [0, 0, 0, 0];
  const story: string[] = [];
  const deadline = performance.now() + SECONDS * 1_000;
  for (let round = 0; performance.now() < deadline; round++) {
    story.push(await backend.turn());
    const traffic = buildTraffic({
      version: 5,
      exporters: 1,
      packets: PACKETS,
      records: RECORDS,
      now: Date.now(),
      seed: round,
    });
    await exporter.deliver(traffic.map(({ bytes }) => bytes));
    sent += PACKETS * RECORDS;
    await sleep(300 + 900 * random());

    const end = pick(random, ENDS);
    if (end === 'none') continue;
    story.push(end);
    ends++;
    // Its books are read before it is killed; a drop that comes after that is one of those at risk.
    const last = await collector.until(({ ledger }) => ledger.imbalance === 0);
    await collector.stop(end);
    if (end === 'SIGTERM') {
      dropped += Number(collector.log.find(({ message }) => message === 'stopped')?.flowsDropped);
    } else {
      dropped += droppedOf(last);
      atRisk += last.ledger.flowsInFlight + last.ledger.flowsSpooled * (refuses(story) ? 1 : 0);
    }
    collector = await start();
    exporter = await openExporter(t, collector);
  }
  await backend.recover();
  const isEmpty = ({ ledger }: Status) =>
    ledger.flowsInFlight === 0 && ledger.flowsSpooled === 0 && ledger.imbalance === 0;
  await collector.until(isEmpty);
  // What the last one left may not be taken over yet.
  await sleep(1_500);
  const last = await collector.until(isEmpty);
  dropped += droppedOf(last);

  const spans = backend.spans();
  const flows = new Set(flowSpans(spans).map(({ traceId, spanId }) => `${traceId} ${spanId}`)).size;
  t.diagnostic(
    `seed ${SEED}: ${sent} flows sent, ${flows} arrived, ${spans.length - distinct(spans)} spans twice, ${dropped} dropped, ` +
      `${ends} ends, at risk ${atRisk}: ${story.join(', ')}`,
  );
  // Flows of a partial success count as rejected though this backend keeps them.
  const accounted = flows + dropped;
  const slack = backend.rejected() + (spans.length - distinct(spans));
  assert.ok(accounted >= sent - atRisk, `${sent - accounted} flows are missing`);
  assert.ok(accounted <= sent + slack + atRisk, `${accounted - sent} flows too many`);
}

/** Whether the backend refuses for good at the moment: then flows may be dropped just before the end. */
function refuses(story: readonly string[]): boolean {
  return !['none', 'nobody listens', 'no answer', 'RetryInfo', 'Retry-After'].includes(story.at(-2) ?? '');
}

for (const protocol of ['grpc', 'http/protobuf'] as const) {
  for (const durable of [false, true]) {
    test(`${protocol}, ${durable ? 'durable' : 'memory first'}`, (t) => chaos(t, protocol, durable));
  }
}
