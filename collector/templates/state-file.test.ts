import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createLog } from '../../crds/common/log.ts';
import type { AnnouncedFact } from '../../crds/fact.ts';
import type { AnnouncedTemplate } from '../../crds/template.ts';
import { CollectorError } from '../common/errors.ts';
import { KnownTemplates } from './known.ts';
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

const template = (change: Partial<AnnouncedTemplate> = {}): AnnouncedTemplate => ({
  ...{ listener: 'netflow', address: '10.0.0.1', port: 2_000, version: 10, domain: 5, options: false, exportTime: 77 },
  ...{ receivedAt: 77_500, record: 'AQAAAQAEAAE=' },
  ...change,
});

const fact: AnnouncedFact = {
  ...{ listener: 'netflow', address: '10.0.0.1', port: 2_000, version: 10, domain: 5, receivedAt: 77_500 },
  fact: { kind: 'interface', id: 3, name: 'Gi0/3' },
};

function open(path = folder, limit = 10) {
  const known = new KnownTemplates(limit);
  return { known, file: openStateFile(path, known, log) };
}

test('templates and facts survive a restart, in the order they were learned', () => {
  const path = join(folder, 'made', 'for', 'it');
  const kept = [template(), template({ version: 9, options: true }), template({ address: 'fe80::1' }), fact];
  const { known, file } = open(path);
  for (const each of kept) known.add(each);
  file.flush();
  assert.deepEqual(
    open(path).known.list(),
    kept.map((each) => ({ ...each, adopted: true })),
  );
  assert.deepEqual(lines, []);
});

test('a limit that was lowered holds for what was kept', () => {
  const { known, file } = open();
  for (const domain of [1, 2, 3]) known.add(template({ domain }));
  file.flush();
  const domains = open(folder, 2).known.list();
  assert.deepEqual(
    domains.map(({ domain }) => domain),
    [2, 3],
  );
});

test('a file of a version without facts is read', () => {
  writeFileSync(join(folder, 'templates.json'), JSON.stringify({ templates: [template()] }));
  assert.deepEqual(open().known.list(), [{ ...template(), adopted: true }]);
});

for (const [name, text, left] of [
  ['no JSON', '{"templates":[{"listener', 0],
  ['nothing', '', 0],
  ['something else', '{"templates":{}}', 0],
  ['a record that is not base64', JSON.stringify({ templates: [{ ...template(), record: '!' }, template()] }), 1],
  [
    'a fact of a version that is not known',
    JSON.stringify({ templates: [template()], facts: [{ ...fact, version: 11 }] }),
    1,
  ],
  ['a line that is cut off', `{"templates":[\n${JSON.stringify(template())},\n{"listener":"netf`, 1],
  [
    'a line in the middle that is no longer there',
    `{"templates":[\n\0\0\n${JSON.stringify(template())}\n],"facts":[\n${JSON.stringify(fact)}\n]}`,
    2,
  ],
] as const) {
  test(`of a file with ${name} the rest is used, it is logged, and the file is made anew`, () => {
    writeFileSync(join(folder, 'templates.json'), text);
    assert.equal(open().known.list().length, left);
    assert.match(lines.join(), /"level":"warn".*damaged/);
    lines = [];
    assert.equal(open().known.list().length, left);
    assert.deepEqual(lines, []);
  });
}

test('an entry is on a line of its own', () => {
  const { known, file } = open();
  for (const each of [template(), template({ domain: 6 }), fact]) known.add(each);
  file.flush();
  const all = readFileSync(join(folder, 'templates.json'), 'utf8').split('\n');
  assert.deepEqual(
    all.map((line) => line.slice(0, 11)),
    ['{"templates', '{"listener"', '{"listener"', '],"facts":[', '{"listener"', ']}'],
  );
});

test('two processes keep what both have learned', () => {
  const one = open();
  const other = open();
  one.known.add(template({ domain: 1 }));
  other.known.add(template({ domain: 2 }));
  one.file.flush();
  other.file.flush();
  one.known.add(template({ domain: 3 }));
  one.file.flush();
  const domains = open()
    .known.list()
    .map(({ domain }) => domain);
  assert.deepEqual(domains.sort(), [1, 2, 3]);
});

test('what a killed process was writing is removed, what another may be writing is not', () => {
  const [old, young] = ['templates.json.1234', 'templates.json.5678'].map((name) => join(folder, name));
  for (const path of [old, young]) writeFileSync(path, '{"templ');
  utimesSync(old, 1_000, 1_000);
  open();
  assert.deepEqual(readdirSync(folder).sort(), ['templates.json', 'templates.json.5678']);
});

test('no other file is left behind', () => {
  const { known, file } = open();
  known.add(template());
  file.flush();
  assert.deepEqual(readdirSync(folder), ['templates.json']);
});

test('a folder that cannot be used is an error at the start', () => {
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'taken', 'templates.json'), { recursive: true });
  for (const path of [join(folder, 'file'), join(folder, 'taken')]) {
    assert.throws(
      () => open(path),
      (error) => error instanceof CollectorError && error.code === 'E_STATE_DIR' && error.detail.includes(path),
    );
  }
});

test('a folder that is gone later is logged, and costs nothing else', () => {
  const { known, file } = open(join(folder, 'state'));
  rmSync(join(folder, 'state'), { recursive: true });
  known.add(template());
  file.flush();
  assert.match(lines.join(), /"level":"error".*cannot be written/);
  assert.match(file.error ?? '', /ENOENT/);
  assert.equal(known.list().length, 1);
});
