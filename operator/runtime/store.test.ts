import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keptLog, type Thing, thing } from './harness.fixture.ts';
import { Store } from './store.ts';

const at = (name: string, version: string, uid = name) => thing(name, 0, { uid, resourceVersion: version });

/** What a store that holds `a` and `b` tells its subscribers. */
const CASES: { name: string; act(store: Store<Thing>): void; changes: string[] }[] = [
  { name: 'a new object', act: (store) => store.set(at('c', '9')), changes: ['c: – → 9'] },
  { name: 'a change', act: (store) => store.set(at('a', '9')), changes: ['a: 1 → 9'] },
  { name: 'the same version', act: (store) => store.set(at('a', '1')), changes: [] },
  { name: 'an object made anew', act: (store) => store.set(at('a', '9', 'new')), changes: ['a: 1 → –', 'a: – → 9'] },
  { name: 'a delete', act: (store) => store.delete(at('a', '9')), changes: ['a: 1 → –'] },
  { name: 'a delete of what is not there', act: (store) => store.delete(at('x', '9')), changes: [] },
  {
    name: 'a list: what vanished is deleted',
    act: (store) => store.replace([at('b', '9'), at('c', '3')]),
    changes: ['a: 1 → –', 'b: 2 → 9', 'c: – → 3'],
  },
];

suite('store', () => {
  for (const { name, act, changes } of CASES) {
    test(name, () => {
      const store = new Store<Thing>(keptLog().log);
      store.replace([at('a', '1'), at('b', '2')]);
      const seen: string[] = [];
      store.subscribe(({ key, old, new: now }) => {
        const version = (object?: Thing) => object?.metadata.resourceVersion ?? '–';
        seen.push(`${key.replace('default/', '')}: ${version(old)} → ${version(now)}`);
      });
      act(store);
      assert.deepEqual(seen, changes);
    });
  }

  test('is synced after the first list', async () => {
    const store = new Store<Thing>(keptLog().log);
    store.set(at('a', '1'));
    assert.equal(store.synced, false);
    store.replace([]);
    assert.equal(store.synced, true);
    await store.whenSynced();
  });

  test('outlives a subscriber that throws', () => {
    const { log, lines } = keptLog();
    const store = new Store<Thing>(log);
    const seen: string[] = [];
    store.subscribe(() => {
      throw new Error('a mistake');
    });
    const stop = store.subscribe(({ key }) => seen.push(key));
    store.set(at('a', '1'));
    stop();
    store.set(at('b', '1'));
    assert.deepEqual(seen, ['default/a']);
    assert.match(lines[0], /a mistake/);
  });
});
