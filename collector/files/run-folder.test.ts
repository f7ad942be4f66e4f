import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../crds/common/log.ts';
import { openRunFolder } from './run-folder.ts';

const log = createLog('error', () => {});

function directoryOf(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'spool-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const openIn = (directory: string) => openRunFolder({ directory, extension: '.spool', code: 'E_SPOOL_DIRECTORY', log });

/** Another process that has a folder there; resolves with it once it is open. */
async function openElsewhere(t: TestContext, directory: string) {
  const code = `
    import { openRunFolder } from ${JSON.stringify(new URL('./run-folder.ts', import.meta.url).href)};
    const options = { directory: ${JSON.stringify(directory)}, extension: '.spool', code: 'E_SPOOL_DIRECTORY' };
    const { path } = await openRunFolder({ ...options, log: console });
    process.stdout.write(path);
    setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code]);
  t.after(() => child.kill('SIGKILL'));
  const [path] = await once(child.stdout, 'data');
  return { child, path: String(path) };
}

test('files are taken over once their owner is killed, in their order, by one run alone', async (t) => {
  const directory = directoryOf(t);
  const { child, path } = await openElsewhere(t, directory);
  for (const name of ['0-2.spool', '0-10.spool', '1-1.spool']) writeFileSync(join(path, name), name);
  const folders = await Promise.all([1, 2, 3].map(() => openIn(directory)));
  const all = async () => (await Promise.all(folders.map((folder) => folder.takeOver()))).flat();
  assert.deepEqual(await all(), [], 'while it lives, they are its own');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const taken = [...(await all()), ...(await all())];
  assert.equal(taken.length, 3);
  assert.equal(readdirSync(directory).length, 3);
  for (const folder of folders) await folder.close();
  assert.deepEqual(
    folders.flatMap(({ path }) => taken.filter((file) => file.startsWith(path))).length,
    3,
    'files that are left keep their folder',
  );
});

test('one who takes over alone has them in the order in which they were made', async (t) => {
  const directory = directoryOf(t);
  const first = await openIn(directory);
  const names = ['0-1.spool', '0-2.spool', '0-10.spool'];
  for (const name of names.toReversed()) writeFileSync(join(first.path, name), name);
  writeFileSync(join(first.path, 'half.tmp'), 'not finished');
  writeFileSync(join(directory, 'other'), 'not ours');
  await first.close();
  const second = await openIn(directory);
  const files = names.map((name) => join(first.path, name));
  assert.deepEqual(await second.abandoned(), new Map([[first.run, files]]));
  const taken = await second.takeOver();
  assert.deepEqual(
    taken.map((path) => basename(path)),
    ['adopted-1.spool', 'adopted-2.spool', 'adopted-3.spool'],
  );
  assert.deepEqual(readdirSync(directory).sort(), [second.run, 'other'].sort());
  await second.close();
});

test('a run that leaves nothing leaves no folder', async (t) => {
  const directory = directoryOf(t);
  await (await openIn(directory)).close();
  assert.deepEqual(readdirSync(directory), []);
});

test('a folder that can’t be used is told', async (t) => {
  const directory = join(directoryOf(t), 'file');
  writeFileSync(directory, '');
  await assert.rejects(openIn(directory), { code: 'E_SPOOL_DIRECTORY' });
});
