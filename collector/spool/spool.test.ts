import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../crds/common/log.ts';
import { COUNTER, type CounterName, createCounters, imbalance, sumCounters } from '../ledger/ledger.ts';
import { RECORD_HEADER, SEGMENT_HEADER } from './format.ts';
import { Spool } from './spool.ts';

const FLOWS = 10;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'spool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A run of a collector: a spool with counters of its own. */
function run(folder: string, { limit = 64 * 2 ** 20, worker = 0 } = {}) {
  const counters = createCounters();
  const lines: string[] = [];
  const log = createLog('debug', (line) => lines.push(line));
  let time = 0;
  const spool = new Spool({ folder, worker, limit, sync: false, counters, log, now: () => time });
  return {
    spool,
    lines,
    files: () => readdirSync(folder).map((name) => join(folder, name)),
    advance: (ms: number) => {
      time += ms;
    },
    read: (...names: CounterName[]) => names.map((name) => counters[COUNTER[name]]),
    async append(id: number, size = 1_000): Promise<boolean> {
      counters[COUNTER.flows] += FLOWS;
      counters[COUNTER.flowsInFlight] += FLOWS;
      const batch = { flows: FLOWS, spans: FLOWS + 2, rawLength: 8 * size, sealedTime: 1_000 + id };
      const taken = await spool.append({ ...batch, body: Buffer.alloc(size, id) });
      if (taken) spool.back(taken);
      return taken !== undefined;
    },
    /** Takes the next batch and tells that the backend has it; returns its id. */
    async send(): Promise<number | undefined> {
      const loaded = await spool.take();
      if (loaded === undefined) return undefined;
      const { taken, body } = loaded;
      counters[taken.gone ? COUNTER.flowsInFlight : COUNTER.flowsSpooled] -= FLOWS;
      counters[COUNTER.flowsExported] += FLOWS;
      taken.flows = 0;
      await spool.done(taken);
      return body[0];
    },
    balances: () => assert.equal(imbalance(sumCounters([counters])), 0),
  };
}

async function sendAll({ send }: ReturnType<typeof run>): Promise<number[]> {
  const ids: number[] = [];
  for (let id = await send(); id !== undefined; id = await send()) ids.push(id);
  return ids;
}

test('what is appended is taken, oldest first, and its files go once it is done', async (t) => {
  const first = run(folderOf(t));
  for (const id of [1, 2, 3]) assert.ok(await first.append(id));
  assert.deepEqual(first.read('flowsInFlight', 'flowsSpooled', 'spoolBatches', 'spoolOldestTime'), [0, 30, 3, 1_001]);
  const { taken, ...batch } = (await first.spool.take())!;
  assert.deepEqual(batch, {
    ...{ body: Buffer.alloc(1_000, 1), flows: FLOWS, spans: FLOWS + 2, rawLength: 8_000, sealedTime: 1_001 },
  });
  first.spool.back(taken);
  assert.deepEqual(await sendAll(first), [1, 2, 3]);
  first.balances();
  await first.spool.close();
  assert.throws(first.files, /ENOENT/, 'nothing is left, not even the folder');
});

test('the next run takes over what is not done, and only that', async (t) => {
  const folder = folderOf(t);
  const first = run(folder);
  for (const id of [1, 2, 3, 4]) await first.append(id);
  await first.send();
  // It ends here, without a word: two are taken, and not told of.
  await first.spool.take();

  const second = run(folder, { worker: 1 });
  await second.append(9);
  for (const path of first.files().filter((path) => /\/0-/.test(path))) await second.spool.adopt(path);
  assert.deepEqual(second.read('flowsAdopted', 'flowsSpooled', 'spoolTorn'), [30, 40, 0]);
  assert.deepEqual(await sendAll(second), [2, 3, 4, 9]);
  second.balances();
});

for (const [what, cut, left] of [
  ['within a body', -1, [1, 2]],
  ['within a header', -1_000 - 20, [1, 2]],
  ['behind a record', -1_000 - RECORD_HEADER, [1, 2]],
  ['within the first record', SEGMENT_HEADER + 10, []],
  ['within the head of the file', 5, []],
] as const) {
  test(`a file that was cut off ${what}`, async (t) => {
    const folder = folderOf(t);
    const first = run(folder);
    for (const id of [1, 2, 3]) await first.append(id);
    const [path] = first.files();
    truncateSync(path, cut < 0 ? statSync(path).size + cut : cut);
    const second = run(folder);
    await second.spool.adopt(path);
    assert.deepEqual(second.read('spoolTorn'), [what === 'behind a record' ? 0 : 1]);
    assert.deepEqual(await sendAll(second), left);
    second.balances();
    await second.spool.close();
    assert.throws(second.files, /ENOENT/);
  });
}

