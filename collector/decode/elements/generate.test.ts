import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

/** A copy of this folder that a test may change. */
function copyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'elements-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(import.meta.dirname, folder, { recursive: true });
  return folder;
}

function generate(folder: string, ...flags: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [join(folder, 'generate.ts'), ...flags], { encoding: 'utf8' });
}

test('the committed tables are what the data says', () => {
  const { status, stderr } = generate(import.meta.dirname, '--check');
  assert.equal(status, 0, stderr);
});

test('a table that does not follow its data is stale until it is generated again', (t) => {
  const folder = copyFolder(t);
  appendFileSync(join(folder, 'data', 'iana.csv'), '32000,newElement,unsigned8\n');
  const stale = generate(folder, '--check');
  assert.equal(stale.status, 1);
  assert.match(stale.stderr, /elements\.generated\.ts is stale: run "npm run generate"/);
  assert.equal(generate(folder).status, 0);
  assert.equal(generate(folder, '--check').status, 0);
});

for (const [what, file, line, generated] of [
  ['with its vendor’s before it', 'netscaler.csv', '600,netscalerHttpMood,string', '600,httpMood,string'],
  ['with an abbreviation behind its vendor’s', 'viptela.csv', '5000,viptelaVPNName,string', '5000,vpnName,string'],
  ['with what the vendor was called formerly', 'sandvine.csv', '600,proceraMood,string', '600,mood,string'],
  ['in snake case', 'v9.csv', '60000,streamcore_mood,string,4056', '60000,mood,string,4056'],
  ['that only begins with the same letters', 'ntop.csv', '2000,ntopology,string', '2000,ntopology,string'],
] as const) {
  test(`a name ${what} is ${generated.split(',')[1]}`, (t) => {
    const folder = copyFolder(t);
    appendFileSync(join(folder, 'data', file), `${line}\n`);
    assert.equal(generate(folder).status, 0);
    assert.match(readFileSync(join(folder, 'elements.generated.ts'), 'utf8'), new RegExp(`^${generated}`, 'm'));
  });
}

test('refuses two names that are the same without their vendor', (t) => {
  const folder = copyFolder(t);
  appendFileSync(join(folder, 'data', 'sandvine.csv'), '600,httpUrl,string\n');
  assert.match(generate(folder).stderr, /sandvine\.csv, line \d+: the name is used twice/);
});

for (const [what, line, message] of [
  ['type that does not exist', '32000,newElement,unsigned7', /iana\.csv: no such type/],
  ['name that is taken', '32000,octetDeltaCount,unsigned8', /iana\.csv, line \d+: the name is used twice/],
  ['name that is no attribute segment', '32000,new-element,unsigned8', /iana\.csv, line \d+: the name must match/],
  ['number that does not ascend', '1,newElement,unsigned8', /iana\.csv, line \d+: numbers must ascend/],
  ['number out of range', '65536,newElement,unsigned8', /iana\.csv, line \d+: the number must be 0 to 65535/],
  ['missing column', '32000,newElement', /iana\.csv, line \d+: must have 3 columns/],
] as const) {
  test(`refuses a ${what}`, (t) => {
    const folder = copyFolder(t);
    appendFileSync(join(folder, 'data', 'iana.csv'), `${line}\n`);
    const { status, stderr } = generate(folder);
    assert.notEqual(status, 0);
    assert.match(stderr, message);
  });
}
