import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, type LogLevel } from './log.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

function create(level: LogLevel) {
  const lines: string[] = [];
  const clock = { now: NOW };
  const log = createLog(level, (line) => lines.push(line), { now: () => clock.now });
  return { log, clock, lines, messages: () => lines.map((line) => JSON.parse(line).message) };
}

test('a line is a JSON object', () => {
  const { log, lines } = create('info');
  log.info('ready', { text: 'a "b"\n', count: 1, on: true, none: null, missing: undefined });
  assert.deepEqual(lines, [
    '{"time":"2026-01-02T03:04:05.000Z","level":"info","message":"ready","text":"a \\"b\\"\\n","count":1,"on":true,"none":null}\n',
  ]);
});

for (const [level, expected] of [
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['error', ['error']],
] as const) {
  test(`level ${level}`, () => {
    const { log, messages } = create(level);
    for (const each of ['debug', 'info', 'warn', 'error'] as const) log[each](each);
    assert.deepEqual(messages(), expected);
  });
}

test('the level can be changed', () => {
  const { log, messages } = create('warn');
  log.info('a');
  log.setLevel('info');
  log.info('b');
  log.setLevel('error');
  log.warn('c');
  assert.deepEqual(messages(), ['b']);
});

test('warnings and errors are repeated every ten seconds, with the number of those between', () => {
  const { log, clock, lines } = create('info');
  for (const [after, expected] of [
    [0, undefined],
    [1, 'none'],
    [9_999, 'none'],
    [10_000, 2],
    [20_000, undefined],
  ] as const) {
    clock.now = NOW + after;
    lines.length = 0;
    log.warn('bad', { after });
    assert.equal(lines.length === 0 ? 'none' : JSON.parse(lines[0]).suppressed, expected);
  }
});

test('each message has a bound of its own, and there is none for news without a subject', () => {
  const { log, messages } = create('info');
  for (const message of ['a', 'b', 'a']) {
    log.error(message);
    log.info(`news of ${message}`);
  }
  assert.deepEqual(messages(), ['a', 'news of a', 'b', 'news of b', 'news of a']);
});

test('news of a subject are bounded as warnings are: who sends packets could make as many as they like', () => {
  const { log, lines } = create('info');
  for (const subject of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) log.info('exporter restarted', { subject });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).subject),
    ['192.0.2.1', '192.0.2.2'],
  );
});

test('memory of messages is bounded', () => {
  const { log, lines } = create('info');
  for (let index = 0; index < 1_100; index++) log.warn(`message ${index}`);
  log.warn('message 1099');
  log.warn('message 0');
  assert.equal(lines.length, 1_101);
});

test('a message about each subject has a bound of its own', () => {
  const { log, clock, lines } = create('info');
  for (let times = 0; times < 3; times++) for (const subject of ['a', 'b']) log.warn('w', { subject });
  clock.now += 10_000;
  log.warn('w', { subject: 'a' });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ subject, suppressed }) => [subject, suppressed]),
    [
      ['a', undefined],
      ['b', undefined],
      ['a', 2],
    ],
  );
});

test('lines end with what they are written in', () => {
  const lines: string[] = [];
  const log = createLog('info', (line) => lines.push(line), { now: () => NOW, context: () => ({ trace_id: 'a1' }) });
  log.info('looked', { count: 1 });
  assert.deepEqual(lines, [
    '{"time":"2026-01-02T03:04:05.000Z","level":"info","message":"looked","count":1,"trace_id":"a1"}\n',
  ]);
});
