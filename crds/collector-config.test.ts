import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as z from 'zod';
import { collectorConfig } from './collector-config.ts';

test('an empty configuration is a whole one', () => {
  const { listeners, otlp, http } = collectorConfig.parse({});
  assert.deepEqual(listeners, [{ protocol: 'netflow', name: 'netflow', host: '::', port: 2055 }]);
  assert.equal(otlp.queue.memory, 64 * 2 ** 20);
  assert.equal(otlp.timeout, 10_000);
  assert.equal(http.port, 9464);
});

test('a listener for sFlow has its name and port, unless others are given', () => {
  const { listeners } = collectorConfig.parse({
    listeners: [{}, { protocol: 'sflow' }, { protocol: 'sflow', name: 'dc', port: 6344 }],
  });
  assert.deepEqual(
    listeners.map(({ protocol, name, port }) => [protocol, name, port]),
    [
      ['netflow', 'netflow', 2055],
      ['sflow', 'sflow', 6343],
      ['sflow', 'dc', 6344],
    ],
  );
});

test('a configuration written out is the same when read again', () => {
  const config = collectorConfig.parse({
    listeners: [{ host: '2001:db8::1' }, { name: 'edge', port: 4739 }, { protocol: 'sflow' }],
    workers: 2,
    otlp: { headers: { a: 'b' }, timeout: '1500ms', batch: { maxSize: '20Ki' } },
  });
  const written = z.encode(collectorConfig, config);
  assert.equal(written.otlp?.timeout, '1500ms');
  assert.equal(written.otlp?.batch?.maxSize, '20Ki');
  assert.deepEqual(collectorConfig.parse(written), config);
});

test('defaults and descriptions are in the JSON schema, for the generated references', () => {
  type Node = { properties?: Record<string, Node>; items?: Node; description?: string };
  const missing: string[] = [];
  (function walk(node: Node, path: string): void {
    if (node.items?.properties) walk(node.items, `${path}[]`);
    else if (node.properties) for (const [key, child] of Object.entries(node.properties)) walk(child, `${path}.${key}`);
    else if (!node.description) missing.push(path);
  })(z.toJSONSchema(collectorConfig, { io: 'input' }) as Node, '');
  assert.deepEqual(missing, []);
});

suite('two listeners on one socket are refused, however the address is spelled', () => {
  for (const [first, second, refused] of [
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['2001:DB8::1', '2001:db8:0::1', true],
    ['127.0.0.1', '127.0.0.1', true],
    ['fe80::1%eth0', 'fe80::1%eth1', false],
    ['0.0.0.0', '::', false],
  ] as const) {
    test(`${first} and ${second}`, () => {
      const listeners = [{ host: first }, { name: 'other', host: second }];
      assert.equal(collectorConfig.safeParse({ listeners }).success, !refused);
    });
  }

  test('but not where the system chooses the port', () => {
    assert.ok(collectorConfig.safeParse({ listeners: [{ port: 0 }, { name: 'other', port: 0 }] }).success);
  });
});
