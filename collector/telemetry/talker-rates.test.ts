import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TalkerCounts, TalkerKind } from '../aggregate/top-talkers.ts';
import { TalkerRates } from './talker-rates.ts';

const counts = (kind: TalkerKind, talkers: Record<string, number>, error = 0): TalkerCounts => ({
  ...{ kind, talkers: Object.keys(talkers), error },
  bytes: Float64Array.from(Object.values(talkers)),
  packets: Float64Array.from(Object.values(talkers), (bytes) => bytes / 10),
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
      { 'source.address': '10.0.0.2', bytesPerSecond: 29, packetsPerSecond: 2.9, error: 4 },
      { 'source.address': '10.0.0.1', bytesPerSecond: 10, packetsPerSecond: 1, error: 4 },
    ],
    destinations: [],
    conversations: [
      {
        ...{ 'source.address': '10.0.0.1', 'destination.address': '10.0.0.2' },
        ...{ bytesPerSecond: 19, packetsPerSecond: 1.9, error: 2 },
      },
    ],
    ports: [
      { 'server.port': 443, 'network.transport': 'tcp', bytesPerSecond: 5, packetsPerSecond: 0.5, error: 0 },
      { 'network.transport': 'icmp', bytesPerSecond: 1, packetsPerSecond: 0.1, error: 0 },
    ],
    services: [],
  });
});

test('what came to ports since the last time, over what workers count anew; to services, where there are any', () => {
  const rates = new TalkerRates();
  rates.take(0, { seconds: 5, counts: [counts('ports', { '[443,"tcp"]': 50 })] });
  rates.take(0, { seconds: 10, counts: [counts('ports', { '[443,"tcp"]': 80, '[null,"icmp"]': 10 })] });
  rates.take(1, { seconds: 7, counts: [counts('ports', { '[443,"tcp"]': 1_000 })] });
  assert.deepEqual(Object.fromEntries(rates.takeServices()), {
    '443 tcp': { bytes: 1_080, packets: 108 },
    icmp: { bytes: 10, packets: 1 },
  });
  rates.take(0, { seconds: 5, counts: [counts('ports', { '[443,"tcp"]': 20 })] });
  assert.deepEqual(Object.fromEntries(rates.takeServices()), { '443 tcp': { bytes: 20, packets: 2 } });
  rates.take(1, { seconds: 12, counts: [counts('ports', { '[80,"tcp"]': 5 }), counts('services', { '["shop"]': 5 })] });
  assert.deepEqual(Object.fromEntries(rates.takeServices()), { shop: { bytes: 5, packets: 0.5 } });
});
