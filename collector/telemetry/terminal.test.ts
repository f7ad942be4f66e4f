import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../crds/common/log.ts';
import { COUNTER, type CounterName } from '../ledger/ledger.ts';
import { socketFixture, stateFixture } from './state.fixture.ts';
import { banner, logTraffic } from './terminal.ts';

const SOCKETS = [socketFixture({ port: 9995 }), socketFixture({ port: 9995, worker: 1 })];
const NO_ENDPOINT = { endpoint: undefined, protocol: 'grpc' } as const;

test('who starts it without a backend is told where to look, and how to name one', () => {
  const text = banner(SOCKETS, 'http://localhost:9464/', NO_ENDPOINT);
  assert.match(
    text,
    /^ {2}listening {3}udp \[::\]:9995\n {2}look at it {2}http:\/\/localhost:9464\/\n {2}try it {6}.*:9995$/m,
  );
  assert.match(text, /^ {2}export {6}nowhere: .*shown on that page and then discarded;\n {14}--otlp-endpoint /m);
});

test('it fits a terminal of 80 columns', () => {
  const text = banner(SOCKETS, 'http://localhost:9464/', NO_ENDPOINT, { isDemo: true });
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
});

test('who has turned flows off is told by what', () => {
  const text = banner(SOCKETS, undefined, NO_ENDPOINT, { tracesOff: 'OTEL_SDK_DISABLED=true' });
  assert.match(text, /^ {2}export {6}off \(by OTEL_SDK_DISABLED=true: spans are discarded\)$/m);
});

test('who starts the demo is not told to start it', () => {
  const text = banner(SOCKETS, 'http://localhost:9464/', NO_ENDPOINT, { isDemo: true });
  assert.match(text, /^ {2}look at it .*\n {2}demo {8}seven devices /m);
  assert.doesNotMatch(text, /try it/);
});

test('with one, where spans go', () => {
  const text = banner(SOCKETS, undefined, { endpoint: 'http://tempo:4317', protocol: 'grpc' });
  assert.match(text, /^ {2}export {6}http:\/\/tempo:4317 \(grpc\)$/m);
  assert.doesNotMatch(text, /look at it/);
});

test('what came and went is logged again and again', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const lines: string[] = [];
  const log = createLog('info', (line) => lines.push(line), { now: () => 0 });
  let droppedPackets = 5;
  const { counters, ledger } = stateFixture({}, {}, { packets: 100, flows: 1_000, lostFlows: 9 });
  const stop = logTraffic({ ledger, sockets: () => [socketFixture({ droppedPackets })] }, log);
  const add = (counts: Partial<Record<CounterName, number>>) => {
    for (const [name, count] of Object.entries(counts)) counters[COUNTER[name as CounterName]] += count ?? 0;
  };
  add({ packets: 10, flows: 200, flowsExported: 150, lostFlows: 3, lostPackets: 2, 'flowsDropped.no_endpoint': 7 });
  droppedPackets += 1;
  t.mock.timers.tick(10_000);
  add({ 'flowsDropped.queue_full': 4 });
  t.mock.timers.tick(10_000);
  stop();
  t.mock.timers.tick(10_000);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ time, level, ...rest }) => rest),
    [
      { message: 'in the last 10 s', packets: 10, flows: 200, exported: 150, lost: 6 },
      { message: 'in the last 10 s', packets: 0, flows: 0, exported: 0, lost: 0, dropped: 4 },
    ],
  );
});
