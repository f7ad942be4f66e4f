/** What a newcomer does, word for word: `npm run demo` or `npm start`, and a look at the page. */
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { waitFor } from './collector.ts';
import { createNamespace, type Namespace, reasonToSkip } from './namespace.ts';

// Both use their default ports, which somebody else may hold on this machine: so they get a network of their own.
const skip = reasonToSkip('npm');

const PAGE = 'http://localhost:9464/';

type Trace = { traceId: string; spans: number; root?: { name: string } };
type Span = { name: string };
type Status = { ledger: { packets: number } };

test('npm run demo: the page shows traces', { skip }, async (t) => {
  const network = createNamespace('first-steps');
  t.after(() => network.remove());
  const output = await startCollector(network, 'run', 'demo');
  assert.ok(output.includes(`  look at it  ${PAGE}`));

  let traces: Trace[] = [];
  await waitFor(() => {
    traces = get<{ traces: Trace[] }>(network, 'api/traces').traces;
    return traces.some(({ root, spans }) => root !== undefined && spans > 2);
  }, 'the page has traces with flows');
  const { traceId } = traces.find(({ spans }) => spans > 2)!;
  const { spans } = get<{ spans: Span[] }>(network, `api/traces/${traceId}`);
  assert.deepEqual(
    spans.slice(0, 2).map(({ name }) => name),
    ['netflow.export', 'netflow.parse_packet'],
  );
  assert.match(spans[2].name, /^flow_(ipv4|ipv6|unknown)_/);
  await interrupt(network, output);
});

test('npm start, and what it says to try: the page counts packets', { skip }, async (t) => {
  const network = createNamespace('first-start');
  t.after(() => network.remove());
  const output = await startCollector(network, 'start');
  assert.ok(output.includes('  try it      npm run demo -- --to 127.0.0.1:2055'));
  const sent = network.run('npm', 'run', 'demo', '--', '--to', '127.0.0.1:2055');
  assert.match(sent, /demo: sent 14 packets/);
  await waitFor(() => get<Status>(network, 'status').ledger.packets === 14, 'they are counted');
  await interrupt(network, output);
});

test('npm run replay without a collector says what to start', { skip }, (t) => {
  const network = createNamespace('no-collector');
  t.after(() => network.remove());
  const replay = 'npm run replay -- test/captures/demo 2>&1 || test $? = 1';
  assert.match(network.run('sh', '-c', replay), /is the collector running\? Start it with: npm start/);
});

/**
 * Runs npm with these arguments; resolves when the collector is ready, with the lines it has said and goes on to say.
 */
async function startCollector(network: Namespace, ...args: string[]): Promise<readonly string[]> {
  const npm = network.start(['ignore', 'pipe', 'pipe'], 'npm', ...args);
  const lines: string[] = [];
  for (const stream of [npm.stdout!, npm.stderr!]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  }
  await waitFor(() => {
    if (npm.exitCode !== null) throw new Error(`npm ended:\n${lines.join('\n')}`);
    return lines.some((line) => line.includes('"message":"ready"'));
  }, 'the collector is ready');
  return lines;
}

/** Ctrl-C goes to every process of the terminal. */
async function interrupt(network: Namespace, output: readonly string[]): Promise<void> {
  for (const pid of network.pids()) process.kill(pid, 'SIGINT');
  await waitFor(() => network.pids().length === 0, 'everything ends');
  await waitFor(() => output.some((line) => line.includes('"message":"stopped"')), 'the last line is read');
}

function get<T>(network: Namespace, path: string): T {
  const script = 'process.stdout.write(await (await fetch(process.argv[1])).text())';
  return JSON.parse(network.run(process.execPath, '--input-type=module', '-e', script, PAGE + path));
}
