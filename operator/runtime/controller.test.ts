import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { from, type Outcome, runController } from './controller.ts';
import { ApiError } from './errors.ts';
import { keptLog, type Thing, thing } from './harness.fixture.ts';
import { createMetrics } from './metrics.ts';
import { keyOf } from './resource.ts';
import { Store } from './store.ts';
import { settle, VirtualClock } from './virtual-clock.fixture.ts';

suite('controller', () => {
  test('waits until its stores are synced, then looks at all that is there', async () => {
    const { store, seen, end } = start(async () => 'done');
    store.set(object('a'));
    await settle();
    assert.deepEqual(seen, []);
    store.replace([object('a'), object('b')], '1');
    await settle();
    assert.deepEqual(seen, ['default/a', 'default/b']);
    await end();
  });

  test('looks at what an object was and at what it is', async () => {
    const { store, seen, clock, end } = start(
      async () => 'done',
      ({ spec }) => (spec?.child ? [spec.child] : []),
    );
    store.replace([{ ...object('a'), spec: { child: 'one' } }], '1');
    await clock.advance(1_000);
    store.set({ ...object('a', '2'), spec: { child: 'other' } });
    await settle();
    assert.deepEqual(seen, ['one', 'one', 'other']);
    await end();
  });

  test('looks once at what changed many times in half a second, and at the first change at once', async () => {
    const { store, seen, clock, end } = start(async () => 'done');
    store.replace([], '1');
    for (let version = 1; version <= 40; version++) {
      store.set(object('a', String(version)));
      await clock.advance(10);
      assert.equal(seen.length, 1);
    }
    await clock.advance(1_000);
    assert.equal(seen.length, 2);
    await end();
  });

  /** What a first reconcile does, when the next one comes, and how it is counted. */
  const CASES: { name: string; first: () => Promise<Outcome>; again?: number; result: string }[] = [
    { name: 'done', first: async () => 'done', result: 'success' },
    {
      name: 'to be looked at later',
      first: async () => ({ requeueAfter: 7_000 }),
      again: 7_000,
      result: 'requeue_after',
    },
    { name: 'failed', first: () => Promise.reject(new Error('no')), again: 5, result: 'error' },
    {
      name: 'failed at once, not being async',
      first: () => {
        throw new TypeError('a mistake');
      },
      again: 5,
      result: 'error',
    },
    {
      name: 'told to wait',
      first: () => Promise.reject(new ApiError('TooManyRequests', 'busy', { retryAfter: 3_000 })),
      again: 3_000,
      result: 'error',
    },
  ];
  for (const { name, first, again, result } of CASES) {
    test(`a reconcile that is ${name}`, async () => {
      const { store, seen, clock, metrics, end } = start(() => (seen.length === 1 ? first() : Promise.resolve('done')));
      store.replace([object('a')], '1');
      await settle();
      const waited = await clock.until(() => seen.length === 2 || clock.pending === 0, 60_000);
      assert.equal(seen.length === 2 ? waited : undefined, again);
      await end();
      const text = await metrics.render();
      const count = again === undefined || result !== 'success' ? 1 : 2;
      assert.match(
        text,
        new RegExp(`controller_runtime_reconcile_total{controller="test",result="${result}"} ${count}`),
      );
      assert.match(text, new RegExp(`errors_total{controller="test"} ${result === 'error' ? 1 : 0}`));
      assert.match(text, /controller_runtime_active_workers{controller="test"} 0/);
      assert.match(text, /workqueue_depth{name="test",controller="test"} 0/);
      assert.equal(clock.pending, 0);
    });
  }

  test('stops when the reconciles under way have seen the signal', async () => {
    let stopped = false;
    const { store, end } = start(async (_, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await settle();
      stopped = true;
      throw signal.reason;
    });
    store.replace([object('a')], '1');
    await settle();
    await end();
    assert.equal(stopped, true);
  });

  test('stops before its stores are synced', async () => {
    const { end } = start(async () => 'done');
    await end();
  });
});

function object(name: string, resourceVersion = '1'): Thing {
  return thing(name, 0, { uid: name, resourceVersion });
}

function start(
  reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>,
  map: (object: Thing) => string[] = ({ metadata }) => [keyOf(metadata)],
) {
  const { log } = keptLog();
  const clock = new VirtualClock();
  const store = new Store<Thing>((object) => object, log);
  const metrics = createMetrics({});
  const seen: string[] = [];
  const stop = new AbortController();
  const noting = (key: string, signal: AbortSignal) => {
    seen.push(key);
    return reconcile(key, signal);
  };
  const sources = [from(store, map)];
  const options = { name: 'test', sources, reconcile: noting, metrics, log, clock };
  const running = runController(options, stop.signal);
  const end = () => {
    stop.abort();
    return running;
  };
  return { store, seen, clock, metrics, end };
}
