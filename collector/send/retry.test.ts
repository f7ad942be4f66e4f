import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GRPC } from './grpc-status.ts';
import { grpcFailure, httpFailure, parseRetryAfter, retryDelay } from './retry.ts';

const RETRYABLE = ['CANCELLED', 'DEADLINE_EXCEEDED', 'ABORTED', 'OUT_OF_RANGE', 'UNAVAILABLE', 'DATA_LOSS'];
/** Beyond the OTLP specification. */
const CREDENTIALS = ['UNAUTHENTICATED', 'PERMISSION_DENIED'];

for (const [name, code] of Object.entries(GRPC).filter(([, code]) => code !== GRPC.OK)) {
  test(`gRPC ${name}`, () => {
    const response = grpcFailure({ code, message: 'why' });
    assert.equal(response.status, [...RETRYABLE, ...CREDENTIALS].includes(name) ? 'retryable' : 'failure');
    assert.equal(response.error.message, `gRPC status ${name}: why`);
  });
}

test('RESOURCE_EXHAUSTED is retryable with RetryInfo', () => {
  const response = grpcFailure({ code: GRPC.RESOURCE_EXHAUSTED, message: '', retryDelay: 0 });
  assert.ok(response.status === 'retryable' && response.retryInMillis === 0);
});

test('RetryInfo does not make other codes retryable', () => {
  assert.equal(grpcFailure({ code: GRPC.INVALID_ARGUMENT, message: '', retryDelay: 1_000 }).status, 'failure');
});

test('HTTP status codes', () => {
  for (const status of [401, 403, 429, 502, 503, 504]) assert.equal(httpFailure(status, '').status, 'retryable');
  for (const status of [301, 400, 404, 413, 500, 501]) assert.equal(httpFailure(status, '').status, 'failure');
});

// What servers say of a message that is too large, and of a quota that has the same code.
for (const [what, code, message, tooLarge] of [
  ['grpc-go', 8, 'grpc: received message larger than max (1048921 vs. 1048576)', true],
  ['grpc-go, gzip', 8, 'grpc: received message after decompression larger than max 1048576', true],
  ['grpc-js, C++, Python', 8, 'Received message larger than max (1048921 vs 1048576)', true],
  ['grpc-java', 8, 'gRPC message exceeds maximum size 4194304: 4194921', true],
  ['grpc-dotnet', 8, 'Received message exceeds the maximum configured message size.', true],
  ['tonic', 11, 'Error, decoded message length too large: found 4194921 bytes, the limit is: 4194304 bytes', true],
  ['a quota', 8, 'ingestion rate limit exceeded: larger than max 10000 spans', false],
  ['a full queue', 8, 'sending queue is full', false],
  ['a code that says otherwise', 14, 'received message larger than max', false],
] as const) {
  test(`too large or not: ${what}`, () => {
    const outcome = grpcFailure({ code, message });
    assert.equal(outcome.status === 'failure' && outcome.tooLarge === true, tooLarge);
  });
}

test('a proxy’s 413 is too large, over HTTP and gRPC', () => {
  for (const outcome of [httpFailure(413, ''), grpcFailure({ code: GRPC.UNKNOWN, message: '', httpStatus: 413 })]) {
    assert.ok(outcome.status === 'failure' && outcome.tooLarge);
  }
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
