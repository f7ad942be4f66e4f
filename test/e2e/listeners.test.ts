/** Many workers, many listeners, many exporters, IPv4 and IPv6 at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildTraffic, type Version } from '../generator/traffic.ts';
import { startSink } from '../otlp/sink.ts';
import { startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';
import { assertAllExported, distinct, flowSpans, rootSpans } from './spans.ts';

const EXPORTERS = 8;
const PACKETS = 25;
const RECORDS = 10;

test('every exporter is heard on every listener', async (t) => {
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const listen = ['127.0.0.1:0', '[::1]:0', '[::]:0'];
  const collector = await startCollector(t, { listen, args: ['--otlp-endpoint', sink.endpoint, '--workers', '3'] });
  const [ipv4, ipv6, { port, receiveBuffer }] = collector.listeners;
  // The last listener takes both families.
  const targets = [ipv4, ipv6, { host: '127.0.0.1', port, receiveBuffer }, { host: '::1', port, receiveBuffer }];

  const expected = new Map<string, number>();
  for (const listener of targets) {
    for (const version of [5, 9, 10] as Version[]) {
      const options = { version, exporters: EXPORTERS, packets: PACKETS, records: RECORDS, now: Date.now() };
      const traffic = buildTraffic(options);
      for (let index = 0; index < EXPORTERS; index++) {
        const exporter = await openExporter(t, collector, { listener });
        await exporter.deliver(traffic.filter((packet) => packet.exporter === index).map(({ bytes }) => bytes));
        const address = listener.host === '::1' ? '::1' : '127.0.0.1';
        expected.set(`${address} ${exporter.port} ${version}`, PACKETS * RECORDS);
      }
    }
  }

  const flows = targets.length * 3 * EXPORTERS * PACKETS * RECORDS;
  const status = await assertAllExported(collector, flows);
  assert.equal(status.sockets.length, listen.length * 3);
  assert.equal(await collector.stop(), 0);

  const spans = sink.spans();
  assert.equal(distinct(spans), spans.length);
  const children = Map.groupBy(flowSpans(spans), ({ parentSpanId }) => parentSpanId);
  const received = new Map<string, number>();
  for (const { spanId, attributes } of rootSpans(spans)) {
    const source = [attributes['netflow.exporter.address'], attributes['netflow.exporter.port']];
    const key = [...source, attributes['netflow.version']].join(' ');
    received.set(key, (received.get(key) ?? 0) + (children.get(spanId)?.length ?? 0));
  }
  assert.deepEqual([...received].sort(), [...expected].sort());
});

test('sources that are not allowed are not even read', async (t) => {
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const collector = await startCollector(t, {
    listen: ['127.0.0.1:0', '[::1]:0'],
    args: ['--otlp-endpoint', sink.endpoint, '--allow', '127.0.1.0/24', '--allow', '2001:db8::/32'],
  });
  const [ipv4, ipv6] = collector.listeners;
  const packets = buildTraffic({ version: 5, exporters: 1, packets: PACKETS, records: RECORDS, now: Date.now() });
  const sources = [
    { listener: ipv4, address: '127.0.1.7' },
    { listener: ipv4, address: '127.0.2.7' },
    { listener: ipv6, address: '::1' },
  ];
  for (const source of sources) {
    const exporter = await openExporter(t, collector, source);
    await exporter.deliver(packets.map(({ bytes }) => bytes));
  }
  const status = await assertAllExported(collector, PACKETS * RECORDS);
  assert.equal(status.ledger.packetErrors.source_not_allowed, 2 * PACKETS);
  const addresses = rootSpans(sink.spans()).map(({ attributes }) => attributes['netflow.exporter.address']);
  assert.deepEqual([...new Set(addresses)], ['127.0.1.7']);
});

test('with --http off there is no HTTP port, and everything else', async (t) => {
  const collector = await startCollector(t, { http: 'off' });
  assert.ok(collector.log.every(({ message }) => message !== 'serving'));
  assert.ok(collector.output.every((line) => !line.includes('look at it')));
  const exporter = await openExporter(t, collector, { listener: collector.listeners[0] });
  const traffic = buildTraffic({ version: 5, exporters: 1, packets: 3, records: RECORDS, now: Date.now() });
  await exporter.burst(traffic.map(({ bytes }) => bytes));
  assert.equal(await collector.stop(), 0);
  const { flows } = collector.log.find(({ message }) => message === 'stopped')!;
  assert.equal(flows, 3 * RECORDS);
});
