import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pick, seeded } from '../../test/random.ts';
import { eachSeed, METRICS } from './harness.fixture.ts';
import { Queue } from './queue.ts';
import { VirtualClock } from './virtual-clock.fixture.ts';

function create() {
  const clock = new VirtualClock();
  return { clock, queue: new Queue('test', clock, METRICS) };
}

suite('queue', () => {
  test('hands out a key once, however often it was added', async () => {
    const { queue } = create();
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    assert.equal(await queue.get(), 'a');
    assert.equal(await queue.get(), 'b');
    queue.done('a');
    queue.done('b');
    await queue.shutDown();
    assert.equal(await queue.get(), undefined);
  });

  test('keeps a key that is added while it is worked on until that is done', async () => {
    const { queue, clock } = create();
    queue.add('a');
    await queue.get();
    queue.add('a');
    let next: string | undefined;
    queue.get().then((key) => {
      next = key;
    });
    await clock.advance(0);
    assert.equal(next, undefined);
    queue.done('a');
    await clock.advance(0);
    assert.equal(next, 'a');
  });

  test('waits longer after each failure in a row, and not after a success', () => {
    const { queue } = create();
    const waits = Array.from({ length: 20 }, () => queue.addRateLimited('a'));
    assert.deepEqual(waits.slice(0, 4), [5, 10, 20, 40]);
    assert.equal(waits.at(-1), 300_000);
    assert.equal(queue.addRateLimited('b'), 5, 'another key');
    queue.forget('a');
    assert.equal(queue.addRateLimited('a'), 5);
    assert.equal(queue.addRateLimited('c', 9_000), 9_000, 'as long as the server asks');
  });

  test('adds a key at the earliest of the times asked for', async () => {
    const { queue, clock } = create();
    queue.addAfter('a', 5_000);
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 9_000);
    const got = queue.get();
    const waited = await clock.until(() => clock.pending === 0, 10_000);
    assert.equal(waited, 1_000);
    assert.equal(await got, 'a');
  });

  test('shuts down when the work under way is done; what waits is dropped', async () => {
    const { queue, clock } = create();
    for (const key of ['a', 'b']) queue.add(key);
    queue.addAfter('c', 1_000);
    await queue.get();
    let down = false;
    const shutDown = queue.shutDown().then(() => {
      down = true;
    });
    await clock.advance(10_000);
    assert.equal(down, false);
    queue.add('d');
    queue.addAfter('e', 1);
    queue.done('a');
    await shutDown;
    assert.equal(await queue.get(), undefined);
    assert.equal(clock.pending, 0);
  });

  test('loses no key and works on none twice at once', () =>
    eachSeed(async (seed) => {
      const { queue, clock } = create();
      const random = seeded(seed);
      const keys = ['a', 'b', 'c', 'd'];
      const busy = new Set<string>();
      const added = new Map<string, number>();
      const begun = new Map<string, number>();
      const worker = async () => {
        for (let key = await queue.get(); key; key = await queue.get()) {
          assert.ok(!busy.has(key), `${key} twice at once`);
          busy.add(key);
          begun.set(key, clock.now());
          await new Promise<void>((resolve) => clock.after(random() * 50, resolve));
          busy.delete(key);
          if (random() < 0.2) queue.addRateLimited(key);
          queue.done(key);
        }
      };
      const workers = [worker(), worker(), worker()];
      for (let step = 0; step < 100; step++) {
        const key = pick(random, keys);
        if (random() < 0.8) {
          queue.add(key);
          added.set(key, clock.now());
        } else queue.addAfter(key, random() * 200);
        await clock.advance(random() * 20);
      }
      await clock.advance(10_000);
      for (const [key, time] of added) assert.ok((begun.get(key) ?? -1) >= time, `${key} was lost`);
      await queue.shutDown();
      await Promise.all(workers);
      assert.equal(clock.pending, 0);
    }));
});
