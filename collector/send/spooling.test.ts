/**
 * A sender and its spool: which batches are where, and that each arrives. Bodies and disk are real, the clock is not.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../crds/common/log.ts';
import { COUNTER, type CounterName, createCounters, imbalance, sumCounters } from '../ledger/ledger.ts';
import { Spool } from '../spool/spool.ts';
import type { Outcome } from './outcome.ts';
import { createSender } from './sender.ts';
import { type OtlpChanges, otlpConfig } from './servers.fixture.ts';

const FLOWS = 10;
const SIZE = 100_000;
const DOWN: Outcome = { status: 'retryable', error: new Error('down') };

/** A sender whose backend answers as `answer` says, with a spool in a folder of its own. */
function harness(t: TestContext, changes: OtlpChanges['queue'], { limit = 2 ** 26 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'spool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const counters = createCounters();
  const log = createLog('error', () => {});
  const received: number[] = [];
  const state: { answer: (id: number) => Outcome } = { answer: () => DOWN };
  let time = 0;
  const { durable = false } = changes ?? {};
  const spool = new Spool({ folder, worker: 0, limit, sync: durable, counters, log, now: () => time });
  const sender = createSender({
    transport: {
      async send(body) {
        const outcome = state.answer(body[0]);
        if (outcome.status === 'success') received.push(body[0]);
        return outcome;
      },
      shutdown() {},
    },
    config: otlpConfig({ queue: changes, retry: { initialInterval: 20, maxInterval: 40, maxElapsed: 100 } }),
    ...{ counters, log, spool },
  });
  t.after(() => sender.drain(0));
  let id = 0;
  const read = (...names: CounterName[]) => names.map((name) => counters[COUNTER[name]]);
  return {
    state,
    received,
    sender,
    folder,
    advance: (ms: number) => {
      time += ms;
    },
    read,
    push(count: number) {
      for (let i = 0; i < count; i++) {
        counters[COUNTER.flows] += FLOWS;
        counters[COUNTER.flowsInFlight] += FLOWS;
        const body = randomBytes(SIZE);
        body[0] = id;
        sender.push({ body, spans: FLOWS + 2, flows: FLOWS, sealedTime: 1_000 + id++, release() {} });
      }
    },
    async until(holds: () => boolean, what: string) {
      for (let waited = 0; !holds(); waited += 5) {
        assert.ok(
          waited < 20_000,
          `${what}: ${JSON.stringify([received, read('queueBatches', 'flowsInFlight', 'flowsSpooled', 'flowsDropped.retry_exhausted', 'flowsDropped.queue_full')])}`,
        );
        await sleep(5);
      }
    },
    balances: () => assert.equal(imbalance(sumCounters([counters])), 0),
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

test('without durable nothing is written while the backend takes all', async (t) => {
  const h = harness(t, { memory: 20 * SIZE });
  h.state.answer = () => ({ status: 'success' });
  h.push(10);
  await h.sender.drain(1_000);
  assert.deepEqual(h.received, numbers(10));
  assert.deepEqual(h.read('flowsSpooled', 'spoolBytes'), [0, 0]);
  h.balances();
});

test('durable: what was pushed is on disk before it is sent', async (t) => {
  const h = harness(t, { memory: 20 * SIZE, durable: true });
  let spooled = 0;
  h.state.answer = () => {
    spooled = Math.max(spooled, h.read('flowsSpooled')[0]);
    return { status: 'success' };
  };
  h.push(10);
  await h.until(() => h.received.length === 10, 'all are sent');
  await h.sender.drain(1_000);
  assert.ok(spooled >= FLOWS);
  assert.deepEqual(
    h.received.toSorted((a, b) => a - b),
    numbers(10),
  );
  h.balances();
});

test('an outage that is longer than maxElapsed costs nothing that fits the disk, and new batches go beside old ones', async (t) => {
  const h = harness(t, { memory: 10 * SIZE });
  for (let i = 0; i < 40; i++) {
    h.push(1);
    await sleep(10);
    await h.until(() => h.read('queueBytes')[0] < 9 * SIZE, 'there is room again');
  }
  assert.ok(h.read('flowsSpooled')[0] > 0);
  h.state.answer = () => ({ status: 'success' });
  await h.until(() => h.received.length === 40, 'all are sent');
  assert.deepEqual(
    h.received.toSorted((a, b) => a - b),
    numbers(40),
  );
  assert.deepEqual(h.read('flowsExported', 'flowsDropped.retry_exhausted'), [400, 0]);
  await h.sender.drain(1_000);
  h.balances();
});

test('a batch that fails again and again while others do not is given up', async (t) => {
  const h = harness(t, { memory: 20 * SIZE, durable: true });
  h.state.answer = (id) => (id === 2 ? DOWN : { status: 'success' });
  let pushed = 0;
  await h.until(() => {
    if (h.read('queueBytes')[0] < 10 * SIZE) {
      h.push(1);
      pushed++;
    }
    return h.read('flowsDropped.retry_exhausted')[0] > 0;
  }, 'it is given up');
  await h.sender.drain(1_000);
  const [exported, spooled, dropped] = h.read('flowsExported', 'flowsSpooled', 'flowsDropped.retry_exhausted');
  assert.deepEqual([exported + spooled, dropped], [FLOWS * (pushed - 1), FLOWS]);
  h.balances();
});

test('at the end what was not taken stays on disk', async (t) => {
  const h = harness(t, { memory: 40 * SIZE });
  h.push(12);
  await h.sender.drain(2_000);
  assert.deepEqual(h.read('flowsSpooled', 'flowsInFlight'), [120, 0]);
  h.balances();
  const next = harness(t, { memory: 40 * SIZE });
  next.state.answer = () => ({ status: 'success' });
  for (const name of readdirSync(h.folder)) next.sender.adopt(join(h.folder, name));
  await next.until(() => next.received.length === 12, 'all are sent');
  await next.sender.drain(1_000);
  assert.deepEqual(
    next.received.toSorted((a, b) => a - b),
    numbers(12),
  );
  assert.deepEqual(next.read('flowsAdopted', 'flowsExported'), [120, 120]);
  next.balances();
});

test('an outage longer than maxElapsed that ends while a batch is under way', async (t) => {
  const h = harness(t, { memory: 20 * SIZE });
  const end = performance.now() + 300;
  // The last answer of the outage comes when others have been taken already.
  let last = -1;
  h.state.answer = (id) => {
    if (performance.now() < end) return DOWN;
    if (h.received.length > 0 && last < 0) last = id;
    return id === last && h.received.length < 3 ? DOWN : { status: 'success' };
  };
  h.push(6);
  await h.until(() => h.read('flowsInFlight')[0] === 0, 'all are settled');
  assert.deepEqual(h.read('flowsExported', 'flowsDropped.retry_exhausted'), [60, 0]);
});

test('at the end, a batch whose file had to go meanwhile is written again', async (t) => {
  const h = harness(t, { memory: 100 * SIZE, durable: true }, { limit: 4 * SIZE });
  h.push(12);
  await h.until(
    () => h.read('flowsDropped.spool_full', 'flowsSpooled')[1] > 0 && h.read('queueBatches')[0] === 12,
    'files go',
  );
  await h.sender.drain(100);
  const [spooled, dropped] = h.read('flowsSpooled', 'flowsDropped.spool_full');
  assert.deepEqual([spooled > 0, spooled + dropped], [true, 120]);
  h.balances();
});

test('when the disk is full or fails, memory is what is left', async (t) => {
  const h = harness(t, { memory: 8 * SIZE, durable: true });
  rmSync(h.folder, { recursive: true });
  for (let i = 0; i < 10; i++) {
    h.push(1);
    await sleep(5);
  }
  await h.until(() => h.read('spoolFailures')[0] > 0, 'it fails');
  h.state.answer = () => ({ status: 'success' });
  await h.until(() => h.read('flowsInFlight')[0] === 0, 'all are sent from memory');
  const [exported, dropped] = h.read('flowsExported', 'flowsDropped.queue_full');
  assert.equal(exported + dropped, 100);
  await h.sender.drain(1_000);
  h.balances();
});

test('a backend that refuses what came from disk', async (t) => {
  const h = harness(t, { memory: 20 * SIZE, durable: true });
  h.state.answer = () => ({ status: 'failure', error: new Error('no') });
  h.push(3);
  await h.until(() => h.read('flowsDropped.export_refused')[0] === 30, 'all are refused');
  await h.sender.drain(1_000);
  assert.deepEqual(h.read('flowsSpooled', 'flowsInFlight'), [0, 0]);
  h.balances();
});