test('a damaged body costs its batch alone; a damaged header, all that follows', async (t) => {
  for (const [offset, left, lost] of [
    [SEGMENT_HEADER + RECORD_HEADER + 500, [2, 3], FLOWS],
    [SEGMENT_HEADER + RECORD_HEADER + 1_000 + 4, [1], 0],
  ] as const) {
    const folder = folderOf(t);
    const first = run(folder);
    for (const id of [1, 2, 3]) await first.append(id);
    const [path] = first.files();
    const bytes = readFileSync(path);
    bytes[offset] ^= 1;
    writeFileSync(path, bytes);
    const second = run(folder);
    await second.spool.adopt(path);
    assert.deepEqual(await sendAll(second), left);
    assert.deepEqual(second.read('flowsDropped.spool_damaged'), [lost]);
    second.balances();
  }
});

test('files that change or go under a running collector end nothing', async (t) => {
  const spoil: [lost: number, (path: string) => void][] = [
    [0, (path) => rmSync(path)],
    [3 * FLOWS, (path) => truncateSync(path, SEGMENT_HEADER)],
    [2 * FLOWS, (path) => truncateSync(path, SEGMENT_HEADER + RECORD_HEADER + 1_000)],
  ];
  for (const [lost, change] of spoil) {
    const first = run(folderOf(t));
    for (const id of [1, 2, 3]) await first.append(id);
    change(first.files()[0]);
    assert.equal((await sendAll(first)).length, 3 - lost / FLOWS);
    assert.deepEqual(first.read('flowsDropped.spool_damaged', 'flowsSpooled'), [lost, 0]);
    assert.ok(await first.append(4));
    assert.deepEqual(await sendAll(first), [4]);
    first.balances();
    await first.spool.close();
  }
});

test('a file of another version, or of another program, is left alone', async (t) => {
  for (const change of [(bytes: Buffer) => bytes.writeUInt16LE(2, 8), (bytes: Buffer) => bytes.write('other')]) {
    const folder = folderOf(t);
    const first = run(folder);
    await first.append(1);
    const [path] = first.files();
    const bytes = readFileSync(path);
    change(bytes);
    writeFileSync(path, bytes);
    const second = run(folder);
    await second.spool.adopt(path);
    assert.equal(await second.send(), undefined);
    await second.spool.close();
    assert.deepEqual(readFileSync(path), bytes);
    assert.match(second.lines.join(), /left where it is/);
    second.balances();
  }
});

test('a full spool drops its oldest file, and no more', async (t) => {
  const limit = 80_000;
  const first = run(folderOf(t), { limit });
  for (let id = 0; id < 200; id++) {
    assert.ok(await first.append(id));
    const size = first.files().reduce((total, path) => total + statSync(path).size, 0);
    assert.ok(size <= limit, `${size}`);
    assert.deepEqual(first.read('spoolBytes'), [size]);
  }
  const ids = await sendAll(first);
  assert.deepEqual(
    ids,
    Array.from(ids, (_, index) => 200 - ids.length + index),
  );
  assert.ok(ids.length > 60);
  assert.deepEqual(first.read('flowsDropped.spool_full'), [(200 - ids.length) * FLOWS]);
  first.balances();
});

test('a batch that is taken outlives its file', async (t) => {
  const first = run(folderOf(t), { limit: 80_000 });
  await first.append(0);
  const { taken } = (await first.spool.take())!;
  for (let id = 1; id < 200; id++) await first.append(id);
  assert.equal(taken.gone, true);
  assert.ok(first.read('flowsInFlight')[0] === FLOWS);
  await first.spool.done(taken);
  first.balances();
});

test('a batch that stays in memory is not taken again, unless it comes back', async (t) => {
  const counters = createCounters();
  const log = createLog('error', () => {});
  const spool = new Spool({ folder: folderOf(t), worker: 0, limit: 2 ** 20, sync: true, counters, log });
  const append = (id: number) =>
    spool.append({ body: Buffer.of(id), flows: FLOWS, spans: FLOWS, rawLength: 1, sealedTime: id });
  const [first, second, third] = [(await append(1))!, (await append(2))!, (await append(3))!];
  spool.back(second);
  const loaded = (await spool.take())!;
  assert.equal(loaded.body[0], 2);
  assert.equal(await spool.take(), undefined);
  spool.back(third);
  spool.back(loaded.taken);
  await spool.done(first);
  assert.deepEqual([(await spool.take())?.body[0], (await spool.take())?.body[0]].sort(), [2, 3]);
});

test('a batch larger than the spool is not stored', async (t) => {
  const first = run(folderOf(t), { limit: 1_000 });
  assert.equal(await first.append(1), false);
  first.balances();
});

test('a disk that fails is left alone for a while', async (t) => {
  const folder = folderOf(t);
  const first = run(folder);
  rmSync(folder, { recursive: true });
  assert.equal(await first.append(1), false);
  assert.equal(await first.append(2), false);
  assert.deepEqual(first.read('spoolFailures', 'flowsInFlight'), [1, 20]);
  first.advance(5_000);
  assert.equal(await first.append(3), false);
  assert.deepEqual(first.read('spoolFailures'), [2]);
  first.balances();
});
