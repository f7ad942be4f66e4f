import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ApiServer } from './api-server.fixture.ts';
import { type Applied, createApplier, pruneToApplied } from './apply.ts';
import { CHILDREN, clientOf, keptLog, MANAGER, type Thing, thing } from './harness.fixture.ts';
import { Store } from './store.ts';
import { VirtualClock } from './virtual-clock.fixture.ts';

const KEY = 'default/a';
const OWNER = { apiVersion: 'v1', kind: 'Parent', name: 'p', uid: 'parent-uid' };
const { signal } = new AbortController();
const wanted = (value: number): Thing => ({
  ...thing('a', value, { ownerReferences: [OWNER] }),
  kind: CHILDREN.kind,
});

/** What is there when `wanted(1)`, applied before, is asked for again; whether the store has seen it. */
const CASES: {
  name: string;
  act(server: ApiServer): void;
  unseen?: boolean;
  restored?: boolean;
  result: 'applied' | 'unchanged';
}[] = [
  { name: 'as applied', act: () => {}, result: 'unchanged' },
  { name: 'as applied, not seen yet', act: () => {}, unseen: true, result: 'unchanged' },
  { name: 'changed by others', act: (server) => server.edit(CHILDREN, wanted(2)), result: 'applied' },
  { name: 'deleted', act: (server) => server.remove(CHILDREN, KEY), result: 'applied' },
  {
    name: 'made anew by others with our owner',
    act: (server) => {
      server.remove(CHILDREN, KEY);
      server.edit(CHILDREN, wanted(1));
    },
    result: 'applied',
  },
  {
    name: 'extended by others',
    act: (server) => server.edit(CHILDREN, thing('a', 1, { ownerReferences: [OWNER], labels: { theirs: 'x' } })),
    result: 'unchanged',
  },
  { name: 'from a backup of etcd', act: () => {}, restored: true, result: 'applied' },
];

suite('applier', () => {
  for (const { name, act, unseen, restored, result } of CASES) {
    test(`an object ${name}: ${result}`, async () => {
      const { server, store, applier, see } = create();
      server.edit(CHILDREN, { ...thing('other', 0), kind: CHILDREN.kind });
      assert.equal(await applier.ensure(wanted(0), signal), 'applied');
      see();
      const backup = store.list();
      const { version } = server;
      assert.equal(await applier.ensure(wanted(1), signal), 'applied');
      act(server);
      if (restored) store.replace(backup, String(version));
      else if (!unseen) see();
      assert.equal(await applier.ensure(wanted(1), signal), result);
      assert.equal((server.get(CHILDREN, KEY) as Thing).spec?.value, 1);
    });
  }

  test('drops a field that is no longer wanted', async () => {
    const { server, applier, see } = create();
    const labelled = (labels: Record<string, string>) => ({ ...thing('a', 1, { labels }), kind: CHILDREN.kind });
    await applier.ensure(labelled({ x: '1', y: '2' }), signal);
    see();
    await applier.ensure(labelled({ x: '1' }), signal);
    assert.deepEqual(server.get(CHILDREN, KEY)?.metadata.labels, { x: '1' });
  });

  test('after a restart applies once, and writes nothing by that', async () => {
    const { server, applier, see, restart } = create();
    await applier.ensure(wanted(1), signal);
    see();
    const { version } = server;
    const second = restart();
    assert.equal(await second.ensure(wanted(1), signal), 'applied');
    assert.equal(await second.ensure(wanted(1), signal), 'unchanged');
    assert.equal(server.version, version);
  });

  test('leaves alone what others made under that name', async () => {
    const { server, applier, see } = create();
    server.edit(CHILDREN, { ...thing('a', 5), kind: CHILDREN.kind });
    for (const seen of [false, true]) {
      if (seen) see();
      await assert.rejects(applier.ensure(wanted(1), signal), {
        name: 'ForeignObjectError',
        message: `Child ${KEY} exists and was not made by ${MANAGER}`,
      });
      assert.equal(await applier.remove(KEY, signal), 'absent');
    }
    assert.equal((server.get(CHILDREN, KEY) as Thing).spec?.value, 5);
  });

  test('deletes what is ours, and not what took its name', async () => {
    const { server, applier, see } = create();
    await applier.ensure(wanted(1), signal);
    see();
    assert.equal(await applier.remove(KEY, signal), 'deleted');
    assert.equal(server.get(CHILDREN, KEY), undefined);
    assert.equal(await applier.remove(KEY, signal), 'deleted', 'the store does not know yet');
    server.edit(CHILDREN, thing('a', 9));
    await applier.remove(KEY, signal);
    assert.ok(server.get(CHILDREN, KEY));
    see();
    assert.equal(await applier.remove(KEY, signal), 'absent');
  });
});

function create() {
  const server = new ApiServer(new VirtualClock());
  const client = clientOf(server.handle);
  const store = new Store((object: Thing): Applied => pruneToApplied(object, MANAGER), keptLog().log);
  const restart = () => createApplier({ client, resource: CHILDREN, store, fieldManager: MANAGER });
  const see = () => store.replace(server.objects(CHILDREN).map(store.prune), String(server.version));
  see();
  return { server, store, applier: restart(), see, restart };
}
