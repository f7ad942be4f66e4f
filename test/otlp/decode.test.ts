import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRequest } from './decode.ts';
import { normalize, withDoubles } from './normalize.ts';
import { encodeMessage } from './schema.ts';

const TRACE = Buffer.alloc(16, 1);

function request(...spans: Record<string, unknown>[]): Uint8Array {
  return encodeMessage('ExportTraceServiceRequest', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

function span(id: number, parent?: number, attributes: unknown[] = []): Record<string, unknown> {
  const parentSpanId = parent === undefined ? undefined : Buffer.alloc(8, parent);
  return { traceId: TRACE, spanId: Buffer.alloc(8, id), parentSpanId, name: `s${id}`, kind: 1, attributes };
}

test('tells ints from doubles and keeps 64 bits', () => {
  const [decoded] = decodeRequest(
    request(
      span(1, undefined, [
        { key: 'int', value: { intValue: '9223372036854775807' } },
        { key: 'double', value: { doubleValue: 1 } },
        { key: 'empty', value: {} },
      ]),
    ),
  );
  assert.deepEqual(decoded.attributes, { int: 9223372036854775807n, double: 1, empty: null });
  assert.deepEqual(withDoubles({ list: [1n, 2] }), { list: [1, 2] });
});

test('refuses what OTLP forbids', () => {
  const attribute = { key: 'a', value: { intValue: 1 } };
  assert.throws(() => decodeRequest(request(span(1, undefined, [attribute, attribute]))), /occurs twice/);
  assert.throws(() => decodeRequest(request(span(1, undefined, [{ key: '', value: {} }]))), /empty key/);
  assert.throws(() => decodeRequest(new Uint8Array([0x0a, 0x02, 0x78, 0x01])), /unknown fields/);
  assert.throws(() => decodeRequest(request({ ...span(1), kind: 9 })), /none of/);
});

test('builds trees whatever the order of spans and attributes', () => {
  const attributes = [
    { key: 'b', value: { intValue: 1 } },
    { key: 'a', value: { intValue: 2 } },
  ];
  const [one] = normalize(decodeRequest(request(span(2, 1), span(1, undefined, attributes), span(3, 1))));
  const [other] = normalize(
    decodeRequest(request(span(1, undefined, attributes.toReversed()), span(8, 1), span(9, 1))),
  );
  assert.deepEqual(
    one.children.map(({ name }) => name),
    ['s2', 's3'],
  );
  assert.deepEqual(Object.keys(one.attributes), ['a', 'b']);
  assert.deepEqual(one.attributes, other.attributes);
});

test('refuses bad ids', () => {
  assert.throws(() => normalize(decodeRequest(request(span(0)))), /bad id/);
  assert.throws(() => normalize(decodeRequest(request(span(1), span(1)))), /twice/);
  assert.throws(() => normalize(decodeRequest(request(span(2, 1)))), /parent/);
});
