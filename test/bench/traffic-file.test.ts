import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildTraffic } from '../generator/traffic.ts';
import { readTraffic, writeTraffic } from './traffic-file.ts';

test('what is written is read again', () => {
  for (const version of [5, 9, 10] as const) {
    const packets = buildTraffic({ version, exporters: 2, packets: 3, records: 3, now: 0, options: true });
    const sent = packets.map(({ content, ...packet }) => packet);
    assert.deepEqual(readTraffic(writeTraffic(sent)), sent);
  }
});
