import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { v5 } from '../pipeline/pipeline.fixture.ts';
import type { InspectedFlow } from './inspector.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const CAPTURE = fileURLToPath(new URL('../../test/captures/graylog-netflow/netflow-v9-2-1.dat', import.meta.url));
const IPFIX_FILE = fileURLToPath(new URL('../replay/testdata/flows.ipfix', import.meta.url));

function run(...args: string[]) {
  // By npm, it would be told how to run it by npm.
  const { npm_lifecycle_event, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'inspect', ...args], { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

test('a capture, as text and as JSON', () => {
  const text = run(CAPTURE);
  assert.equal(text.status, 0);
  assert.match(text.stdout, /^packet 1 {2}from 127\.0\.0\.1 {2}NetFlow v9 /);
  const lines = run('--json', CAPTURE).stdout.trim().split('\n');
  const [packet, { summary }] = lines.map((line) => JSON.parse(line));
  assert.equal(packet.version, 9);
  assert.equal(summary.packets, 1);
});

test('an IPFIX file: its flows, and what its records about itself tell', () => {
  const lines = run('--json', IPFIX_FILE).stdout.trim().split('\n');
  const packets = lines.map((line) => JSON.parse(line));
  const { summary } = packets.pop();
  assert.deepEqual(
    packets.map(({ exportTime, sequence, domain, options, flows, problems }) => [
      ...[exportTime, sequence, domain, options.length],
      flows.map(({ attributes }: InspectedFlow) => attributes['flow.bytes.delta']),
      problems,
    ]),
    [
      ['2024-05-06T07:08:09.000Z', 0, 7, 2, [], []],
      ['2024-05-06T07:08:09.000Z', 2, 7, 2, [1500, 3000, 4500, 6000], []],
      ['2024-05-06T07:08:11.000Z', 8, 7, 2, [1501, 3001, 4501, 6001], []],
      ['2024-05-06T07:08:13.000Z', 14, 7, 2, [1502, 3002, 4502, 6002], []],
    ],
  );
  assert.deepEqual([summary.flows, summary.options, summary.waiting, summary.problems], [12, 8, 0, []]);
});

test('mistakes are told, with what to write', () => {
  for (const [args, expected] of [
    [[], /name a capture file, or --listen HOST:PORT/],
    [['--listen', 'x:y'], /^inspect: --listen x:y: /],
    [['--listen', ':1', CAPTURE], /takes neither files/],
    [['--port-filter', '0', CAPTURE], /from 1 to 65535/],
    [['--bogus'], /--bogus/],
  ] as const) {
    const { status, stderr } = run(...args);
    assert.equal(status, 2);
    assert.match(stderr, expected);
    assert.match(stderr, /See: .* inspect --help/);
  }
  const { status, stderr } = run('/no/such.pcap');
  assert.deepEqual([status, stderr], [1, 'inspect: no such file or folder: /no/such.pcap\n']);
  assert.match(
    run('--elements-file', '/no/such.csv', CAPTURE).stderr,
    /--elements-file: \/no\/such.csv: there is no such file/,
  );
  assert.match(run(MAIN).stderr, /no NetFlow, IPFIX or sFlow packets in /);
  assert.match(run('--help').stdout, /^Usage: netflow2traces inspect/m);
});

test('packets as they come, until Ctrl-C', async (t) => {
  const child = spawn(process.execPath, [MAIN, 'inspect', '--json', '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stderr }), 'line');
  const port = Number(/UDP port (\d+);/.exec(line)?.[1]);
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  const lines = createInterface({ input: child.stdout });
  const first = once(lines, 'line');
  socket.send(v5(3), port, '127.0.0.1');
  const packet = JSON.parse((await first)[0]);
  assert.deepEqual([packet.address, packet.port, packet.flows.length], ['127.0.0.1', socket.address().port, 3]);
  const last = once(lines, 'line');
  child.kill('SIGINT');
  assert.equal(JSON.parse((await last)[0]).summary.flows, 3);
});
