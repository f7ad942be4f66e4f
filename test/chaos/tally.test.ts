import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildTraffic } from '../generator/traffic.ts';
import { encodeMessage } from '../otlp/schema.ts';
import { numbered, numbersIn } from './tally.ts';

test('numbers are read as the reference encoder writes them', () => {
  const numbers = [0, 1, 127, 128, 300, 16_384, 2 ** 31, 4_294_967_295];
  const spans = numbers.map((number) => ({
    name: 'flow_ipv4_tcp',
    attributes: [
      { key: 'flow.packets.delta', value: { intValue: 7 } },
      { key: 'flow.bytes.delta', value: { intValue: number } },
    ],
  }));
  const body = encodeMessage('ExportTraceServiceRequest', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  assert.deepEqual([...numbersIn(Buffer.from(body))], numbers);
});

test('flows of a packet are numbered one by one', () => {
  const [{ bytes }] = buildTraffic({ version: 5, exporters: 1, packets: 1, records: 3, now: 0 });
  const packet = numbered(bytes, 1_000);
  assert.deepEqual(
    [16, 24 + 20, 24 + 48 + 20, 24 + 96 + 20].map((at) => packet.readUInt32BE(at)),
    [1_000, 1_000, 1_001, 1_002],
  );
});
