import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { LogEntry } from './log.ts';
import { createTextFormat, formatFor } from './log-text.ts';

const TIME = new Date(2026, 0, 2, 3, 4, 5, 67).getTime();

function entry(parts: Partial<LogEntry>): LogEntry {
  return { time: TIME, level: 'info', message: 'ready', fields: {}, ...parts };
}

suite('a line for people', () => {
  const format = createTextFormat(false);
  for (const [shows, parts, expected] of [
    ['time of day, level and message', {}, '03:04:05.067 INFO  ready\n'],
    [
      'fields in one column',
      { level: 'warn', fields: { port: 2055, on: true, none: null, missing: undefined } },
      '03:04:05.067 WARN  ready                        port=2055 on=true none=null\n',
    ],
    [
      'quotation marks where a value has more than a word',
      { level: 'error', fields: { word: 'a/b:1', words: 'a b', quote: '"', empty: '' } },
      '03:04:05.067 ERROR ready                        word=a/b:1 words="a b" quote="\\"" empty=""\n',
    ],
    ['messages of several lines', { message: 'no:\n  a\n  b' }, '03:04:05.067 INFO  no:\n  a\n  b\n'],
    [
      'no command to the terminal, nor a turn of direction',
      { message: 'a\x1b[2J', fields: { name: '\x1b]0;x\x07', c1: 'a\x9bb', turned: 'a\u202eb' } },
      '03:04:05.067 INFO  a\\u001b[2J                   name=\\u001b]0;x\\u0007 c1=a\\u009bb turned=a\\u202eb\n',
    ],
  ] as const satisfies [string, Partial<LogEntry>, string][]) {
    test(shows, () => assert.equal(format(entry(parts)), expected));
  }
});

test('colours', () => {
  assert.equal(
    createTextFormat(true)(entry({ level: 'warn', fields: { port: 1 } })),
    '\x1b[2m03:04:05.067\x1b[22m \x1b[33mWARN \x1b[39m ready                        \x1b[2mport=\x1b[22m1\n',
  );
});

test('JSON is what there is without a terminal, or when asked for', () => {
  assert.equal(formatFor('auto', false), undefined);
  assert.equal(formatFor('json', true), undefined);
  assert.notEqual(formatFor('auto', true), undefined);
});
