import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attribute, message } from '../otlp/protobuf-writer.ts';
import { readAttributes, type Value } from './span-attributes.ts';

test('every kind of value comes back, and other fields are passed over', () => {
  const written: Record<string, string | number | boolean | string[]> = {
    'a.text': 'ü'.repeat(200),
    nothing: '',
    zero: 0,
    small: 127,
    large: Number.MAX_SAFE_INTEGER,
    negative: -1,
    double: 0.1,
    yes: true,
    no: false,
    list: ['a', 'b'],
  };
  const fields = Object.entries(written).map(([name, value]) => attribute(0x4a, name, value));
  // A trace_id, a fixed64, the fixed32 of flags with a tag of two bytes, a kind.
  const others = [message(0x0a, Buffer.alloc(16, 0x4a)), [0x39, ...Buffer.alloc(8, 0x4a)], [0x85, 1, 1, 1, 0, 0]];
  const span = message(0x12, ...others, fields[0], [0x30, 0x4a], ...fields.slice(1), message(0x1a, Buffer.alloc(300)));
  const expected: Record<string, Value> = {};
  for (const [name, value] of Object.entries(written)) {
    expected[name] = typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
  }
  assert.deepEqual(Object.fromEntries(readAttributes(Buffer.from(span))), expected);
});
