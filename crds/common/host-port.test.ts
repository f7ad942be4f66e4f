import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHostPort, parseHostPort } from './host-port.ts';

for (const [text, expected] of [
  ['2055', { port: 2055 }],
  [':2055', { port: 2055 }],
  ['127.0.0.1:2055', { host: '127.0.0.1', port: 2055 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:2055', { host: '::1', port: 2055 }],
  ['::1', undefined],
  ['::1:2055', undefined],
  ['[]:2055', undefined],
  ['localhost', undefined],
  ['localhost:', undefined],
  ['localhost:x', undefined],
  ['', undefined],
] as const) {
  test(`"${text}" is ${expected ? JSON.stringify(expected) : 'refused'}`, () => {
    assert.deepEqual(parseHostPort(text), expected);
    if (expected && 'host' in expected) assert.equal(formatHostPort(expected.host, expected.port), text);
  });
}
