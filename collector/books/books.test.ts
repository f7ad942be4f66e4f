import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../crds/common/log.ts';
import { openRunFolder } from '../files/run-folder.ts';
import { COUNTER, type CounterName, createCounters, imbalance, sumCounters } from '../ledger/ledger.ts';
import { Spool } from '../spool/spool.ts';
import type { KeptDomain } from '../templates/kept-sequences.ts';
import { recordWith } from './books.fixture.ts';
import { Books } from './books.ts';

const lines: string[] = [];
const log = createLog('info', (line) => lines.push(line));

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'books-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  lines.length = 0;
  return folder;
}

const domain = (key: string, at = Date.now()): KeptDomain => ({
  ...{ key, at },
  sequence: { last: 5, sysUptime: 0, exportTime: 0, carried: { flows: 1, options: 0, templates: 0 }, account: null },
});

function counted(counts: { [Name in CounterName]?: number }) {
  const counters = createCounters();
  for (const [name, count] of Object.entries(counts)) counters[COUNTER[name as CounterName]] = count ?? 0;
  return counters;
}

/** Tells the books of two workers, and waits until it is written. */
async function tell(
  books: Books,
  counts: Parameters<typeof counted>[0],
  sequences: KeptDomain[] = [],
  resumed: string[] = [],
) {
  const before = books.written?.uptime ?? 0;
  books.take(0, 2, { counters: counted(counts), sequences: JSON.stringify(sequences).slice(1, -1), resumed });
  books.take(1, 2, { counters: counted({}), sequences: '', resumed: [] });
  while ((books.written?.uptime ?? 0) <= before) await new Promise((resolve) => setImmediate(resolve));
}

/** What a killed process leaves: its socket is there, and nobody listens. */
async function leave(stateDir: string, run: string, text: string): Promise<void> {
  const folder = join(stateDir, 'books', run);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'books.json'), text);
}

test('the next run goes on with what was told last', async (t) => {
  const stateDir = folderOf(t);
  const first = await Books.open({ stateDir, spool: undefined, log });
  assert.deepEqual(first.kept.domains, []);
  await tell(first, { packets: 3, flows: 100, flowsExported: 90, flowsInFlight: 10, lostFlows: 4 }, [domain('a')]);
  assert.equal(first.written?.account.counters.flows, 100);
  assert.equal(first.written?.inFlight, 10);
  const [run] = readdirSync(join(stateDir, 'books'));
  const text = readFileSync(join(stateDir, 'books', run, 'books.json'), 'utf8');
  rmSync(join(stateDir, 'books', run), { recursive: true });
  await leave(stateDir, run, text);

  const second = await Books.open({ stateDir, spool: undefined, log });
  const { books, account, crashes } = second.earlier;
  assert.deepEqual([account.counters.flows, account.counters.lostFlows, crashes], [100, 4, 1]);
  assert.equal(books, first.earlier.books);
  assert.deepEqual(
    second.kept.domains.map(({ key }) => key),
    ['a'],
  );
  const ledger = sumCounters([second.counters]);
  assert.deepEqual([ledger['flowsDropped.crash'], imbalance(ledger)], [10, 0]);
  const { counters } = second.total(ledger);
  assert.equal(counters.flows, counters.exported + counters.dropped);
  await second.close();

  const third = await Books.open({ stateDir, spool: undefined, log });
  assert.deepEqual([third.earlier.crashes, third.counters[COUNTER.flowsAdopted]], [1, 0]);
  assert.deepEqual(third.earlier.account, second.total(ledger));
  await third.close();
  await first.close();
});

test('a sequence is kept until the worker that has taken it tells of it', async (t) => {
  const stateDir = folderOf(t);
  await leave(
    stateDir,
    'a'.repeat(16),
    JSON.stringify(recordWith({ time: Date.now(), sequences: [domain('x'), domain('y')] })),
  );
  const books = await Books.open({ stateDir, spool: undefined, log });
  const kept = () => {
    const path = join(stateDir, 'books', readdirSync(join(stateDir, 'books'))[0], 'books.json');
    return JSON.parse(readFileSync(path, 'utf8')).sequences.map(({ key }: KeptDomain) => key);
  };
  assert.deepEqual(kept(), ['x', 'y']);
  await tell(books, { packets: 1 });
  assert.deepEqual(kept(), ['x', 'y']);
  await tell(books, { packets: 2 }, [], ['x']);
  assert.deepEqual(kept(), ['y']);
  await books.close();
});

