import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCounters } from '../ledger/ledger.ts';
import type { Batch } from '../otlp/batch.ts';
import type { Spool } from '../spool/spool.ts';
import type { Taken } from '../spool/taken.ts';
import { Queue } from './queue.ts';

const batch = (): Batch => ({ body: Buffer.alloc(10_000), flows: 1, spans: 1, sealedTime: 0, release() {} });

test('a batch on disk that is sent in parts stays there until each part, and each part of one, is settled', () => {
  const done: Taken[] = [];
  const spool = { done: async (taken: Taken) => void done.push(taken) } as unknown as Spool;
  const queue = new Queue(createCounters(), spool);
  queue.add(batch(), true);
  const whole = queue.waiting.takeIncoming()!;
  const taken = { place: { offset: 0, flows: 4 }, flows: 4, gone: false } as Taken;
  whole.taken = taken;
  queue.replace(whole, [batch(), batch()]);
  const [first, second] = [queue.waiting.takeIncoming()!, queue.waiting.takeIncoming()!];
  // As when the disk is full: they wait in memory alone.
  queue.compress(first, Buffer.alloc(10));
  queue.compress(second, Buffer.alloc(10));
  queue.accept(first, 0);
  queue.replace(second, [batch(), batch()]);
  queue.accept(queue.waiting.takeIncoming()!, 0);
  assert.deepEqual(done, []);
  queue.drop(queue.waiting.takeIncoming()!, 'too_large');
  assert.deepEqual(done, [taken]);
  assert.equal(queue.size, 0);
});
