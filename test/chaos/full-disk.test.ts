/** A disk that is really full: a file system of a few megabytes, in a mount namespace of the collector's. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MAIN, startCollector } from '../e2e/collector.ts';
import { openExporter } from '../e2e/exporter.ts';
import { createFlows, droppedOf } from './flows.ts';
import { startTally } from './tally.ts';

const SIZE = 2 * 2 ** 20;
const ROUNDS = 30;
const PACKETS = 100;

/** A command that gives what follows it a small disk of its own at this path. */
const onSmallDisk = (path: string) => [
  ...['unshare', '--map-root-user', '--mount', 'sh', '-ec'],
  ...[`mount -t tmpfs -o size=${SIZE} none "$0"; exec "$@"`, path],
];
const [command, ...args] = onSmallDisk(tmpdir());
const works = process.env.CI || spawnSync(command, [...args, 'true']).status === 0;

for (const durable of [false, true]) {
  const name = `a full disk costs what memory can’t hold, and the books say so: ${durable ? 'durable' : 'memory first'}`;
  test(name, { skip: !works && 'a mount namespace needs rights' }, async (t) => {
    const flows = createFlows();
    const tally = await startTally({ protocol: 'grpc' }, (ROUNDS + 1) * PACKETS * flows.perPacket + 1);
    t.after(() => tally.close());
    const folder = mkdtempSync(join(tmpdir(), 'full-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, '..', `${folder.split('/').at(-1)}.yaml`);
    t.after(() => rmSync(file));
    const queue = `{ memory: 2Mi, disk: 1Gi, durable: ${durable}, directory: "${folder}/spool" }`;
    writeFileSync(
      file,
      `otlp: { endpoint: "http://127.0.0.1:${tally.port}", queue: ${queue}, batch: { maxAge: 100ms } }`,
    );
    const collector = await startCollector(t, {
      program: [...onSmallDisk(folder), process.execPath, MAIN],
      args: ['--config', file, '--workers', '1'],
    });
    const exporter = await openExporter(t, collector);
    tally.answer({ kind: 'refuse', code: 14 });
    for (let round = 0; round < ROUNDS; round++) await exporter.deliver(flows.make(PACKETS));
    const full = await collector.until(
      ({ ledger }) => ledger.spoolFailures > 0 && ledger.flowsSpooled > 0 && ledger.imbalance === 0,
    );
    assert.ok(full.ledger.spoolBytes <= SIZE, `${full.ledger.spoolBytes}`);
    assert.ok(collector.log.some(({ error }) => /ENOSPC/.test(String(error))));

    tally.answer({ kind: 'accept' });
    const { ledger } = await collector.until(
      ({ ledger }) => ledger.flowsInFlight + ledger.flowsSpooled === 0 && ledger.imbalance === 0,
    );
    const dropped = ledger.flowsDropped.queue_full;
    t.diagnostic(`${flows.next - 1} sent, ${tally.arrived()} arrived, ${dropped} dropped`);
    assert.deepEqual([tally.arrived() + dropped, tally.repeats], [flows.next - 1, 0]);
    assert.equal(droppedOf({ ...full, ledger }), dropped);
    // There is room again: for these even in memory alone, should the disk be slow.
    await exporter.deliver(flows.make(PACKETS / 4));
    assert.equal(await collector.stop(), 0);
    assert.equal(tally.arrived() + dropped, flows.next - 1);
  });
}
