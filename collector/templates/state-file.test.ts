import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { CollectorError } from '../errors.ts';
import { createLog } from '../telemetry/log.ts';
import type { Announcement } from './announcement.ts';
import { openStateFile } from './state-file.ts';

let folder = '';
let lines: string[] = [];
let log = createLog('info');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'state-file-'));
  lines = [];
  log = createLog('info', (line) => lines.push(line));
});
afterEach(() => rmSync(folder, { recursive: true }));

const announcement = (change: Partial<Announcement> = {}): Announcement => ({
  ...{ listener: 'netflow', address: '10.0.0.1', port: 2_000, version: 10, domain: 5, options: false, exportTime: 77 },
  record: Uint8Array.of(1, 0, 0, 1, 0, 4, 0, 1),
  ...change,
});

test('templates survive a restart, in the order they were learned', () => {
  const kept = [announcement(), announcement({ version: 9, options: true }), announcement({ address: 'fe80::1' })];
  const file = openStateFile(join(folder, 'made', 'for', 'it'), 10, log);
  for (const each of kept) file.add(each);
  file.flush();
  assert.deepEqual(openStateFile(join(folder, 'made', 'for', 'it'), 10, log).templates(), kept);
  assert.deepEqual(lines, []);
});

for (const [name, change, count] of [
  ['the same template', { exportTime: 78 }, 1],
  ['a changed template', { record: Uint8Array.of(1, 0, 0, 1, 0, 4, 0, 2) }, 1],
  ['a template that is now of options', { options: true }, 1],
  ['another id', { record: Uint8Array.of(1, 1, 0, 1, 0, 4, 0, 1) }, 2],
  ['another domain', { domain: 6 }, 2],
  ['another version', { version: 9 }, 2],
  ['another exporter', { address: '10.0.0.2' }, 2],
  ['another port', { port: 2_001 }, 2],
  ['another listener', { listener: 'ipfix' }, 2],
] as [string, Partial<Announcement>, number][]) {
  test(`${name}: ${count === 1 ? 'the newest is kept' : 'both are kept'}`, () => {
    const file = openStateFile(folder, 10, log);
    file.add(announcement());
    file.add(announcement(change));
    assert.equal(file.templates().length, count);
    assert.deepEqual(file.templates().at(-1), announcement(change));
  });
}

test('beyond the limit the least recently learned goes, also when the limit was lowered', () => {
  const file = openStateFile(folder, 3, log);
  for (const domain of [1, 2, 3, 1, 4]) file.add(announcement({ domain }));
  const domains = (): number[] => file.templates().map(({ domain }) => domain);
  assert.deepEqual(domains(), [3, 1, 4]);
  file.flush();
  assert.deepEqual(
    openStateFile(folder, 2, log)
      .templates()
      .map(({ domain }) => domain),
    [1, 4],
  );
});

for (const [name, text] of [
  ['no JSON', '{"templates":[{"listener'],
  ['nothing', ''],
  ['something else', '{"templates":{}}'],
  ['a record that is not base64', JSON.stringify({ templates: [{ ...announcement(), record: '!' }] })],
] as const) {
  test(`a file with ${name} is logged, and a new one begun`, () => {
    writeFileSync(join(folder, 'templates.json'), text);
    assert.deepEqual(openStateFile(folder, 10, log).templates(), []);
    assert.match(lines.join(), /"level":"warn".*damaged/);
    assert.equal(readFileSync(join(folder, 'templates.json'), 'utf8'), '{"templates":[]}');
  });
}

test('no other file is left behind', () => {
  const file = openStateFile(folder, 10, log);
  file.add(announcement());
  file.flush();
  assert.deepEqual(readdirSync(folder), ['templates.json']);
});

test('a folder that cannot be used is an error at the start', () => {
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'taken', 'templates.json'), { recursive: true });
  for (const path of [join(folder, 'file'), join(folder, 'taken')]) {
    assert.throws(
      () => openStateFile(path, 10, log),
      (error) => error instanceof CollectorError && error.code === 'E_STATE_DIR' && error.detail.includes(path),
    );
  }
});

test('a folder that is gone later is logged, and costs nothing else', () => {
  const file = openStateFile(join(folder, 'state'), 10, log);
  rmSync(join(folder, 'state'), { recursive: true });
  file.add(announcement());
  file.flush();
  assert.match(lines.join(), /"level":"error".*cannot be written/);
  assert.equal(file.templates().length, 1);
});
