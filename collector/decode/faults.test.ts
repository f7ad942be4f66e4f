import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hex } from '../pipeline/pipeline.fixture.ts';
import { kindOf } from './faults.ts';

suite('what a datagram of no known version seems to be', () => {
  for (const [bytes, expected] of [
    // sFlow Version 5, §5: version, address type 1 and agent, sub-agent, sequence, uptime, samples.
    ['00000005 00000001 0a000001 00000000 00000001 0000ea60 00000001', 'sFlow v5'],
    ['00000004 00000001 0a000001 00000001', 'sFlow v4'],
    ['00000006 00000001 0a000001 00000001', 'version 0'],
    // Cisco's NetFlow v8: version, count, uptime, seconds, nanoseconds, sequence, engine, aggregation, its version.
    ['0008 0001 0000ea60 6957342d 00000000 00000001 0000 0102 00000000', 'NetFlow v8: aggregated flows'],
    [Buffer.from('<189>Jan  2 03:04:05 r1 %SYS-5: x').toString('hex'), 'text, as of syslog'],
    ['0006 0001 0000ea60', 'version 6'],
    ['0003', 'version 3'],
  ] as const) {
    test(expected, () => assert.equal(kindOf(hex(bytes)), expected));
  }
});
