import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { createLog } from '../../crds/common/log.ts';
import { keepHealthFiles } from './health-files.ts';

test('health files follow the health, and are gone at the end', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const folder = mkdtempSync(join(tmpdir(), 'health-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [liveFile, readyFile] = [join(folder, 'live'), join(folder, 'ready')];
  const health = { live: true, ready: false };
  const there = () => [liveFile, readyFile].map((path) => existsSync(path));
  // Left by a process that crashed.
  writeFileSync(readyFile, '');

  const stop = keepHealthFiles(
    { liveFile, readyFile },
    { live: () => health.live, ready: () => health.ready },
    createLog('error', () => {}),
  );
  assert.deepEqual(there(), [true, false]);
  health.ready = true;
  t.mock.timers.tick(1_000);
  assert.deepEqual(there(), [true, true]);
  utimesSync(readyFile, 0, 0);
  t.mock.timers.tick(1_000);
  assert.notEqual(statSync(readyFile).mtimeMs, 0);
  health.live = false;
  t.mock.timers.tick(1_000);
  assert.deepEqual(there(), [false, false]);
  health.live = true;
  t.mock.timers.tick(1_000);
  stop();
  assert.deepEqual(there(), [false, false]);
});

test('a health file that cannot be written is logged, and the collector goes on', () => {
  const log = { debug: mock.fn(), info: mock.fn(), warn: mock.fn(), error: mock.fn() };
  const stop = keepHealthFiles({ liveFile: '/nowhere/live' }, { live: () => true, ready: () => true }, log);
  stop();
  assert.ok(log.error.mock.callCount() >= 1);
});
