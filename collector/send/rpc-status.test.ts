import assert from 'node:assert/strict';
import { test } from 'node:test';
import protobuf from 'protobufjs';
import { readRpcStatus } from './rpc-status.ts';

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }
`,
  { keepCase: true },
);

function encode(type: string, value: object): Uint8Array {
  return root.lookupType(type).encode(value).finish();
}

function retryInfo(retry_delay?: { seconds?: number; nanos?: number }): object {
  return { type_url: 'type.googleapis.com/google.rpc.RetryInfo', value: encode('RetryInfo', { retry_delay }) };
}

const debugInfo = { type_url: 'type.googleapis.com/google.rpc.DebugInfo', value: Buffer.from('xyz') };

function status(message: string, details: object[] = []): Uint8Array {
  return encode('Status', { code: 8, message, details });
}

test('message and RetryInfo', () => {
  const delay = (...details: object[]) => readRpcStatus(status('ünavailable', details))?.retryDelay;
  assert.equal(readRpcStatus(status('ünavailable'))?.message, 'ünavailable');
  assert.equal(delay(), undefined);
  assert.equal(delay(debugInfo), undefined);
  assert.equal(delay(debugInfo, retryInfo({ seconds: 2, nanos: 500_000_000 })), 2_500);
  assert.equal(delay(retryInfo({})), 0);
  assert.equal(delay(retryInfo()), 0);
  assert.equal(delay(retryInfo({ seconds: -5, nanos: -1 })), 0);
});

test('what is no google.rpc.Status is undefined, at any cut', () => {
  const whole = status('message', [retryInfo({ seconds: 1 })]);
  for (let length = 0; length < whole.length; length++) readRpcStatus(whole.subarray(0, length));
  assert.equal(readRpcStatus(Buffer.from('<html>Bad gateway</html>')), undefined);
  assert.equal(readRpcStatus(Buffer.alloc(20, 0xff)), undefined);
  assert.equal(readRpcStatus(Buffer.from([0x12, 0x05, 0x61])), undefined);
  assert.equal(readRpcStatus(Buffer.from([0x10, 0x05])), undefined);
});
