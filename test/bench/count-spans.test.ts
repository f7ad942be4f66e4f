import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage } from '../otlp/schema.ts';
import { countSpans } from './count-spans.ts';

function request(...names: string[]): Uint8Array {
  const spans = names.map((name) => ({
    traceId: Buffer.alloc(16, 1),
    spanId: Buffer.alloc(8, 1),
    name,
    flags: 257,
    attributes: [{ key: 'text', value: { stringValue: 'x'.repeat(300) } }],
  }));
  return encodeMessage('ExportTraceServiceRequest', { resourceSpans: [{ scopeSpans: [{ spans }, { spans }] }] });
}

test('counts spans and flow spans', () => {
  assert.deepEqual(countSpans(new Uint8Array()), { spans: 0, flows: 0 });
  assert.deepEqual(countSpans(request('netflow.export', 'flow_ipv4_tcp', 'flow_ipv6_udp')), { spans: 6, flows: 4 });
});

test('counts a flow between services once', () => {
  const spans = [3, 2].map((kind) => ({ name: 'flow_ipv4_tcp', kind }));
  const body = encodeMessage('ExportTraceServiceRequest', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  assert.deepEqual(countSpans(body), { spans: 2, flows: 1 });
});

test('refuses what is cut or not protobuf', () => {
  assert.throws(() => countSpans(request('flow_ipv4_tcp').subarray(0, -1)), RangeError);
  assert.throws(() => countSpans(new Uint8Array([0xff])), RangeError);
  assert.throws(() => countSpans(new Uint8Array([0x0b])), RangeError);
});
