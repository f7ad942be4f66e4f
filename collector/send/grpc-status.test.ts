import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage, encodeTimeout } from './grpc-status.ts';

test('grpc-message is percent-decoded', () => {
  assert.equal(decodeMessage('too%20many %C3%BC'), 'too many ü');
  assert.equal(decodeMessage('100%'), '100%');
});

test('grpc-timeout has at most eight digits', () => {
  assert.equal(encodeTimeout(10_000), '10000m');
  assert.equal(encodeTimeout(0.2), '1m');
  assert.equal(encodeTimeout(99_999_999), '99999999m');
  assert.equal(encodeTimeout(100_000_000), '100000S');
  assert.equal(encodeTimeout(1e15), '99999999S');
});
