/** Names of networks, from their file to the backend: at the start, while it changes, and when it is wrong. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { packetOf } from '../../collector/select/flows.fixture.ts';
import { startSink } from '../otlp/sink.ts';
import { runCollector, startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';
import { flowSpans } from './spans.ts';

function files(t: TestContext, networks: string) {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [config, csv] = [join(folder, 'collector.yaml'), join(folder, 'networks.csv')];
  const write = (text: string): void => {
    writeFileSync(`${csv}.new`, text);
    renameSync(`${csv}.new`, csv);
  };
  write(networks);
  writeFileSync(config, `spans: { attributes: { networksFile: ${csv} } }\n`);
  return { config, write };
}

test('names come with the file, change with it, and stay while it is wrong', async (t) => {
  const { config, write } = files(t, 'prefix,site\n10.0.0.0/8,zrh1\n');
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const args = ['--config', config, '--otlp-endpoint', sink.endpoint, '--workers', '2'];
  const collector = await startCollector(t, { args });
  const exporter = await openExporter(t, collector);
  const deliver = () => exporter.deliver([packetOf({ source: '10.0.0.1', destination: '192.0.2.1' })]);
  await deliver();
  write('prefix,site\n10.0.0.0/8,bern\n192.0.2.0/24,out\n');
  await collector.until(({ networks }) => networks?.prefixes === 2);
  await deliver();
  write('prefix,site\n10.0.0.0/8,basel\n192.0.2.0/33,out\n');
  const { networks, advice } = await collector.until(({ networks }) => networks?.error !== undefined);
  assert.match(networks!.error!, /line 3: "192.0.2.0\/33" is no prefix/);
  assert.ok(advice.some(({ what }) => /last good names of networks/.test(what)));
  await deliver();
  await collector.until(({ ledger }) => ledger.flowsExported === 3);
  assert.deepEqual(
    flowSpans(sink.spans()).map(({ attributes }) => [attributes['source.site'], attributes['destination.site']]),
    [
      ['zrh1', undefined],
      ['bern', 'out'],
      ['bern', 'out'],
    ],
  );
});

for (const action of [['--check'], []]) {
  test(`a wrong file is a mistake of the configuration ${action}`, async (t) => {
    const { config } = files(t, 'prefix,site\n10.0.0.1/8,zrh1\n');
    const { code, output } = await runCollector(['--config', config, '--http', '127.0.0.1:0', ...action]);
    assert.match(output, /E_NETWORKS_FILE: .*networks.csv: line 2: 10.0.0.1\/8 has bits set .*; write 10.0.0.0\/8/);
    assert.doesNotMatch(output, /^\s+at /m);
    assert.equal(code, 2);
  });
}
