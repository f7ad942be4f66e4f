import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../crds/common/log.ts';
import { COUNTER, type CounterName, createCounters, imbalance, sumCounters } from '../ledger/ledger.ts';
import type { Batch } from '../otlp/batch.ts';
import { createDiscard } from './discard.ts';
import type { Outcome, Transport } from './outcome.ts';
import { createSender } from './sender.ts';
import { otlpConfig, startGrpcServer, transportTo } from './servers.fixture.ts';

const FLOWS = 10;
const SIZE = 1_000;

/** Counters, batches and logs of one test; after it, the books must balance and every batch be released once. */
function createBooks() {
  const counters = createCounters();
  const lines: string[] = [];
  const releases: number[] = [];
  return {
    counters,
    lines,
    log: createLog('debug', (line) => lines.push(line)),
    releases,
    batch(size = SIZE): Batch {
      const id = releases.push(0) - 1;
      counters[COUNTER.flows] += FLOWS;
      counters[COUNTER.flowsInFlight] += FLOWS;
      const body = Buffer.alloc(size, id);
      return { body, spans: FLOWS + 2, flows: FLOWS, sealedTime: 1_000 + id, release: () => void releases[id]++ };
    },
    read: (...names: CounterName[]) => names.map((name) => counters[COUNTER[name]]),
  };
}

let opened: ReturnType<typeof createBooks>[] = [];
function books() {
  const created = createBooks();
  opened.push(created);
  return created;
}
afterEach(() => {
  for (const { counters, releases, read } of opened) {
    assert.equal(imbalance(sumCounters([counters])), 0);
    assert.deepEqual(read('flowsInFlight', 'queueBytes', 'queueBatches', 'queueOldestTime'), [0, 0, 0, 0]);
    assert.deepEqual(
      releases,
      releases.map(() => 1),
    );
  }
  opened = [];
});

const OK: Outcome = { status: 'success' };
const DOWN: Outcome = { status: 'retryable', error: new Error('down') };

