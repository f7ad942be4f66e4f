import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GRPC } from './grpc-status.ts';
import { grpcFailure, httpFailure, parseRetryAfter, retryDelay } from './retry.ts';

const RETRYABLE = ['CANCELLED', 'DEADLINE_EXCEEDED', 'ABORTED', 'OUT_OF_RANGE', 'UNAVAILABLE', 'DATA_LOSS'];

for (const [name, code] of Object.entries(GRPC).filter(([, code]) => code !== GRPC.OK)) {
  test(`gRPC ${name}`, () => {
    const response = grpcFailure(code, 'why');
    assert.equal(response.status, RETRYABLE.includes(name) ? 'retryable' : 'failure');
    assert.equal(response.error?.message, `gRPC status ${name}: why`);
  });
}

test('RESOURCE_EXHAUSTED is retryable with RetryInfo', () => {
  const response = grpcFailure(GRPC.RESOURCE_EXHAUSTED, '', 0);
  assert.equal(response.status, 'retryable');
  assert.equal(response.retryInMillis, 0);
});

test('RetryInfo does not make other codes retryable', () => {
  assert.equal(grpcFailure(GRPC.INVALID_ARGUMENT, '', 1_000).status, 'failure');
});

test('HTTP status codes', () => {
  for (const status of [429, 502, 503, 504]) assert.equal(httpFailure(status, '').status, 'retryable');
  for (const status of [301, 400, 401, 403, 404, 413, 500, 501])
    assert.equal(httpFailure(status, '').status, 'failure');
});

test('Retry-After', () => {
  const now = Date.parse('2026-01-02T03:04:05Z');
  assert.equal(parseRetryAfter(undefined, now), undefined);
  assert.equal(parseRetryAfter('120', now), 120_000);
  assert.equal(parseRetryAfter('0', now), 0);
  assert.equal(parseRetryAfter('Fri, 02 Jan 2026 03:04:35 GMT', now), 30_000);
  assert.equal(parseRetryAfter('Fri, 02 Jan 2026 03:04:00 GMT', now), 0);
  assert.equal(parseRetryAfter('soon', now), undefined);
});

const retry = { initialInterval: 1_000, maxInterval: 30_000, maxElapsed: 300_000 };

test('delays double from initialInterval to maxInterval, half of each random', () => {
  const highest = [1, 2, 3, 5, 6, 7, 5_000].map((failures) => retryDelay(failures, retry, () => 1));
  assert.deepEqual(highest, [1_000, 2_000, 4_000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(
    retryDelay(2, retry, () => 0),
    1_000,
  );
});

test('the server’s wish is the least delay, up to maxElapsed', () => {
  assert.equal(
    retryDelay(1, retry, () => 0, 60_000),
    60_000,
  );
  assert.equal(
    retryDelay(5, retry, () => 1, 100),
    16_000,
  );
  assert.equal(
    retryDelay(1, retry, () => 0, 1e15),
    300_000,
  );
});
