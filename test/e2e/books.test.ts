/**
 * A collector that is killed, again and again, under load: what was sent is exported, dropped or lost, by its books.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../../crds/account.ts';
import { buildTraffic, type Version } from '../generator/traffic.ts';
import { startSink } from '../otlp/sink.ts';
import { seeded } from '../random.ts';
import { type Collector, type Status, startCollector } from './collector.ts';
import { type Exporter, openExporter } from './exporter.ts';
import { flowSpans } from './spans.ts';

const RECORDS = 20;
const KILLS = 3;
/** Packets that are sent at once, now and then. */
const BURST = 20;
const BURST_MS = 20;

type Books = Account & { crashes: number };
const booksOf = (status: Status) => (status as Status & { books: Books }).books;

/** Packets of one exporter without end, whose sequence numbers are in order. */
function createPackets(version: Version) {
  const [...ring] = buildTraffic({ version, exporters: 1, packets: 200, records: RECORDS, now: Date.now() });
  const first = version === 5 ? [] : [ring.shift()!];
  let sequence = 0;
  let sent = 0;
  const numbered = ({ bytes, sequenceOffset, sequenceStep }: (typeof ring)[number]) => {
    bytes.writeUInt32BE(sequence >>> 0, sequenceOffset);
    sequence += sequenceStep;
    return bytes;
  };
  return {
    templates: first.map(numbered),
    next: (count: number) => Array.from({ length: count }, () => Buffer.from(numbered(ring[sent++ % ring.length]))),
    get sent() {
      return sent;
    },
  };
}

/** Runs collectors that share a state folder, kills each but the last under load, and tells what the books say then. */
async function killUnderLoad(t: TestContext, version: Version, spool: string) {
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const folder = mkdtempSync(join(tmpdir(), 'books-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'collector.yaml');
  writeFileSync(
    file,
    `otlp: { endpoint: "${sink.endpoint}", queue: { ${spool.replace('DIR', join(folder, 'spool'))} } }
templates: { stateDir: "${join(folder, 'state')}" }`,
  );
  const random = seeded(version);
  const packets = createPackets(version);
  const start = () => startCollector(t, { args: ['--config', file, '--workers', '2'] });
  let collector: Collector = await start();
  let exporter: Exporter = await openExporter(t, collector);
  await exporter.deliver([...packets.templates, ...packets.next(10)]);
  await collector.until((status) => booksOf(status) !== undefined);
  await sleep(1_500);
  for (let kill = 0; kill < KILLS; kill++) {
    if (spool) sink.answer(kill % 2 ? { kind: 'refuse', code: 14 } : { kind: 'accept' });
    const end = performance.now() + 500 + 1_500 * random();
    while (performance.now() < end) {
      await exporter.burst(packets.next(BURST));
      await sleep(BURST_MS);
    }
    await collector.stop('SIGKILL');
    packets.next(BURST * 3); // while none runs
    collector = await start();
    exporter = await openExporter(t, collector);
  }
  sink.answer({ kind: 'accept' });
  await exporter.deliver(packets.next(1));
  const last = await collector.until(
    ({ ledger }) =>
      ledger.flows === RECORDS && ledger.flowsInFlight + ledger.flowsSpooled === 0 && ledger.imbalance === 0,
  );
  const { counters, droppedByReason, crashes } = booksOf(last);
  t.diagnostic(JSON.stringify({ sent: packets.sent, ...counters, ...droppedByReason, crashes }));
  assert.equal(crashes, KILLS);
  return { counters, droppedByReason, sent: packets.sent, arrived: flowSpans(sink.spans()).length, last };
}

for (const [version, spool] of [
  [5, ''],
  [5, 'disk: 1Gi, durable: true, directory: "DIR"'],
  [10, 'disk: 1Gi, directory: "DIR"'],
] as const) {
  test(`version ${version}, ${spool || 'no spool'}: flows that were sent are exported, dropped or lost`, async (t) => {
    const { counters, droppedByReason, sent, arrived, last } = await killUnderLoad(t, version, spool);
    const { exported, filtered, sampledOut, dropped, lostFlows, lostFlowsBetweenRuns, flows } = counters;
    assert.equal(exported + filtered + sampledOut + dropped + lostFlows, sent * RECORDS);
    assert.equal(flows, exported + dropped);
    assert.deepEqual(droppedByReason, dropped > 0 ? { crash: dropped } : {});
    // Of these alone is it an estimate whether they have arrived.
    assert.ok(arrived >= exported && arrived <= exported + dropped + lostFlowsBetweenRuns, `${arrived} arrived`);
    assert.ok(last.ledger.flowsDropped.crash <= dropped);
  });
}

test('version 9, no spool: packets that were sent came or are lost, and flows that came are exported or dropped', async (t) => {
  const { counters, sent } = await killUnderLoad(t, 9, '');
  assert.equal(counters.packets + counters.lostPackets, sent + 1, 'with the one that brought the template');
  assert.equal(counters.flows, counters.exported + counters.dropped);
  assert.equal(counters.lostFlows, 0);
});

const skip = process.getuid?.() !== 0 && 'needs root, to mount a small disk';
test('a full disk costs nothing, and is told as long as it is full', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'books-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  t.after(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  });
  const filler = join(folder, 'filler');
  assert.throws(() => writeFileSync(filler, Buffer.alloc(2 ** 20)), { code: 'ENOSPC' });

  const collector = await startCollector(t, { args: ['--state-dir', folder, '--workers', '1'] });
  const told = ({ advice }: Status) => advice.some(({ what }) => /can’t be written.*ENOSPC/.test(what));
  await collector.until(told);
  const exporter = await openExporter(t, collector);
  await exporter.deliver(createPackets(5).next(10));
  assert.equal((await collector.until(({ ledger }) => ledger.flows === 10 * RECORDS)).ledger.packets, 10);
  rmSync(filler);
  await collector.until((status) => !told(status));
  assert.equal(await collector.stop(), 0);

  const next = await startCollector(t, { args: ['--state-dir', folder, '--workers', '1'] });
  assert.equal(booksOf(await next.status()).counters.flows, 10 * RECORDS);
});
