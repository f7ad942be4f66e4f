import assert from 'node:assert/strict';
import { test } from 'node:test';
import { argumentsOfFirstProcess } from './first-process.ts';

const SCRIPT = '/app/collector.js';

for (const [what, words, expected] of [
  ['the collector', ['/usr/local/bin/node', '--x=2', SCRIPT, '--http', ':80'], ['--http', ':80']],
  ['the collector under an init', ['/sbin/docker-init', '--', 'node', SCRIPT, '--http', 'off'], ['--http', 'off']],
  ['the collector without arguments', ['node', SCRIPT], []],
  ['the collector with an empty argument', ['node', SCRIPT, '--filter', ''], ['--filter', '']],
  ['something else', ['/lib/systemd/systemd', '--system'], []],
] as const) {
  test(`the first process is ${what}`, () => {
    const commandLine = words.map((word) => `${word}\0`).join('');
    assert.deepEqual(argumentsOfFirstProcess(SCRIPT, commandLine), expected);
  });
}

test('the first process of this machine is something else', () => {
  assert.deepEqual(argumentsOfFirstProcess(SCRIPT), []);
});
