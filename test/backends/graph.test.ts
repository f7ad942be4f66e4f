/**
 * The demo with its names, as documents have it: Jaeger draws who talks to whom, and nothing else. The picture in
 * docs/backends.md is drawn of what Jaeger answers here; `npm run backends:picture` renews it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse as parseCsv } from 'csv-parse/sync';
import { parse as parseYaml } from 'yaml';
import { writeDemoConfig } from '../../collector/demo/network.ts';
import { demoPackets } from '../../collector/demo/packets.ts';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { MAIN, startCollector, waitFor } from '../e2e/collector.ts';
import { throughReference } from '../reference/compare.ts';
import { SERVICES } from '../reference/spans.ts';
import { startJaeger } from './backends.ts';
import { drawGraph } from './picture.ts';
import { requireBackends } from './programs.ts';
import { sumBy } from './traffic.ts';

const DOCS = join(import.meta.dirname, '../../docs');
/** For one span of ours below another. */
const OWN_LOOP = 'netflow2traces → netflow2traces';

test('the demo with its names draws one edge for each pair of services that spoke, and no other', async (t) => {
  if (!requireBackends(t)) return;
  const jaeger = await startJaeger(t);
  const config = writeDemoConfig();
  const args = ['--config', config, '--otlp-endpoint', `http://${jaeger.endpoint}`];
  const collector = await startCollector(t, { args });
  const [{ host, port }] = collector.listeners;
  execFileSync(process.execPath, [MAIN, 'demo', '--to', `${host}:${port}`]);
  await collector.until(({ ledger }) => ledger.packets === demoPackets().length);
  assert.equal(await collector.stop(), 0);

  const expected = spokenIn(parseYaml(readFileSync(config, 'utf8')));
  await waitFor(async () => {
    const { [OWN_LOOP]: _, ...edges } = await jaeger.dependencies();
    return callsOf(edges) >= callsOf(expected);
  }, 'all calls are drawn');
  const { [OWN_LOOP]: own, ...edges } = await jaeger.dependencies();
  assert.ok(own > 0);
  assert.deepEqual(Object.entries(edges).sort(), Object.entries(expected).sort());
  assertPicture(t, drawGraph(edges));
});

/** The edges of the demo by the reference decoder, which shares nothing with the collector but names of elements. */
function spokenIn(config: CollectorConfigInput): Record<string, number> {
  const { networksFile } = collectorConfig.parse(config).spans.attributes;
  const rows = parseCsv(readFileSync(networksFile!), { columns: true }) as ({ prefix: string } & Record<
    string,
    string
  >)[];
  const networks = rows.map(({ prefix, ...values }) => ({ prefix, values }));
  const receivedMs = Date.now();
  const datagrams = demoPackets().map(({ payload, source }) => {
    return { bytes: payload, source: { listener: 0, address: source, port: 4_096 }, receivedMs };
  });
  const flows = throughReference(datagrams, config, networks).flatMap(({ children }) => children);
  return sumBy(flows, ({ attributes }) => attributes[SERVICES] as string | undefined);
}

const callsOf = (edges: Record<string, number>) => Object.values(edges).reduce((total, calls) => total + calls, 0);

/** Writes it instead, with `--test-update-snapshots`. */
function assertPicture(t: TestContext, svg: string): void {
  t.assert.fileSnapshot(svg, join(DOCS, 'images/services.svg'), { serializers: [(value) => value] });
}
