/** Configuration that changes while flows come in: what takes effect from when on, and that nothing is lost by it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { packetOf } from '../../collector/select/flows.fixture.ts';
import { startSink } from '../otlp/sink.ts';
import { type Collector, startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';
import { flowSpans } from './spans.ts';

const PORTS = [53, 443] as const;
const portOf = (flow: number) => PORTS[flow % 2];
const selecting = (port: number) => `selection: { filter: destination.port == ${port} }\n`;

test('under traffic: a file written anew, a link turned, a wrong file that is mended', async (t) => {
  const { path, write, turn } = configFile(t);
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const collector = await startCollector(t, {
    args: ['--config', path, '--otlp-endpoint', sink.endpoint, '--workers', '2'],
  });
  const traffic = await startTraffic(t, collector);

  /** Makes a change; its effect begins with a flow from `from` up to `to`. */
  async function change(make: () => void, filter: string | undefined): Promise<{ from: number; to: number }> {
    const { ledger } = await collector.until(({ ledger }) => ledger.packets > 0);
    make();
    await collector.until(({ config }) => config.selection.filter === filter);
    return { from: ledger.packets, to: traffic.sent() };
  }

  const https = await change(() => write(selecting(443)), 'destination.port == 443');
  write('selection: { filter: destination.prot == 1 }\n');
  const wrong = await collector.until(({ reload }) => !reload.successful);
  assert.match(wrong.reload.error!, /selection\.filter: .* is wrong at column 1: no attribute is called destination/);
  assert.equal(wrong.config.selection.filter, 'destination.port == 443');
  assert.ok(wrong.advice.some(({ severity, what }) => severity === 'error' && /last good configuration/.test(what)));
  assert.match(await metrics(collector), /^netflow_config_last_reload_successful 0$/m);
  const dns = await change(() => turn(selecting(53)), 'destination.port == 53');
  assert.match(await metrics(collector), /^netflow_config_last_reload_successful 1$/m);
  const all = await change(() => turn(''), undefined);
  await collector.until(({ ledger }) => ledger.packets > all.to);
  const sent = await traffic.stop();

  const { ledger } = await collector.until(
    ({ ledger }) => ledger.flows === sent && ledger.flowsInFlight === 0 && ledger.imbalance === 0,
  );
  assert.equal(ledger.flowsExported + ledger.flowsFiltered, sent);
  assert.equal(ledger.packetErrors.template_missing, 0);
  assert.equal(await collector.stop(), 0);
  const arrived = flowSpans(sink.spans()).map(({ attributes }) => Number(attributes['flow.bytes.delta']));
  assert.equal(arrived.length, ledger.flowsExported);
  const kept = new Set(arrived);
  assert.equal(kept.size, arrived.length);
  for (const [what, from, to, isKept] of [
    ['before', 0, https.from, () => true],
    ['HTTPS', https.to, dns.from, (flow: number) => portOf(flow) === 443],
    ['DNS', dns.to, all.from, (flow: number) => portOf(flow) === 53],
    ['after', all.to, sent, () => true],
  ] as const) {
    assert.ok(to > from, `${what}: ${from} to ${to}`);
    for (let flow = from; flow < to; flow++) assert.equal(kept.has(flow), isKept(flow), `${what}: flow ${flow}`);
  }
});

test('resource and sources change, the rest is said to need a restart', async (t) => {
  const { path, write } = configFile(t);
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const collector = await startCollector(t, { args: ['--config', path, '--otlp-endpoint', sink.endpoint] });
  const exporter = await openExporter(t, collector);
  await exporter.deliver([packetOf({ bytes: 1 })]);
  write('spans: { resourceAttributes: { site: ams1 } }\nallowedSources: [192.0.2.0/24]\notlp: { timeout: 11s }\n');
  const { reload, config } = await collector.until(({ config }) => config.allowedSources.length > 0);
  assert.deepEqual([reload.needRestart, config.otlp.timeout], [['otlp.timeout'], 10_000]);
  assert.ok(collector.log.some(({ level, fields }) => level === 'warn' && fields === 'otlp.timeout'));
  await exporter.deliver([packetOf({ bytes: 2 })]);
  write('spans: { resourceAttributes: { site: ams1 } }\n');
  await collector.until(({ config }) => config.allowedSources.length === 0);
  await exporter.deliver([packetOf({ bytes: 3 })]);
  const { ledger } = await collector.until(({ ledger }) => ledger.flowsExported === 2 && ledger.imbalance === 0);
  assert.deepEqual([ledger.packetErrors.source_not_allowed, ledger.flows], [1, 2]);
  assert.deepEqual(
    flowSpans(sink.spans()).map(({ attributes, resource }) => [attributes['flow.bytes.delta'], resource.site]),
    [
      [1n, undefined],
      [3n, 'ams1'],
    ],
  );
  assert.match(await metrics(collector), /^target_info\{.*site="ams1"/m);
});

test('SIGHUP has the configuration read at once, and ends nothing', async (t) => {
  const { path } = configFile(t);
  const collector = await startCollector(t, { args: ['--config', path] });
  const { reload: atStart } = await collector.status();
  // A second or two later, the file is looked at for the first time.
  const { reload: first } = await collector.until(({ reload }) => reload.successTime !== atStart.successTime);
  process.kill(collector.pid, 'SIGHUP');
  await collector.until(({ reload }) => reload.successTime !== first.successTime);
  assert.equal(await collector.stop(), 0);
});

const metrics = async ({ url }: Collector): Promise<string> => (await fetch(`${url}metrics`)).text();

/**
 * An empty file as Kubernetes shows one of a ConfigMap: by a link through another one, which is turned to change it.
 */
function configFile(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'collector.yaml');
  let version = 0;
  const write = (text: string) => writeFileSync(path, text);
  const turn = (text: string) => {
    const name = `..${++version}`;
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'collector.yaml'), text);
    symlinkSync(name, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  turn('');
  symlinkSync('..data/collector.yaml', path);
  return { path, write, turn };
}

/** Sends one flow a packet, evenly; each has its number, from 0 on, as its octets. */
async function startTraffic(t: TestContext, collector: Collector) {
  const exporter = await openExporter(t, collector);
  let flows = 0;
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      await exporter.burst([packetOf({ bytes: flows, destinationPort: portOf(flows) })]);
      flows++;
      await sleep(2);
    }
  })();
  t.after(() => {
    stopped = true;
    return running;
  });
  return {
    sent: () => flows,
    async stop(): Promise<number> {
      stopped = true;
      await running;
      return flows;
    },
  };
}
