import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { failure, json, line } from './api-server.fixture.ts';
import { clientOf, keptLog, PARENTS, type Thing, thing } from './harness.fixture.ts';
import { Store } from './store.ts';
import type { TransportResponse } from './transport.ts';
import { VirtualClock } from './virtual-clock.fixture.ts';
import { watch } from './watch.ts';

const at = (name: string, version: number) => thing(name, version, { uid: name, resourceVersion: String(version) });
const list = (version: number, items: Thing[], next?: string) =>
  json(200, { metadata: { resourceVersion: String(version), continue: next }, items });
const stream = (...pieces: Uint8Array[]): TransportResponse => ({ status: 200, headers: {}, body: pieces_(pieces) });
async function* pieces_(pieces: Uint8Array[]) {
  yield* pieces;
}
async function* silence(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  yield await new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
const bookmark = (version: number) => line('BOOKMARK', { metadata: { resourceVersion: String(version) } });
const tooLarge = { causes: [{ reason: 'ResourceVersionTooLarge' }] };

/** Answers in turn; then every watch is silent. Requests are named by what they ask for. */
const CASES: { name: string; answers: TransportResponse[]; asked: string[]; stored: string[] }[] = [
  {
    name: 'lists in pages, then watches from the list’s version',
    answers: [list(5, [at('a', 1)], 'p2'), list(5, [at('b', 2)]), stream(line('ADDED', at('c', 6)))],
    asked: ['list', 'list p2', 'watch 5', 'watch 6'],
    stored: ['a1', 'b2', 'c6'],
  },
  {
    name: 'goes on from a bookmark',
    answers: [list(5, [at('a', 1)]), stream(bookmark(90))],
    asked: ['list', 'watch 5', 'watch 90'],
    stored: ['a1'],
  },
  {
    name: 'goes on from the last whole event when a frame is cut',
    answers: [list(5, []), stream(line('ADDED', at('a', 6)), line('MODIFIED', at('a', 7)).subarray(0, 40))],
    asked: ['list', 'watch 5', 'watch 6'],
    stored: ['a6'],
  },
  {
    name: 'goes on after an ERROR event that is not about the version',
    answers: [list(5, []), stream(line('ERROR', { code: 500, message: 'trouble' }))],
    asked: ['list', 'watch 5', 'watch 5'],
    stored: [],
  },
  {
    name: 'lists anew when the version is too old to watch',
    answers: [list(5, [at('a', 1), at('b', 2)]), failure(410, 'Expired', 'too old'), list(9, [at('b', 2)])],
    asked: ['list', 'watch 5', 'list', 'watch 9'],
    stored: ['b2'],
  },
  {
    name: 'lists anew at an ERROR event of code 410',
    answers: [list(5, []), stream(line('ERROR', { code: 410 })), list(9, [])],
    asked: ['list', 'watch 5', 'list', 'watch 9'],
    stored: [],
  },
  {
    name: 'lists anew when etcd was set back to before the version',
    answers: [list(50, []), failure(504, 'Timeout', 'Too large resource version', tooLarge), list(9, [])],
    asked: ['list', 'watch 50', 'list', 'watch 9'],
    stored: [],
  },
  {
    name: 'lists anew when events are out of order, and does not revive what was deleted',
    answers: [list(5, [at('a', 1)]), stream(line('DELETED', at('a', 7)), line('MODIFIED', at('a', 6))), list(7, [])],
    asked: ['list', 'watch 5', 'list', 'watch 7'],
    stored: [],
  },
  {
    name: 'takes an event that is sent twice',
    answers: [list(5, []), stream(line('ADDED', at('a', 6)), line('ADDED', at('a', 6)))],
    asked: ['list', 'watch 5', 'watch 6'],
    stored: ['a6'],
  },
  {
    name: 'starts the list over when a page has expired',
    answers: [list(5, [at('a', 1)], 'p2'), failure(410, 'Expired', 'too old'), list(9, [at('b', 2)])],
    asked: ['list', 'list p2', 'list', 'watch 9'],
    stored: ['b2'],
  },
  {
    name: 'does not take a proxy’s answer for an empty list',
    answers: [list(5, [at('a', 1)]), failure(410, 'Expired', ''), json(200, {}), list(9, [at('a', 1)])],
    asked: ['list', 'watch 5', 'list', 'list', 'watch 9'],
    stored: ['a1'],
  },
  {
    name: 'keeps trying when it may not list',
    answers: [failure(403, 'Forbidden', 'no'), failure(404, 'NotFound', 'no such kind'), list(5, [])],
    asked: ['list', 'list', 'list', 'watch 5'],
    stored: [],
  },
];

suite('watch', () => {
  for (const { name, answers, asked, stored } of CASES) {
    test(name, async () => {
      const { requests, store, clock, end } = start([...answers]);
      await clock.advance(60_000);
      assert.deepEqual(
        requests.map(({ what }) => what),
        asked,
      );
      assert.deepEqual(
        store.list().map(({ metadata }) => `${metadata.name}${metadata.resourceVersion}`),
        stored,
      );
      await end();
      assert.equal(clock.pending, 0);
    });
  }

  test('asks again when a stream is silent for too long', async () => {
    const { requests, clock, end } = start([list(5, [])]);
    await clock.advance(160_000);
    assert.deepEqual(
      requests.map(({ what }) => what),
      ['list', 'watch 5', 'watch 5'],
    );
    await end();
  });

  test('waits as long as a busy server asks', async () => {
    const busy = json(429, { code: 429 }, { 'retry-after': '20' });
    const { requests, clock, end } = start([busy, list(5, [])]);
    await clock.advance(60_000);
    assert.ok(requests[1].time >= 20_000);
    await end();
  });

  test('asks ever less often while the server fails', async () => {
    const { requests, clock, end } = start(Array.from({ length: 12 }, () => failure(503, 'ServiceUnavailable', '')));
    await clock.advance(300_000);
    const waits = requests.slice(1, 12).map(({ time }, index) => time - requests[index].time);
    for (const [index, wait] of waits.entries()) {
      const full = Math.min(30_000, 500 * 2 ** index);
      assert.ok(wait >= full / 2 && wait <= full, `${wait} after ${index + 1} failures`);
    }
    await end();
  });
});

function start(answers: TransportResponse[]) {
  const clock = new VirtualClock();
  const requests: { what: string; time: number }[] = [];
  const client = clientOf(async ({ path, signal }) => {
    const query = new URL(path, 'http://localhost').searchParams;
    const what = query.has('watch') ? `watch ${query.get('resourceVersion')}` : `list ${query.get('continue') ?? ''}`;
    requests.push({ what: what.trim(), time: clock.now() });
    return answers.shift() ?? { status: 200, headers: {}, body: silence(signal) };
  }, clock);
  const { log } = keptLog();
  const store = new Store<Thing>((object) => object, log);
  const stop = new AbortController();
  const running = watch({ client, resource: PARENTS, store, log, clock }, stop.signal);
  const end = () => {
    stop.abort();
    return running;
  };
  return { clock, requests, store, end };
}
