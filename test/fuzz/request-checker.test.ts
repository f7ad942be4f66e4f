import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BatchWriter } from '../../collector/otlp/batch-writer.ts';
import { encodeMessage } from '../otlp/schema.ts';
import { RequestChecker } from './request-checker.ts';

const SPAN = {
  traceId: Buffer.alloc(16, 1),
  spanId: Buffer.alloc(8, 2),
  parentSpanId: Buffer.alloc(8, 3),
  name: 'flow_ipv4_tcp',
  kind: 1,
  startTimeUnixNano: 5,
  endTimeUnixNano: 5,
  attributes: [{ key: 'a', value: { stringValue: 'é' } }],
  flags: 257,
};

/** A request with one span, or with what `span` is instead. */
function request(span: Record<string, unknown>): Uint8Array {
  return encodeMessage('ExportTraceServiceRequest', {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'x' } }] },
        scopeSpans: [{ scope: { name: 'netflow2traces', version: '1' }, spans: [span] }],
      },
    ],
  });
}

function withAttributes(...attributes: readonly unknown[]): Uint8Array {
  return request({ ...SPAN, attributes });
}

suite('accepts', () => {
  for (const [name, body, flows] of [
    ['a flow', request(SPAN), 1],
    ['a span that is none', request({ ...SPAN, name: 'netflow.parse_packet' }), 0],
    ['a root with a status', request({ ...SPAN, parentSpanId: undefined, status: { message: 'bad', code: 2 } }), 1],
    ['ints below zero', withAttributes({ key: 'a', value: { intValue: -1 } }), 1],
    ['the tracestate of a sampled flow', request({ ...SPAN, traceState: 'ot=th:8;rv:80000000000000' }), 1],
    ['an array', withAttributes({ key: 'a', value: { arrayValue: { values: [{ intValue: 300 }] } } }), 1],
    [
      'a double and a bool',
      withAttributes({ key: 'a', value: { doubleValue: 0.5 } }, { key: 'b', value: { boolValue: true } }),
      1,
    ],
  ] as const) {
    test(name, () => assert.deepEqual(new RequestChecker().check(body), { spans: 1, flows }));
  }

  test('what the batch writer writes around spans', () => {
    const bodies: Uint8Array[] = [];
    const writer = new BatchWriter({
      resource: { 'service.name': 'x' },
      scope: { name: 'netflow2traces', version: '1' },
      maxSize: 2 ** 16,
      push: ({ body }) => bodies.push(body),
      now: () => 0,
    });
    const spans = request(SPAN);
    const span = spans.subarray(spans.indexOf(0x12, spans.indexOf('1'.charCodeAt(0))));
    writer.bytes.set(span, writer.position);
    writer.position += span.length;
    writer.seal();
    assert.deepEqual(new RequestChecker().check(bodies[0]), { spans: 1, flows: 1 });
  });
});

suite('refuses', () => {
  const whole = request(SPAN);
  for (const [name, body, message] of [
    [
      'a trace id that is too short',
      request({ ...SPAN, traceId: Buffer.alloc(15, 1) }),
      /an id of 15 bytes instead of 16/,
    ],
    ['a span id of zeros', request({ ...SPAN, spanId: Buffer.alloc(8) }), /an id of zeros/],
    ['a span without a name', request({ ...SPAN, name: undefined }), /without one of its fields/],
    ['a span that ends before it starts', request({ ...SPAN, startTimeUnixNano: 6 }), /ends before it starts/],
    ['a kind that does not exist', request({ ...SPAN, kind: 6 }), /kind 6/],
    ['a field that is not used', request({ ...SPAN, droppedAttributesCount: 1 }), /tag 80 in a span/],
    [
      'a randomness below its threshold',
      request({ ...SPAN, traceState: 'ot=th:8;rv:7fffffffffffff' }),
      /the tracestate ot=th:8/,
    ],
    ['an empty key', withAttributes({ key: '', value: { intValue: 1 } }), /tag 10|an empty key/],
    ['a key twice', withAttributes(...SPAN.attributes, ...SPAN.attributes), /attribute a twice/],
    ['an attribute without a value', withAttributes({ key: 'a' }), /no field with tag 18/],
    ['a value of bytes', withAttributes({ key: 'a', value: { bytesValue: Buffer.of(1) } }), /no known kind/],
    ['a request that is cut off', whole.subarray(0, -1), /runs over the end/],
    ['a string that is not UTF-8', Uint8Array.from(whole, (byte) => (byte === 0xa9 ? 0x20 : byte)), /not UTF-8/],
    ['a request that goes on', Buffer.concat([whole, whole]), /more than one ResourceSpans/],
    ['an empty batch', encodeMessage('ExportTraceServiceRequest', {}), /no field with tag 10/],
  ] as const) {
    test(name, () => {
      assert.throws(() => new RequestChecker().check(body), { name: 'Violation', rule: 'otlp', message });
    });
  }
});
