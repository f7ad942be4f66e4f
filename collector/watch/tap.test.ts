import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { serveHttp } from '../telemetry/http-server.ts';
import { packetSpans } from '../telemetry/spans.fixture.ts';
import { type StateFixture, stateFixture } from '../telemetry/state.fixture.ts';
import { ask, type WatchError } from './client.ts';
import { parseTapOptions } from './options.ts';
import { flowLine, tap } from './tap.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

async function serve(t: TestContext, config: CollectorConfigInput = {}): Promise<{ url: string; state: StateFixture }> {
  const state = stateFixture(config);
  const server = await serveHttp(
    state,
    createLog('error', () => {}),
  );
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${server.port}`, state };
}

function emit(state: StateFixture, ...ports: number[]): void {
  const flows = ports.map((port) => ({ source: `10.1.1.1 ${port}`, destination: '10.2.2.2 443' }));
  state.emit(packetSpans(Date.now(), flows));
}

/** Runs `tap`; `onLine` is told each line that it writes. */
async function run(args: string[], onLine: (line: string, lines: readonly string[]) => void = () => {}, env = {}) {
  const options = parseTapOptions(args, env);
  assert.ok(options);
  const [lines, notes]: [string[], string[]] = [[], []];
  const write = (text: string): void => {
    lines.push(text.trimEnd());
    onLine(text, lines);
  };
  await tap(options, { write, note: (text) => void notes.push(text) }, AbortSignal.timeout(20_000));
  return { lines, notes };
}

test('each flow is shown once, the earlier first, also those that come later', async (t) => {
  const { url, state } = await serve(t);
  emit(state, 1, 2);
  const { lines } = await run([url, '--count', '3'], (_, lines) => {
    if (lines.length === 2) emit(state, 3);
  });
  assert.deepEqual(lines.map((line) => /10\.1\.1\.1:\d/.exec(line)?.[0]).sort(), [
    '10.1.1.1:1',
    '10.1.1.1:2',
    '10.1.1.1:3',
  ]);
  assert.match(lines[2], /10\.1\.1\.1:3/);
});

test('that there is none yet is told, once', async (t) => {
  const { url, state } = await serve(t);
  setTimeout(() => emit(state, 1), 1_500);
  const { lines, notes } = await run([url, '--count', '1']);
  assert.deepEqual([lines.length, notes], [1, ['no flow that fits has come lately; those that come are shown']]);
});

test('a filter, and JSON with all attributes', async (t) => {
  const { url, state } = await serve(t);
  emit(state, 1, 2, 3);
  const { lines } = await run([url, '--json', '--count', '1', '--filter', 'source.port == 2']);
  const { span, exporter } = JSON.parse(lines[0]);
  assert.deepEqual(
    [span.attributes['source.port'], span.attributes['flow.bytes.delta'], exporter],
    [2, 48_213, '10.0.0.1'],
  );
});

test('a filter that is wrong is told, as the selection’s are', async (t) => {
  const { url } = await serve(t);
  await assert.rejects(run([url, '--filter', 'source.prt == 2']), (error: WatchError) => {
    assert.match(error.message, /^--filter .*source\.port/);
    return error.isRefused;
  });
});

test('a token, by file or variable', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tap-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, '0123456789abcdef\n');
  const { url, state } = await serve(t, { http: { tokenFile } });
  emit(state, 1);
  await assert.rejects(run([url]), /wants a token: give it by --token-file FILE or NETFLOW2TRACES_TOKEN/);
  const variable = { NETFLOW2TRACES_TOKEN: 'fedcba9876543210' };
  await assert.rejects(run([url], undefined, variable), /does not take this token/);
  for (const [args, env] of [
    [['--token-file', tokenFile], {}],
    [[], { NETFLOW2TRACES_TOKEN: '0123456789abcdef' }],
  ] as const)
    assert.equal((await run([url, '--count', '1', ...args], undefined, env)).lines.length, 1);
});

test('nobody there is told', async () => {
  const target = { url: new URL('http://127.0.0.1:9/'), token: undefined };
  await assert.rejects(
    ask(target, 'status'),
    /http:\/\/127\.0\.0\.1:9\/ does not answer .*does a collector run there\?/,
  );
});

test('a collector that stops answering is asked again', async (t) => {
  let answers = 0;
  const found = (port: number) => {
    const span = { spanId: `${port}`, name: 'flow_ipv4_tcp', attributes: { 'source.port': port } };
    return JSON.stringify({ flows: [{ traceId: 'a', time: NOW, span }], lookedAt: 1, more: false, notSent: [] });
  };
  const server = createServer((_, response) => {
    answers++;
    if (answers === 2) response.destroy();
    else response.end(found(answers));
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { lines, notes } = await run([`http://127.0.0.1:${port}`, '--count', '2']);
  assert.deepEqual([lines.length, answers], [2, 3]);
  assert.match(notes[0], /does not answer/);
});

test('mistakes in the command line', () => {
  for (const [args, expected] of [
    [['localhost:9464'], /localhost:9464\/?: write a URL/],
    [['http://a/', 'http://b/'], /one URL/],
    [['--count', '0'], /--count 0/],
    [['--token-file', '/no/such'], /ENOENT/],
    [['--bogus'], /--bogus/],
  ] as const)
    assert.throws(() => parseTapOptions([...args], {}), expected);
});

test('a line has what matters first, and nothing that steers a terminal', () => {
  const attributes = {
    ...{ 'source.address': '2001:db8::1', 'source.port': 443, 'destination.address': '10.2.2.2' },
    ...{ 'netflow.interface.ingress.name': 'a\x1b[2J', 'flow.bytes.delta': 99 },
  };
  const status = { code: 'unset' as const, message: '' };
  const ids = { traceId: 'a', spanId: 'b', parentSpanId: 'c' };
  const span = { ...ids, name: 'flow_ipv6_tcp', kind: 'client' as const, start: '0', end: '0', attributes, status };
  assert.equal(
    flowLine({ traceId: 'a', time: NOW, exporter: '10.0.0.1', span }),
    `${new Date(NOW).toTimeString().slice(0, 8)}  10.0.0.1  flow_ipv6_tcp  [2001:db8::1]:443 → 10.2.2.2  flow.bytes.delta=99  ` +
      'netflow.interface.ingress.name=a\\u001b[2J',
  );
});
