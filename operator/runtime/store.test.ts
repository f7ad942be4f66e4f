import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keptLog, type Thing, thing } from './harness.fixture.ts';
import { Store } from './store.ts';

const at = (name: string, version: string, uid = name) => thing(name, 0, { uid, resourceVersion: version });

const create = (log = keptLog().log) => new Store<Thing>((object) => object, log);

/** What a store that holds `a` and `b` and has seen everything up to version 5 tells its subscribers. */
const CASES: { name: string; act(store: Store<Thing>): void; changes: string[] }[] = [
  { name: 'a new object', act: (store) => store.set(at('c', '9')), changes: ['c: – → 9'] },
  { name: 'a change', act: (store) => store.set(at('a', '9')), changes: ['a: 1 → 9'] },
  { name: 'the same version', act: (store) => store.set(at('a', '1')), changes: [] },
  { name: 'an object made anew', act: (store) => store.set(at('a', '9', 'new')), changes: ['a: 1 → –', 'a: – → 9'] },
  { name: 'a delete', act: (store) => store.delete(at('a', '9')), changes: ['a: 1 → –'] },
  { name: 'a delete of what is not there', act: (store) => store.delete(at('x', '9')), changes: [] },
  { name: 'a write of ours, not seen yet', act: (store) => store.note(at('c', '9')), changes: ['c: – → 9'] },
  { name: 'a write of ours, seen already', act: (store) => store.note(at('c', '4')), changes: [] },
  {
    name: 'a write of ours that the watch never sees',
    act: (store) => {
      store.note(at('c', '9'));
      store.replace([at('a', '1'), at('b', '2')], '12');
    },
    changes: ['c: – → 9', 'c: 9 → –'],
  },
  {
    name: 'a write of ours, and what came before it',
    act: (store) => {
      store.note(at('a', '9', 'new'));
      store.set(at('a', '6'));
      store.delete(at('a', '7'));
      store.set(at('a', '9', 'new'));
      store.delete(at('a', '10', 'new'));
    },
    changes: ['a: 1 → –', 'a: – → 9', 'a: 9 → –'],
  },
  {
    name: 'a list from a backup',
    act: (store) => store.replace([at('a', '1'), at('b', '0')], '1'),
    changes: ['b: 2 → 0'],
  },
  {
    name: 'a list: what vanished is deleted',
    act: (store) => store.replace([at('b', '9'), at('c', '3')], '9'),
    changes: ['a: 1 → –', 'b: 2 → 9', 'c: – → 3'],
  },
];

suite('store', () => {
  for (const { name, act, changes } of CASES) {
    test(name, () => {
      const store = create();
      store.replace([at('a', '1'), at('b', '2')], '5');
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
    const store = create();
    store.set(at('a', '1'));
    assert.equal(store.synced, false);
    store.replace([], '1');
    assert.equal(store.synced, true);
    await store.whenSynced();
  });

  test('holds scopes side by side, each as new as its own watch', async () => {
    const scopes = [{ name: 'a' }, { name: 'b' }];
    const store = new Store<Thing>((object) => object, keptLog().log, scopes);
    const versions = () => store.list().map(({ metadata: { name, resourceVersion } }) => `${name}${resourceVersion}`);
    store.replace([at('a', '1')], '5', scopes[0]);
    assert.equal(store.synced, false);
    store.replace([at('b', '2')], '9', scopes[1]);
    await store.whenSynced();
    store.note(at('a', '7'));
    store.note(at('b', '8')); // its watch is past it
    store.note(at('c', '99')); // nobody watches it
    assert.deepEqual(versions(), ['a7', 'b2']);
    store.advance('20', scopes[1]);
    store.replace([], '10', scopes[0]);
    assert.deepEqual(versions(), ['b2']);
  });

  test('outlives a subscriber that throws', () => {
    const { log, lines } = keptLog();
    const store = create(log);
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
