import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { failure, json } from '../runtime/api-server.fixture.ts';
import type { Handler } from '../runtime/fault-server.fixture.ts';
import { clientOf } from '../runtime/harness.fixture.ts';
import { settle, VirtualClock } from '../runtime/virtual-clock.fixture.ts';
import { createReviewer } from './reviewer.ts';
import { reviewer, tokenOf } from './token.fixture.ts';

const { signal } = new AbortController();
const ME = { collector: 'flows/edge', pod: { name: 'p', uid: 'uid-p', node: 'n' } };

function world(handle: Handler) {
  const clock = new VirtualClock();
  const review = createReviewer({ client: clientOf(handle, clock), clock });
  return { clock, review: (token: string) => review(token, signal) };
}

test('a token tells pod, node and resource', async () => {
  assert.deepEqual(await world(reviewer().handle).review(tokenOf()), ME);
});

suite('is not asked about', () => {
  for (const [what, token] of [
    ['nothing', ''],
    ['garbage', 'a.b.c'],
    ['a token for the API server', tokenOf({ aud: 'https://kubernetes.default.svc' })],
    ['a token of somebody else', tokenOf({ sub: 'system:serviceaccount:flows:default' })],
  ] as const) {
    test(what, async () => {
      const { handle, counts } = reviewer();
      assert.ok('refused' in (await world(handle).review(token)));
      assert.equal(counts.reviews, 0);
    });
  }
});

suite('is refused', () => {
  test('a token that is not known, or has expired', async () => {
    assert.deepEqual(await world(reviewer(() => false).handle).review(tokenOf()), { refused: 'token has expired' });
  });
  test('a token that is bound to no node', async () => {
    assert.ok('refused' in (await world(reviewer().handle).review(tokenOf({ node: '' }))));
  });
  test('a token that the API server has not checked for our audience', async () => {
    const user = { username: 'system:serviceaccount:flows:edge-collector' };
    const handle: Handler = async () => json(201, { status: { authenticated: true, user } });
    assert.ok('refused' in (await world(handle).review(tokenOf())));
  });
});

suite('an answer is kept', () => {
  test('for a while', async () => {
    const { handle, counts } = reviewer();
    const { clock, review } = world(handle);
    for (let time = 0; time < 600_000; time += 10_000) {
      assert.deepEqual(await review(tokenOf()), ME);
      await clock.advance(10_000);
    }
    assert.equal(counts.reviews, 2);
  });

  test('not longer than the token is good', async () => {
    let expired = false;
    const { clock, review } = world(reviewer(() => !expired).handle);
    const token = tokenOf({ exp: clock.wallTime() / 1_000 + 30 });
    assert.deepEqual(await review(token), ME);
    await clock.advance(30_000);
    expired = true;
    assert.ok('refused' in (await review(token)));
  });

  test('not when the API server had trouble', async () => {
    let down = true;
    const { handle } = reviewer();
    const { review } = world(async (request) => (down ? failure(503, 'ServiceUnavailable', 'down') : handle(request)));
    assert.ok('unavailable' in (await review(tokenOf())));
    down = false;
    assert.deepEqual(await review(tokenOf()), ME);
  });
});

test('few are asked about at once, and a flood is put off', async () => {
  let open = 0;
  let most = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const { handle } = reviewer();
  const { review } = world(async (request) => {
    most = Math.max(most, ++open);
    await promise;
    open--;
    return handle(request);
  });
  const reviews = Array.from({ length: 1_000 }, (_, index) => review(tokenOf({ pod: `p${index}` })));
  await settle();
  assert.equal(most, 16);
  resolve();
  const results = await Promise.all(reviews);
  assert.equal(most, 16);
  assert.equal(results.filter((result) => 'pod' in result).length, 16 + 256);
  assert.equal(results.filter((result) => 'unavailable' in result).length, 1_000 - 16 - 256);
});
