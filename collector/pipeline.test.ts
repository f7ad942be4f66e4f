import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHarness, ipfix, NOW_SECONDS, v5 } from './pipeline.fixture.ts';
import type { Announcement } from './templates/announcement.ts';

/** Template 256: one octet, the protocol. */
const TEMPLATE = '0002 000c  0100 0001  0004 0001';
const announcement = (change: Partial<Announcement> = {}): Announcement => ({
  ...{ listener: 'netflow', address: '10.0.0.1', port: 50_000, version: 10, domain: 0, options: false },
  exportTime: NOW_SECONDS,
  record: Uint8Array.of(1, 0, 0, 1, 0, 4, 0, 1),
  ...change,
});
const DATA = '0100 0008  06 11 01 3a';

describe('templates from other workers and from the state file', () => {
  test('serve an IPv4 exporter on a dual-stack socket', () => {
    const { pipeline, receive, flows } = createHarness();
    pipeline.learn(announcement());
    receive(ipfix(DATA), { address: '::ffff:10.0.0.1' });
    assert.equal(flows().length, 4);
  });

  test('do not let in a source that is not allowed', () => {
    const { pipeline, receive, count } = createHarness({ allowedSources: ['10.1.0.0/16'] });
    pipeline.learn(announcement());
    receive(ipfix(DATA));
    assert.equal(count('packetErrors.source_not_allowed'), 1);
    assert.equal(pipeline.exporters.size, 0);
  });
});

test('spans taken back after a batch was sealed among them do not damage the next batch', () => {
  const { receive, flows, count } = createHarness({ otlp: { batch: { maxSize: '16Ki' } } });
  receive(v5(3));
  // A v9-sized set of 200 flows, then a record that runs over its end.
  const many = `0100 ${(4 + 200).toString(16).padStart(4, '0')} ${'06'.repeat(200)}`;
  receive(ipfix(`${TEMPLATE} 0002 000c  0101 0001  0052 ffff ${many} 0101 0006 ff00`));
  assert.equal(count('packetErrors.malformed'), 1);
  receive(v5(2));
  assert.equal(flows().length, count('flows'));
});

test('a trace is only shown whole', () => {
  const traces: number[] = [];
  const { receive, spans } = createHarness(
    { otlp: { batch: { maxSize: '16Ki' } } },
    { wantsTrace: () => true, onTrace: (bytes) => traces.push(bytes.length) },
  );
  for (let packet = 0; packet < 40; packet++) receive(v5(30));
  assert.ok(traces.length < 40);
  assert.ok(Math.max(...traces) - Math.min(...traces) < 40, 'each has the same 32 spans');
  assert.equal(spans().length, 40 * 32);
});
