import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TalkerCounts, TalkerKind } from '../aggregate/top-talkers.ts';
import { TalkerRates } from './talker-rates.ts';

const counts = (kind: TalkerKind, talkers: Record<string, number>, error = 0): TalkerCounts => ({
  ...{ kind, talkers: Object.keys(talkers), bytes: Float64Array.from(Object.values(talkers)), error },
});

test('talkers of all workers, both directions of a conversation together', () => {
  const rates = new TalkerRates();
  rates.take(0, { seconds: 5, counts: [] });
  rates.take(0, {
    seconds: 10,
    counts: [
      counts('sources', { '["10.0.0.1"]': 100, '["10.0.0.2"]': 90 }, 20),
      counts('conversations', { '["10.0.0.1","10.0.0.2"]': 100, '["10.0.0.2","10.0.0.1"]': 90 }, 10),
      counts('ports', { '[443,"tcp"]': 50, '[null,"icmp"]': 10 }),
    ],
  });
  rates.take(1, { seconds: 20, counts: [counts('sources', { '["10.0.0.2"]': 400, '["10.0.0.3"]': 20 }, 40)] });
  assert.deepEqual(rates.top(2), {
    seconds: 20,
    sources: [
      { 'source.address': '10.0.0.2', bytesPerSecond: 29, error: 4 },
      { 'source.address': '10.0.0.1', bytesPerSecond: 10, error: 4 },
    ],
    destinations: [],
    conversations: [{ 'source.address': '10.0.0.1', 'destination.address': '10.0.0.2', bytesPerSecond: 19, error: 2 }],
    ports: [
      { 'server.port': 443, 'network.transport': 'tcp', bytesPerSecond: 5, error: 0 },
      { 'network.transport': 'icmp', bytesPerSecond: 1, error: 0 },
    ],
  });
});
