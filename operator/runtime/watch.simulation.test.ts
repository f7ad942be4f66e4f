import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pick } from '../../test/random.ts';
import { createWorld, eachSeed, keptLog, PARENTS, type Thing, thing, type World } from './harness.fixture.ts';
import { type Key, keyOf } from './resource.ts';
import { type Change, Store } from './store.ts';
import { watch } from './watch.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

suite('a watch under faults', () => {
  test('ends up with what the server has, whatever happens on the way', () =>
    eachSeed(async (seed) => {
      const world = createWorld(seed, 0.25);
      const { clock, server, client, faults, stop, random } = world;
      const { log, lines } = keptLog();
      const store = new Store<Thing>((object) => object, log);
      const mirror = replay(store);
      for (const name of NAMES.slice(0, 4)) server.edit(PARENTS, thing(name, 0));

      const options = { client, resource: PARENTS, store, log, clock, random };
      const running = watch(options, stop.signal);
      for (let step = 0; step < 60; step++) {
        await clock.advance(random() * 4_000);
        mutate(world);
      }
      faults.rate = 0;
      await clock.until(() => store.synced && same(store, world), 400_000);

      assert.deepEqual(
        lines.filter((line) => line.includes('subscriber')),
        [],
      );
      assert.deepEqual(mirror, new Map(store.list().map((object) => [keyOf(object.metadata), object])));
      stop.abort();
      await clock.advance(0);
      await running;
      assert.equal(clock.pending, 0, 'a timer is left');
      assert.equal(server.openWatches, 0, 'a watch is left open');
    }));

  test('follows the server at once when nothing fails', async () => {
    const { clock, server, client, stop } = createWorld(1, 0);
    const { log, lines } = keptLog();
    const store = new Store<Thing>((object) => object, log);
    const options = { client, resource: PARENTS, store, log, clock };
    const running = watch(options, stop.signal);
    for (const name of NAMES) server.edit(PARENTS, thing(name, 1));
    await clock.advance(0);
    assert.equal(store.size, NAMES.length, 'several pages');
    server.remove(PARENTS, 'default/a');
    server.edit(PARENTS, thing('b', 2));
    await clock.advance(0);
    assert.equal(store.get('default/a'), undefined);
    assert.equal(store.get('default/b')?.spec?.value, 2);
    // Hours of silence: bookmarks keep the stream alive, the server's time limit renews it.
    server.compact();
    await clock.advance(6 * 3_600_000);
    server.edit(PARENTS, thing('b', 3));
    await clock.advance(0);
    assert.equal(store.get('default/b')?.spec?.value, 3);
    assert.deepEqual(lines, []);
    stop.abort();
    await running;
  });
});

/** Writes, deletes, makes anew, and sometimes forgets the history. */
function mutate({ random, server }: World): void {
  const name = pick(random, NAMES);
  const action = random();
  if (action < 0.6) server.edit(PARENTS, thing(name, Math.floor(random() * 1_000)));
  else if (action < 0.85) server.remove(PARENTS, `default/${name}`);
  else if (action < 0.95) {
    server.remove(PARENTS, `default/${name}`);
    server.edit(PARENTS, thing(name, -1));
  } else server.compact();
}

function same(store: Store<Thing>, { server }: World): boolean {
  const versions = (objects: Thing[]) => objects.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`);
  return String(versions(store.list()).sort()) === String(versions(server.objects(PARENTS)).sort());
}

/** What a subscriber knows that believes every change; each must fit onto what came before. */
function replay(store: Store<Thing>): Map<Key, Thing> {
  const mirror = new Map<Key, Thing>();
  store.subscribe(({ key, old, new: now }: Change<Thing>) => {
    assert.equal(mirror.get(key), old, `${key}: the change starts from something else`);
    if (old && now) assert.equal(now.metadata.uid, old.metadata.uid, `${key}: an end was skipped`);
    if (now) mirror.set(key, now);
    else mirror.delete(key);
  });
  return mirror;
}
