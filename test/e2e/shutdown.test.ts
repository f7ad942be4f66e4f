/** A collector told to end reads what was sent to it before and exports it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildTraffic } from '../generator/traffic.ts';
import { type Answer, startSink } from '../otlp/sink.ts';
import { MAIN, startCollector, waitFor } from './collector.ts';
import { fitting, openExporter } from './exporter.ts';
import { distinct, flowSpans, rootSpans } from './spans.ts';

const RECORDS = 24;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} under load loses nothing`, async (t) => {
    const sink = await startSink({ protocol: 'grpc' });
    t.after(() => sink.close());
    const config = configFile(t, { shutdownGrace: '5m' });
    const collector = await startCollector(t, {
      args: ['--config', config, '--otlp-endpoint', sink.endpoint, '--workers', '2'],
    });
    const exporter = await openExporter(t, collector);
    const traffic = buildTraffic({ version: 5, exporters: 1, packets: 5_000, records: RECORDS, now: Date.now() });
    const packets = traffic.map(({ bytes }) => bytes);

    const load = packets.slice(0, 2_000);
    await exporter.deliver(load);
    // What follows is in the socket when the signal comes, as far as the collector has not read it yet.
    const [last] = fitting(packets.slice(load.length), collector.listeners[0].receiveBuffer);
    await exporter.burst(last);
    assert.equal(await collector.stop(signal), 0);

    const spans = sink.spans();
    const sent = load.length + last.length;
    const sequences = new Set(rootSpans(spans).map(({ attributes }) => attributes['netflow.sequence']));
    assert.equal(sequences.size, sent);
    assert.equal(flowSpans(spans).length, sent * RECORDS);
    assert.equal(distinct(spans), spans.length);
    const stopped = collector.log.find(({ message }) => message === 'stopped');
    assert.deepEqual(
      {
        packets: stopped?.packets,
        flows: stopped?.flows,
        exported: stopped?.flowsExported,
        dropped: stopped?.flowsDropped,
      },
      { packets: sent, flows: sent * RECORDS, exported: sent * RECORDS, dropped: 0 },
    );
  });
}

const UNAVAILABLE: Answer = { kind: 'refuse', code: 14 };

for (const answer of [UNAVAILABLE, { kind: 'hang' }] as const) {
  test(`flows lost at the end are said, and the exit code is 1: the backend’s answer is ${answer.kind}`, async (t) => {
    const config = configFile(t, { shutdownGrace: '200ms' });
    const { collector } = await startWithFlows(t, answer, ['--config', config]);
    assert.equal(await collector.stop(), 1);
    const lost = collector.log.find(({ level }) => level === 'error');
    assert.match(lost!.message, /^flows were lost/);
    assert.equal(lost!.flows, RECORDS);
  });
}

test('a second signal ends it at once, and flows that are lost are said', async (t) => {
  const { collector } = await startWithFlows(t, { kind: 'hang' });
  const ended = collector.stop();
  await collector.logged('stopping');
  assert.equal(await collector.stop('SIGINT'), 1);
  assert.equal(await ended, 1);
  const lost = collector.log.find(({ level }) => level === 'error');
  assert.equal(lost!.flows, RECORDS);
});

const skip = spawnSync('script', ['--version']).error !== undefined;
test('a terminal that is closed stops it in order', { skip }, async (t) => {
  const inTerminal = ['sh', '-c', 'exec script -qefc "$*" /dev/null', 'sh', process.execPath, MAIN];
  const { collector, sink } = await startWithFlows(t, UNAVAILABLE, ['--log-format', 'json'], inTerminal);
  process.kill(collector.pid, 'SIGKILL');
  await waitFor(async () => (await fetch(`${collector.url}readyz`)).status === 503, 'it is stopping');
  sink.answer({ kind: 'accept' });
  await waitFor(
    () =>
      fetch(collector.url).then(
        () => false,
        () => true,
      ),
    'it has ended',
  );
  assert.equal(flowSpans(sink.spans()).length, RECORDS);
});

function configFile(t: TestContext, config: object): string {
  const dir = mkdtempSync(join(tmpdir(), 'shutdown-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** A collector that has one packet's flows for a backend that answers so. */
async function startWithFlows(
  t: TestContext,
  answer: Answer,
  args: readonly string[] = [],
  program?: readonly string[],
) {
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  sink.answer(answer);
  const collector = await startCollector(t, { args: ['--otlp-endpoint', sink.endpoint, ...args], program });
  const exporter = await openExporter(t, collector);
  const packets = buildTraffic({ version: 5, exporters: 1, packets: 1, records: RECORDS, now: Date.now() });
  await exporter.deliver(packets.map(({ bytes }) => bytes));
  await sink.until(() => sink.requests().length > 0);
  return { collector, sink };
}