/** A sender whose clock and backend the test moves by hand. */
function harness(changes: Parameters<typeof otlpConfig>[0] = {}) {
  const book = books();
  let time = 0;
  let timers: { at: number; callback: () => void }[] = [];
  const calls: { id: number; answer: (response: Outcome) => void }[] = [];
  const transport: Transport = {
    send(data) {
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      calls.push({ id: data[0], answer: resolve });
      return promise;
    },
    shutdown() {
      for (const { answer } of calls.splice(0)) answer(DOWN);
    },
  };
  const sender = createSender({
    transport,
    config: otlpConfig(changes),
    counters: book.counters,
    log: book.log,
    now: () => time,
    random: () => 1,
    setTimer(callback, delayMs) {
      const timer = { at: time + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  });
  const settled = () => new Promise(setImmediate);
  return {
    ...book,
    ...sender,
    /** Ids of the batches that are being sent. */
    underWay: () => calls.map(({ id }) => id),
    /** Answers the oldest request under way. */
    async answer(response: Outcome) {
      calls.shift()!.answer(response);
      await settled();
    },
    async advance(milliseconds: number) {
      const end = time + milliseconds;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        time = next.at;
        next.callback();
        await settled();
      }
      time = end;
    },
  };
}

test('sends concurrently, in order, and counts', async () => {
  const h = harness({ concurrency: 2 });
  for (let i = 0; i < 3; i++) h.push(h.batch());
  assert.deepEqual(h.underWay(), [0, 1]);
  assert.deepEqual(h.read('queueBytes', 'queueBatches', 'queueOldestTime'), [3 * SIZE, 3, 1_000]);
  await h.advance(300);
  await h.answer(OK);
  assert.deepEqual(h.underWay(), [1, 2]);
  assert.deepEqual(h.read('queueBatches', 'queueOldestTime', 'flowsExported'), [2, 1_001, FLOWS]);
  await h.answer(OK);
  await h.answer(OK);
  assert.deepEqual(h.read('exportRequests', 'exportFailures', 'exportRetries', 'exportBytes'), [3, 0, 0, 3 * SIZE]);
  assert.deepEqual(h.read('flowsExported', 'exportSeconds', 'exportDuration.0', 'exportDuration.6'), [30, 0.6, 1, 2]);
  assert.ok(h.counters[COUNTER.lastExportTime] > 0);
});

test('what waits is compressed once the backend takes none, not while it takes fewer than come', async () => {
  const size = 100_000;
  const h = harness({ concurrency: 1, queue: { memory: 10 * size } });
  for (let i = 0; i < 4; i++) {
    h.push(h.batch(size));
    await h.answer(OK);
    h.push(h.batch(size));
  }
  const start = h.read('compressedBytes');
  for (let i = 0; i < 4; i++) {
    await h.advance(40);
    await h.answer(OK);
    for (let more = 0; more < 2; more++) h.push(h.batch(size));
  }
  await sleep(50);
  assert.deepEqual(h.read('compressedBytes'), start);
  await h.advance(100);
  h.push(h.batch(size));
  while (h.read('queueBytes')[0] > 3 * size) await sleep(5);
  const [uncompressed, compressed] = h.read('uncompressedBytes', 'compressedBytes');
  assert.ok(compressed > 0 && compressed < uncompressed / 8);
  while (h.read('queueBatches')[0] > 0) {
    if (h.underWay().length > 0) await h.answer(OK);
    else await sleep(5);
  }
});

test('a full queue drops its oldest waiting batches', async () => {
  const h = harness({ concurrency: 1, queue: { memory: 3 * SIZE } });
  for (let i = 0; i < 5; i++) h.push(h.batch());
  assert.deepEqual(h.read('queueBatches', 'flowsDropped.queue_full'), [3, 2 * FLOWS]);
  assert.match(h.lines.join(), /queue is full/);
  const sent = [];
  while (h.underWay().length > 0) {
    sent.push(...h.underWay());
    await h.answer(OK);
  }
  assert.deepEqual(sent, [0, 3, 4]);
});

test('a batch larger than the queue is sent when a sender is free', async () => {
  const h = harness({ queue: { memory: 10 } });
  h.push(h.batch());
  await h.answer(OK);
  assert.deepEqual(h.read('flowsExported', 'flowsDropped.queue_full'), [FLOWS, 0]);
});

test('while the backend is down one request at a time probes it, ever more slowly', async () => {
  const h = harness({ concurrency: 2 });
  for (let i = 0; i < 4; i++) h.push(h.batch());
  await h.answer(DOWN);
  await h.answer(DOWN);
  assert.deepEqual(h.underWay(), []);
  await h.advance(999);
  h.push(h.batch());
  assert.deepEqual(h.underWay(), []);
  await h.advance(1);
  assert.equal(h.underWay().length, 1, 'two failed together: one failure, one second');
  await h.answer(DOWN);
  await h.advance(1_999);
  assert.deepEqual(h.underWay(), []);
  await h.advance(1);
  assert.equal(h.underWay().length, 1);
  await h.answer(OK);
  assert.equal(h.underWay().length, 2, 'one success lets all go on');
  while (h.underWay().length > 0) await h.answer(OK);
  await h.advance(60_000);
  while (h.underWay().length > 0) await h.answer(OK);
  assert.deepEqual(h.read('flowsExported', 'exportFailures', 'exportRetries'), [50, 3, 3]);
  assert.match(h.lines.join(), /works again/);
});

test('one batch that fails does not hold up others that succeed', async () => {
  const h = harness({ concurrency: 2 });
  for (let i = 0; i < 4; i++) h.push(h.batch());
  await h.answer(DOWN);
  await h.answer(OK);
  assert.deepEqual(h.underWay(), [2, 3]);
  await h.answer(OK);
  await h.answer(OK);
  assert.deepEqual(h.underWay(), []);
  await h.advance(1_000);
  assert.deepEqual(h.underWay(), [0]);
  await h.answer(OK);
});

const BOUNDED = { concurrency: 2, queue: { memory: 4 * SIZE } };

test('while flows are dropped the backend is probed each second, and has them all within two of its return', async () => {
  const h = harness(BOUNDED);
  let failed = 0;
  for (let second = 0; second < 40; second++) {
    h.push(h.batch());
    while (h.underWay().length > 0) {
      await h.answer(DOWN);
      failed++;
    }
    await h.advance(1_000);
  }
  assert.ok(failed >= 30, `${failed} probes in 40 s`);
  assert.ok(h.read('flowsDropped.queue_full')[0] > 0);
  const dropped = h.read('flowsDropped.queue_full');
  await h.advance(1_000);
  while (h.underWay().length > 0) await h.answer(OK);
  await h.advance(1_000);
  while (h.underWay().length > 0) await h.answer(OK);
  assert.deepEqual(h.read('flowsDropped.queue_full', 'queueBatches'), [...dropped, 0]);
});

test('a long wait ends when flows begin to be dropped', async () => {
  const h = harness(BOUNDED);
  h.push(h.batch());
  for (const delay of [1_000, 2_000, 4_000, 8_000]) {
    await h.answer(DOWN);
    await h.advance(delay);
  }
  await h.answer(DOWN);
  await h.advance(500);
  assert.deepEqual(h.underWay(), []);
  for (let i = 0; i < 5; i++) h.push(h.batch());
  await h.advance(1_000);
  assert.equal(h.underWay().length, 1);
  await h.answer(OK);
  while (h.underWay().length > 0) await h.answer(OK);
});

test('while flows are dropped a probe that hangs does not hold up the next', async () => {
  const h = harness({ concurrency: 3, queue: { memory: 4 * SIZE } });
  for (let i = 0; i < 6; i++) h.push(h.batch());
  for (let i = 0; i < 3; i++) await h.answer(DOWN);
  for (let i = 0; i < 6; i++) h.push(h.batch());
  for (const probes of [1, 2, 3, 3]) {
    await h.advance(1_000);
    assert.equal(h.underWay().length, probes);
  }
  while (h.underWay().length > 0) await h.answer(OK);
});

test('a wait that the backend asked for is kept, also while flows are dropped', async () => {
  const h = harness(BOUNDED);
  for (let i = 0; i < 6; i++) h.push(h.batch());
  await h.answer(DOWN);
  await h.answer({ ...DOWN, retryInMillis: 20_000 });
  for (let i = 0; i < 6; i++) h.push(h.batch());
  await h.advance(19_999);
  assert.deepEqual(h.underWay(), []);
  await h.advance(1);
  assert.equal(h.underWay().length, 1);
  while (h.underWay().length > 0) await h.answer(OK);
});

test('the server’s wish is honoured', async () => {
  const h = harness();
  h.push(h.batch());
  await h.answer({ ...DOWN, retryInMillis: 40_000 });
  await h.advance(39_999);
  assert.deepEqual(h.underWay(), []);
  await h.advance(1);
  await h.answer(OK);
});

test('a batch is given up after maxElapsed', async () => {
  const h = harness({ retry: { initialInterval: 1_000, maxInterval: 1_000, maxElapsed: 2_500 } });
  h.push(h.batch());
  for (const _ of [1, 2, 3]) {
    await h.answer(DOWN);
    await h.advance(1_000);
  }
  assert.deepEqual(h.underWay(), []);
  assert.deepEqual(h.read('flowsDropped.retry_exhausted', 'exportRequests'), [FLOWS, 3]);
});

test('a refused batch is dropped', async () => {
  const h = harness();
  h.push(h.batch());
  h.push(h.batch());
  await h.answer({ status: 'failure', error: new Error('no') });
  await h.answer(OK);
  assert.deepEqual(h.read('flowsDropped.export_refused', 'flowsExported', 'exportFailures'), [FLOWS, FLOWS, 1]);
});

// ExportTraceServiceResponse { partial_success { rejected_spans, error_message: "no" } }
const rejecting = (...varint: number[]) => Buffer.from([0x0a, 5 + varint.length, 0x08, ...varint, 0x12, 2, 0x6e, 0x6f]);
const answers: { name: string; data: Uint8Array; rejected: number; log?: RegExp }[] = [
  { name: 'some spans rejected', data: rejecting(3), rejected: 3, log: /rejected spans.*"error":"no"/ },
  { name: 'more spans rejected than there are flows', data: rejecting(12), rejected: FLOWS },
  { name: 'a negative count', data: rejecting(...Array(9).fill(0xff), 1), rejected: FLOWS },
  {
    name: 'only a warning',
    data: Buffer.from([0x0a, 4, 0x12, 2, 0x6e, 0x6f]),
    rejected: 0,
    log: /warns.*"error":"no"/,
  },
  { name: 'nothing to say', data: Buffer.from([0x0a, 0]), rejected: 0 },
  { name: 'rubbish', data: Buffer.from([0xff, 0xff, 0xff]), rejected: 0 },
];
for (const { name, data, rejected, log } of answers) {
  test(`answer: ${name}`, async () => {
    const h = harness();
    h.push(h.batch());
    await h.answer({ status: 'success', data });
    assert.deepEqual(h.read('flowsExported', 'flowsDropped.export_rejected'), [FLOWS - rejected, rejected]);
    assert.equal(h.counters[COUNTER.exportRequests], 1);
    if (log) assert.match(h.lines.join(), log);
  });
}

test('drain sends what is queued, then takes nothing more', async () => {
  const h = harness({ concurrency: 1 });
  h.push(h.batch());
  h.push(h.batch());
  const drained = h.drain(10_000);
  await h.answer(OK);
  await h.answer(OK);
  await drained;
  h.push(h.batch());
  assert.deepEqual(h.read('flowsExported', 'flowsDropped.shutdown'), [20, FLOWS]);
});

test('drain tries at once what waits for another try, and drops what is left when the grace ends', async () => {
  const h = harness({ concurrency: 1 });
  for (let i = 0; i < 3; i++) h.push(h.batch());
  await h.answer({ ...DOWN, retryInMillis: 200_000 });
  const drained = h.drain(10_000);
  assert.deepEqual(h.underWay(), [0]);
  await h.answer(OK);
  assert.deepEqual(h.underWay(), [1]);
  await h.advance(10_000);
  await drained;
  assert.deepEqual(h.read('flowsExported', 'flowsDropped.shutdown'), [FLOWS, 2 * FLOWS]);
});

test('without an endpoint flows are counted as such', async () => {
  const book = books();
  const discard = createDiscard(book.counters);
  discard.push(book.batch());
  await discard.drain(1_000);
  assert.deepEqual(book.read('flowsDropped.no_endpoint', 'flowsInFlight'), [FLOWS, 0]);
});

test('a backend that is down, comes up, and rejects some', async (t) => {
  const book = books();
  let up = false;
  const received: Buffer[] = [];
  const endpoint = await startGrpcServer(t, ({ request }, callback) => {
    if (!up) return callback({ code: 14, details: 'starting' });
    received.push(request);
    callback(null, received.length === 1 ? rejecting(4) : Buffer.alloc(0));
  });
  const sender = createSender({
    transport: transportTo(t, endpoint, { insecure: true, compression: 'gzip' }),
    config: otlpConfig({ retry: { initialInterval: 20, maxInterval: 50, maxElapsed: 60_000 } }),
    counters: book.counters,
    log: book.log,
  });
  const batches = Array.from({ length: 20 }, () => book.batch(100_000));
  for (const batch of batches) sender.push(batch);
  while (book.counters[COUNTER.exportRetries] < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  up = true;
  await sender.drain(60_000);
  assert.deepEqual(book.read('flowsExported', 'flowsDropped.export_rejected'), [196, 4]);
  const ids = received.map((body) => body[0]).sort((a, b) => a - b);
  assert.deepEqual(
    ids,
    batches.map((_, id) => id),
  );
});
