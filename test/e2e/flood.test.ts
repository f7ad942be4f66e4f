/** Floods of what a decoder has to remember: memory stays within its limits. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ipfixMessage } from '../generator/packet.ts';
import { dataSet, type Template, templateSet } from '../generator/set.ts';
import { type Collector, startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';

const MIB = 2 ** 20;
const SOURCES = 256;
const TEMPLATES = 100_000;
const TEMPLATES_PER_PACKET = 20;
/** For each template: what is used often is also optimized by V8, which must not take memory without bounds either. */
const RECORDS = 10;
const HELD_BYTES = 48 * MIB;

/** What is sent is many times as much. */
const LIMITS = { exporters: 64, templates: 2_000, heldBytes: 4 * MIB };
/** Of the whole process, once it has started, with the room that the garbage collectors of two threads like to have. */
const MAX_GROWTH = { templates: 512 * MIB, held: 192 * MIB };

const folder = mkdtempSync(join(tmpdir(), 'flood-'));
after(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'collector.json');
writeFileSync(config, JSON.stringify({ limits: LIMITS }));

const args = ['--config', config, '--workers', '1'];
const onLinux = { skip: process.platform !== 'linux' && 'needs 127.0.0.0/8 and /proc' };

function residentBytes({ pid }: Collector): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kibibytes) * 1024;
}

/** Sends the packets, each from the next of many addresses. */
async function flood(t: Parameters<typeof startCollector>[0], collector: Collector, packets: Buffer[]): Promise<void> {
  const bySource = Map.groupBy(packets.entries(), ([index]) => index % SOURCES);
  for (const [source, entries] of bySource) {
    const exporter = await openExporter(t, collector, { address: `127.8.${source >> 4}.${(source & 15) + 1}` });
    await exporter.deliver(entries.map(([, packet]) => packet));
  }
}

test(`${TEMPLATES} templates from ${SOURCES} sources`, onLinux, async (t) => {
  const collector = await startCollector(t, { args });
  const before = residentBytes(collector);
  const packets = Array.from({ length: TEMPLATES / TEMPLATES_PER_PACKET }, (_, index) => {
    const templates = Array.from({ length: TEMPLATES_PER_PACKET }, (_, number): Template => {
      const fields = Array.from({ length: 30 }, (_, field) => ({ id: ((index + field * 7) % 300) + 1, length: 4 }));
      return { id: 256 + ((index * TEMPLATES_PER_PACKET + number) % 65_000), fields };
    });
    const header = { exportTime: Math.floor(Date.now() / 1000), sequence: 0, domain: index };
    const data = templates.map(({ id }) => dataSet(id, Array<Buffer>(RECORDS).fill(Buffer.alloc(120))));
    return ipfixMessage(header, [templateSet(10, templates), ...data]);
  });
  await flood(t, collector, packets);

  const { ledger } = await collector.until(
    ({ ledger }) =>
      ledger.templatesLearned + ledger.budgetExceeded.learning === TEMPLATES &&
      ledger.flows === ledger.templatesLearned * RECORDS &&
      ledger.imbalance === 0,
  );
  assert.ok(ledger.templatesLearned > TEMPLATES / 4, `${ledger.templatesLearned} templates`);
  assert.ok(ledger.templates <= LIMITS.templates, `${ledger.templates} templates`);
  assert.ok(ledger.exporters <= LIMITS.exporters, `${ledger.exporters} exporters`);
  const growth = residentBytes(collector) - before;
  assert.ok(growth < MAX_GROWTH.templates, `grew by ${growth / MIB} MiB`);
  assert.equal(await collector.stop(), 0);
});

test(`${HELD_BYTES / MIB} MiB of data without templates`, onLinux, async (t) => {
  const collector = await startCollector(t, { args });
  const before = residentBytes(collector);
  const size = 60_000;
  const packets = Array.from({ length: Math.ceil(HELD_BYTES / size) }, (_, index) => {
    const header = { exportTime: Math.floor(Date.now() / 1000), sequence: index, domain: index };
    return ipfixMessage(header, [dataSet(256, [Buffer.alloc(size)])]);
  });
  await flood(t, collector, packets);

  const { ledger } = await collector.until(({ ledger }) => ledger.packetErrors.template_missing === packets.length);
  assert.ok(ledger.heldBytes <= LIMITS.heldBytes, `${ledger.heldBytes} bytes held`);
  assert.ok(ledger.packetErrors.held_discarded >= (HELD_BYTES - LIMITS.heldBytes) / size - 1);
  assert.equal(ledger.imbalance, 0);
  const growth = residentBytes(collector) - before;
  assert.ok(growth < MAX_GROWTH.held, `grew by ${growth / MIB} MiB`);
  assert.equal(await collector.stop(), 0);
});
