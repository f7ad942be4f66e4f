import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packetSpans } from './spans.fixture.ts';
import { readSpans, scanSpans } from './spans.ts';

test('spans are read back as the official serializer wrote them', () => {
  const time = 1_800_000_000_000;
  const attributes = {
    text: 'Zürich',
    negative: -5,
    large: Number.MAX_SAFE_INTEGER,
    double: 0.25,
    yes: true,
    no: false,
    list: ['a', 'b'],
    numbers: [1, 2, 3],
    empty: '',
  };
  const flow = { source: '10.0.0.5 1234', destination: '10.0.0.6 443', begin: 2_000, end: 500, attributes };
  const spans = readSpans(packetSpans(time, [flow], {}, 'too short'));

  const root = spans.find((span) => span.parentSpanId === '')!;
  assert.equal(root.name, 'netflow.export');
  assert.equal(root.kind, 'internal');
  assert.match(root.traceId, /^[0-9a-f]{32}$/);
  assert.match(root.spanId, /^[0-9a-f]{16}$/);
  assert.equal(root.start, '1800000000000000000');
  assert.deepEqual(root.status, { code: 'error', message: 'too short' });

  const child = spans.find((span) => span.name === 'flow_ipv4_tcp')!;
  assert.equal(child.kind, 'client');
  assert.equal(child.parentSpanId, root.spanId);
  assert.equal(child.start, '1799999998000000000');
  assert.equal(child.end, '1799999999500000000');
  assert.deepEqual(child.status, { code: 'unset', message: '' });
  for (const [name, value] of Object.entries(attributes)) assert.deepEqual(child.attributes[name], value, name);
});

test('integers that a number cannot hold are decimal text', () => {
  // Span { attributes: { key: "n", value: { int_value: 2^63 - 1 } } }
  const value = Buffer.from('18ffffffffffffffff7f', 'hex');
  const pair = Buffer.concat([Buffer.from('0a016e12', 'hex'), Buffer.of(value.length), value]);
  const span = Buffer.concat([Buffer.of(0x4a, pair.length), pair]);
  const [{ attributes }] = readSpans(Buffer.concat([Buffer.of(0x12, span.length), span]));
  assert.deepEqual(attributes, { n: '9223372036854775807' });
});

for (const [field, name] of [
  [3, 'integer'],
  [4, 'double'],
  [2, 'boolean'],
] as const) {
  test(`an attribute whose ${name} is of another wire type is read as nothing`, () => {
    // Span { attributes: { key: "n", value: { <field>: "ipv4" as a length-delimited value } } }
    const value = Buffer.concat([Buffer.of((field << 3) | 2, 4), Buffer.from('ipv4')]);
    const pair = Buffer.concat([Buffer.from('0a016e12', 'hex'), Buffer.of(value.length), value]);
    const span = Buffer.concat([Buffer.of(0x4a, pair.length), pair]);
    const [{ attributes }] = readSpans(Buffer.concat([Buffer.of(0x12, span.length), span]));
    assert.equal(Number(attributes.n), 0);
  });
}

test('a scan tells the trace and the number of spans', () => {
  const bytes = packetSpans(0, [{ source: '10.0.0.5 1', destination: '10.0.0.6 2' }]);
  assert.deepEqual(scanSpans(bytes), { traceId: readSpans(bytes)[0].traceId, spans: 3 });
  assert.deepEqual(scanSpans(new Uint8Array()), { traceId: '', spans: 0 });
});

test('any bytes are read or refused with a RangeError', () => {
  const valid = packetSpans(0, [{ source: '10.0.0.5 1', destination: '10.0.0.6 2' }]);
  const damaged = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 8 }).map((changes) => {
    const bytes = valid.slice();
    for (const [index, value] of changes) bytes[index] = value;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 64 })), (bytes) => {
      try {
        readSpans(bytes);
        scanSpans(bytes);
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});
