/** The small pure parts. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Backoff } from './backoff.ts';
import { sleep, startDeadline } from './clock.ts';
import { PARENTS } from './harness.fixture.ts';
import { readLines, readText } from './lines.ts';
import { isOlder, keyOf, microTime, pathOf, type Resource, refOf } from './resource.ts';
import { RenewableTerm } from './term.ts';
import { VirtualClock } from './virtual-clock.fixture.ts';

const NODES: Resource = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };

suite('resource', () => {
  const PATHS: [Resource, Parameters<typeof pathOf>[1], 'status' | undefined, string][] = [
    [NODES, {}, undefined, '/api/v1/nodes'],
    [NODES, { name: 'n' }, undefined, '/api/v1/nodes/n'],
    [PARENTS, {}, undefined, '/apis/test.example/v1/parents'],
    [PARENTS, { namespace: 'x' }, undefined, '/apis/test.example/v1/namespaces/x/parents'],
    [PARENTS, { namespace: 'x', name: 'p' }, 'status', '/apis/test.example/v1/namespaces/x/parents/p/status'],
  ];
  for (const [resource, ref, subresource, path] of PATHS) {
    test(path, () => assert.equal(pathOf(resource, ref, subresource), path));
  }

  test('keys lead back to their objects', () => {
    for (const ref of [{ name: 'n' }, { namespace: 'x', name: 'p' }]) assert.deepEqual(refOf(keyOf(ref)), ref);
  });

  test('versions are compared as numbers, whatever their length', () => {
    assert.ok(isOlder('9', '10'));
    assert.ok(isOlder('99999999999999999998', '99999999999999999999'));
    assert.ok(!isOlder('10', '9'));
    assert.ok(!isOlder('10', '10'));
    assert.ok(!isOlder('a', 'b'));
  });

  test('times have six digits', () => assert.equal(microTime(1_234), '1970-01-01T00:00:01.234000Z'));
});

suite('backoff', () => {
  test('doubles up to its limit, half at random, not below what the server asks', () => {
    const low = new Backoff({ initial: 100, max: 1_000 }, () => 0);
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].map(() => low.next()),
      [50, 100, 200, 400, 500, 500],
    );
    assert.equal(low.next(7_000), 7_000);
    assert.equal(low.next(1e9), 60_000);
    low.reset();
    assert.equal(low.next(), 50);
  });
});

suite('clock', () => {
  test('a sleep ends in time, or with the signal', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const slept = sleep(clock, 1_000, stop.signal);
    await clock.advance(1_000);
    await slept;
    const broken = sleep(clock, 1_000, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(broken, { message: 'enough' });
    await assert.rejects(sleep(clock, 1_000, stop.signal), { message: 'enough' });
    assert.equal(clock.pending, 0);
  });

  test('a deadline ends by time, by its parent, or not at all', async () => {
    const clock = new VirtualClock();
    const parent = new AbortController();
    const byTime = startDeadline(clock, 1_000, parent.signal);
    await clock.advance(900);
    byTime.restart();
    await clock.advance(900);
    assert.equal(byTime.signal.aborted, false);
    await clock.advance(100);
    assert.equal(byTime.signal.aborted && byTime.expired(), true);
    byTime.restart();

    const cancelled = startDeadline(clock, 1_000, parent.signal);
    cancelled.cancel();
    const byParent = startDeadline(clock, 1_000, parent.signal);
    parent.abort();
    assert.equal(byParent.signal.aborted && !byParent.expired(), true);
    assert.equal(cancelled.signal.aborted, false);
    assert.equal(startDeadline(clock, 1_000, parent.signal).signal.aborted, true);
    assert.equal(clock.pending, 0);
  });
});

suite('lines', () => {
  const LINES: { name: string; pieces: string[]; lines: string[]; error?: RegExp }[] = [
    { name: 'several in one piece', pieces: ['a\nb\n'], lines: ['a', 'b'] },
    { name: 'one in several pieces', pieces: ['a', 'b', 'c\n'], lines: ['abc'] },
    { name: 'empty ones', pieces: ['\n\na\n', '\n'], lines: ['a'] },
    { name: 'none', pieces: [], lines: [] },
    { name: 'a cut one', pieces: ['a\nb'], lines: ['a'], error: /cut within a line/ },
    { name: 'one that is too long', pieces: ['a\n', 'bbbb', 'bbbbb\n'], lines: ['a'], error: /longer than 8 bytes/ },
  ];
  for (const { name, pieces, lines, error } of LINES) {
    test(name, async () => {
      const read: string[] = [];
      const reading = (async () => {
        for await (const line of readLines(bytes(pieces), 8)) read.push(line);
      })();
      await (error ? assert.rejects(reading, { failure: 'BadResponse', message: error }) : reading);
      assert.deepEqual(read, lines);
    });
  }

  test('characters that are cut by pieces are whole again', async () => {
    const whole = Buffer.from('é→😀\n');
    const pieces = [...whole].map((byte) => Buffer.from([byte]));
    for await (const line of readLines(bytes(pieces), 100)) assert.equal(line, 'é→😀');
  });

  test('a text is read up to its limit', async () => {
    assert.equal(await readText(bytes(['ab', 'cd']), 4), 'abcd');
    await assert.rejects(readText(bytes(['ab', 'cd']), 3), { failure: 'BadResponse' });
  });
});

async function* bytes(pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

suite('term', () => {
  test('that is told to end is held until it would have run out, and one that is lost is not', () => {
    const clock = new VirtualClock();
    const told = new RenewableTerm(clock, 10_000, clock.now());
    told.end('stopping');
    assert.deepEqual([told.valid(), told.held()], [false, true]);
    const lost = new RenewableTerm(clock, 10_000, clock.now());
    lost.lose();
    assert.deepEqual([lost.valid(), lost.held()], [false, false]);
    clock.freeze(10_000);
    assert.equal(told.held(), false);
  });
});