test('two collectors keep their books beside each other, and one that is damaged costs no other', async (t) => {
  const stateDir = folderOf(t);
  await leave(stateDir, 'a'.repeat(16), '{"time":1,"run":"aaa');
  const [one, other] = await Promise.all([1, 2].map(() => Books.open({ stateDir, spool: undefined, log })));
  assert.match(lines.join(), /can’t be read: they are left out/);
  await tell(one, { flows: 1 });
  await tell(other, { flows: 2 });
  assert.deepEqual([one.earlier.crashes, other.earlier.crashes], [0, 0]);
  await one.close();
  await other.close();
  const next = await Books.open({ stateDir, spool: undefined, log });
  assert.equal(next.earlier.account.counters.flows, 3);
  await next.close();
});

test('a bad sequence costs no other', async (t) => {
  const stateDir = folderOf(t);
  const bad = { ...domain('bad'), sequence: { last: -1 } };
  await leave(
    stateDir,
    'a'.repeat(16),
    JSON.stringify({ ...recordWith({ time: Date.now() }), sequences: [bad, domain('good')] }),
  );
  const books = await Books.open({ stateDir, spool: undefined, log });
  assert.deepEqual(
    books.kept.domains.map(({ key }) => key),
    ['good'],
  );
  await books.close();
});

test('where nothing can be written, it goes on, and says so', async (t) => {
  const stateDir = folderOf(t);
  writeFileSync(join(stateDir, 'books'), 'not a folder');
  const books = await Books.open({ stateDir, spool: undefined, log });
  assert.match(books.error!, /EEXIST|ENOTDIR/);
  assert.equal(books.written, undefined);
  books.take(0, 1, { counters: counted({ flows: 1 }), sequences: '', resumed: [] });
  await books.close();
});

test('a folder that is gone later is told, and that it is well again', async (t) => {
  const stateDir = folderOf(t);
  const books = await Books.open({ stateDir, spool: undefined, log });
  const [run] = readdirSync(join(stateDir, 'books'));
  rmSync(join(stateDir, 'books'), { recursive: true });
  books.take(0, 1, { counters: counted({ flows: 1 }), sequences: '', resumed: [] });
  while (books.error === undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(books.written, undefined, 'what is not written is not told');
  mkdirSync(join(stateDir, 'books', run), { recursive: true });
  await tell(books, { flows: 2 });
  assert.equal(books.error, undefined);
  await books.close();
});

test('what is in the spool of a killed run is not gone', async (t) => {
  const folder = folderOf(t);
  const [stateDir, directory] = [join(folder, 'state'), join(folder, 'spool')];
  const dead = 'e'.repeat(16);
  mkdirSync(join(directory, dead), { recursive: true });
  const spool = new Spool({
    ...{ folder: join(directory, dead), worker: 0, limit: 2 ** 20, sync: false, counters: createCounters(), log },
  });
  for (const flows of [10, 20, 30]) {
    const taken = await spool.append({ body: Buffer.alloc(100), flows, spans: flows, rawLength: 800, sealedTime: 1 });
    if (flows === 10) await spool.done(taken!);
  }
  const account = { ...recordWith().account, counters: { ...recordWith().account.counters, flows: 55 } };
  await leave(stateDir, 'a'.repeat(16), JSON.stringify(recordWith({ account, spools: [dead], time: Date.now() })));
  const own = await openRunFolder({ directory, extension: '.spool', code: 'E_SPOOL_DIRECTORY', log });
  const books = await Books.open({ stateDir, spool: own, log });
  assert.equal(books.counters[COUNTER['flowsDropped.crash']], 5);
  await books.close();
  await own.close();
});
