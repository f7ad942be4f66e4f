/** Packets made to break a decoder: the collector counts them, lives, and goes on with its work. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listCaptures, readCapture } from '../../collector/replay/captures.ts';
import { ipfixMessage, v5Packet } from '../generator/packet.ts';
import { dataSet, templateSet } from '../generator/set.ts';
import { buildTraffic } from '../generator/traffic.ts';
import { startSink } from '../otlp/sink.ts';
import { type Collector, type Status, startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';

const CAPTURES = fileURLToPath(new URL('../captures', import.meta.url));
/** The largest payload of a UDP datagram over IPv4. */
const MAX_PAYLOAD = 65_507;
const HEADER = { exportTime: Math.floor(Date.now() / 1000), sequence: 0, domain: 0 };

/** A message of sets whose bytes are given as they are. */
const ipfix = (...sets: string[]) =>
  ipfixMessage(
    HEADER,
    sets.map((set) => Buffer.from(set, 'hex')),
  );

/** A whole template of one field of one byte, and as many records as fit. */
function manyRecords(): Buffer {
  const templates = templateSet(10, [{ id: 256, fields: [{ id: 4, length: 1 }] }]);
  // A multiple of four, so that no padding comes on top.
  const room = Math.floor((MAX_PAYLOAD - 16 - templates.length - 4) / 4) * 4;
  return ipfixMessage(HEADER, [templates, dataSet(256, [Buffer.alloc(room, 6)])]);
}

function largest(version: number): Buffer {
  const packet = Buffer.alloc(MAX_PAYLOAD, 0xff);
  packet.writeUInt16BE(version, 0);
  packet.writeUInt16BE(MAX_PAYLOAD, 2);
  return packet;
}

const v5Lies = v5Packet({ sysUptime: 0, unixSecs: 0, sequence: 0 }, [Buffer.alloc(48)]);
v5Lies.writeUInt16BE(65_535, 2);

const PACKETS: [string, Buffer[]][] = [
  ['nothing', [Buffer.alloc(0)]],
  // Template 256 with one field of no bytes, then four bytes of data for it.
  ['a record without bytes, 32 bytes in all', [ipfix('0002000c0100000100010000', '01000004')]],
  ['the same with data', [ipfix('0002000c0100000100010000', '0100000800000000')]],
  ['a template of many empty fields', [ipfix(`00020400010000fe${'00010000'.repeat(254)}`, '0100000800000000')]],
  ['the largest datagrams', [1, 5, 7, 9, 10, 0xffff].map(largest)],
  ['more records than are taken', [manyRecords(), manyRecords()]],
  ['v5 with a count beyond its end', [v5Lies]],
  ['a set that does not advance', [ipfix('01000000'), ipfix('00020003')]],
  ['variable length beyond the end', [ipfix('0002000c010000010052ffff', '01000008ffffff00')]],
  ['an options template with no scope', [ipfix('0003000e0100000100000001000400')]],
];

async function startWithSink(t: Parameters<typeof startCollector>[0]) {
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  return startCollector(t, { args: ['--otlp-endpoint', sink.endpoint, '--workers', '1'] });
}

/** The collector still decodes, its books balance, the backend could read all it got, and the log was not flooded. */
async function assertHealthy(t: Parameters<typeof startCollector>[0], collector: Collector): Promise<Status> {
  const { ledger: before } = await collector.until(
    ({ ledger }) => ledger.flowsInFlight === 0 && ledger.imbalance === 0,
  );
  const good = buildTraffic({ version: 10, exporters: 1, packets: 10, records: 10, now: Date.now() });
  const exporter = await openExporter(t, collector, { address: '127.99.0.1' });
  await exporter.deliver(good.map(({ bytes }) => bytes));
  const status = await collector.until(
    ({ ledger }) => ledger.flowsExported >= before.flowsExported + 100 && ledger.imbalance === 0,
  );
  assert.equal(status.ledger.flowsDropped.export_refused, 0);
  assert.equal(status.ledger.exportFailures, 0);
  assert.ok(collector.log.length < 100, `${collector.log.length} lines of log`);
  assert.equal(await collector.stop(), 0);
  return status;
}

test('crafted packets', async (t) => {
  const collector = await startWithSink(t);
  const exporter = await openExporter(t, collector);
  for (const [name, packets] of PACKETS) {
    await t.test(name, async () => {
      await exporter.deliver(packets);
      await collector.until(({ ledger }) => ledger.imbalance === 0);
    });
  }
  const { ledger } = await assertHealthy(t, collector);
  assert.ok(ledger.flowsDropped.record_limit > 100_000);
});

test('every real packet, cut off everywhere', async (t) => {
  const collector = await startWithSink(t);
  const exporter = await openExporter(t, collector);
  const packets = listCaptures([CAPTURES]).flatMap((file) => readCapture(file).packets);
  assert.ok(packets.length > 100);
  for (const [index, { payload }] of packets.entries()) {
    const step = Math.max(1, Math.floor(payload.length / 40));
    const cuts = [];
    for (let length = index % step; length < payload.length; length += step) cuts.push(payload.subarray(0, length));
    await exporter.deliver(cuts);
  }
  await assertHealthy(t, collector);
});
