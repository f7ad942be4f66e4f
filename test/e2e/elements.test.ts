/** Users' own elements, from their file to the backend: at the start, while it changes, and when it is wrong. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ipfixMessage } from '../generator/packet.ts';
import { dataSet, type Template, templateSet } from '../generator/set.ts';
import { startSink } from '../otlp/sink.ts';
import { runCollector, startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';
import { flowSpans } from './spans.ts';

const HEAD = 'pen,id,name,type,attribute\n';
const FLOWS: Template = {
  id: 256,
  fields: [
    { id: 8, length: 4 },
    { id: 1, length: 4, enterprise: 32_473 },
  ],
};

function files(t: TestContext, elements: string) {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [config, csv] = [join(folder, 'collector.yaml'), join(folder, 'elements.csv')];
  const write = (text: string): void => {
    writeFileSync(`${csv}.new`, text);
    renameSync(`${csv}.new`, csv);
  };
  write(elements);
  writeFileSync(
    config,
    `elements: { file: ${csv} }\nselection: { rules: [{ name: deep, match: netflow.acme.depth > 8, action: drop }] }\n`,
  );
  return { config, write };
}

test('elements have the names of the file, change with it, and stay while it is wrong', async (t) => {
  const { config, write } = files(t, `${HEAD}32473,1,queueDepth,unsigned32,\n`);
  const sink = await startSink({ protocol: 'grpc' });
  t.after(() => sink.close());
  const args = ['--config', config, '--otlp-endpoint', sink.endpoint, '--workers', '2'];
  const collector = await startCollector(t, { args });
  const exporter = await openExporter(t, collector);
  let sequence = 0;
  const deliver = (depth: number) => {
    const record = Buffer.from([10, 0, 0, 1, 0, 0, 0, depth]);
    const sets = [templateSet(10, [FLOWS]), dataSet(FLOWS.id, [record])];
    const exportTime = Math.floor(Date.now() / 1_000);
    return exporter.deliver([ipfixMessage({ exportTime, sequence: sequence++, domain: 0 }, sets)]);
  };
  await deliver(7);
  write(`${HEAD}32473,1,queueDepth,unsigned32,netflow.acme.depth\n32473,2,other,string,\n`);
  await collector.until(({ elements }) => elements?.elements === 2);
  await deliver(8);
  await deliver(9);
  write(`${HEAD}32473,1,queueDepth,unsigned32\n`);
  const { elements, advice } = await collector.until(({ elements }) => elements?.error !== undefined);
  assert.match(elements!.error!, /elements\.csv: line 2: there are 4 values, and 5 columns/);
  assert.ok(advice.some(({ what }) => /last good names of own elements/.test(what)));
  await deliver(6);
  await collector.until(({ ledger }) => ledger.flowsExported === 3 && ledger.flowsFiltered === 1);
  assert.deepEqual(
    flowSpans(sink.spans()).map(({ attributes }) =>
      ['netflow.32473.queueDepth', 'netflow.acme.depth'].map((name) => attributes[name]),
    ),
    [
      [7n, undefined],
      [undefined, 8n],
      [undefined, 6n],
    ],
  );
});

for (const action of [['--check'], []]) {
  test(`a wrong file is a mistake of the configuration ${action}`, async (t) => {
    const { config } = files(t, `${HEAD}0,8,mine,string,\n`);
    const { code, output } = await runCollector(['--config', config, '--http', '127.0.0.1:0', ...action]);
    assert.match(output, /E_ELEMENTS_FILE: .*elements\.file: .*elements\.csv: line 2: element 8 is IANA's sourceIPv4/);
    assert.doesNotMatch(output, /^\s+at /m);
    assert.equal(code, 2);
  });
}
