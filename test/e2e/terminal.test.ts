/** The collector at a terminal, which util-linux's `script` makes. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { suite, type TestContext, test } from 'node:test';
import { MAIN, WAIT_MS } from './collector.ts';

const skip = spawnSync('script', ['--version']).status !== 0 && 'needs script, of util-linux';

const ESCAPE = '\x1b[';

/**
 * Starts a collector at a terminal; resolves with what it shows until it is ready, and then stops it as Ctrl-C does.
 */
async function show(t: TestContext, args: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
  const quiet = ['--listen', '127.0.0.1:0', '--http', '127.0.0.1:0', '--otlp-endpoint', 'http://127.0.0.1:4317'];
  const command = [process.execPath, MAIN, ...quiet, ...args].join(' ');
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm', ...env };
  const terminal = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => terminal.kill('SIGKILL'));
  const timer = setTimeout(() => terminal.kill('SIGKILL'), WAIT_MS);
  const lines: string[] = [];
  for await (const line of createInterface({ input: terminal.stdout })) {
    lines.push(line);
    if (/\bready\b/.test(line)) terminal.stdin.write('\x03');
  }
  clearTimeout(timer);
  return lines;
}

suite('at a terminal', { skip }, () => {
  test('lines are for people, in colours, and the banner says where spans go', async (t) => {
    const lines = await show(t, []);
    assert.ok(lines.some((line) => line.includes(`${ESCAPE}32mINFO `) && line.includes(' ready ')));
    assert.ok(lines.includes('  export      http://127.0.0.1:4317 (grpc)'), lines.join('\n'));
  });

  test('without colours for NO_COLOR', async (t) => {
    const lines = await show(t, [], { NO_COLOR: '1' });
    assert.ok(
      lines.some((line) => /^\d\d:\d\d:\d\d\.\d{3} INFO {2}ready {24}version=/.test(line)),
      lines.join('\n'),
    );
    assert.ok(!lines.join('').includes(ESCAPE));
  });

  test('JSON when asked for', async (t) => {
    const lines = await show(t, ['--log-format', 'json']);
    assert.ok(lines.some((line) => line.startsWith('{') && JSON.parse(line).message === 'ready'));
    assert.ok(!lines.join('').includes(ESCAPE));
  });
});
