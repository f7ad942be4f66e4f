import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildTraffic, type TrafficPacket, type Version } from './traffic.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const RING = { exporters: 2, packets: 3, now: NOW };

function sequences(packets: TrafficPacket[]): number[] {
  return packets.map(({ bytes, sequenceOffset }) => bytes.readUInt32BE(sequenceOffset));
}

for (const { version, expected } of [
  { version: 5, expected: [0, 24, 48] },
  { version: 9, expected: [0, 1, 2, 3] },
  { version: 10, expected: [0, 9, 29, 49] },
] as { version: Version; expected: number[] }[]) {
  test(`v${version}: each exporter counts by its version's rule`, () => {
    const traffic = buildTraffic({ ...RING, version, options: true });
    for (const exporter of [0, 1]) {
      const ring = traffic.filter((packet) => packet.exporter === exporter);
      assert.deepEqual(sequences(ring), expected);
      for (const [index, packet] of ring.slice(0, -1).entries()) {
        assert.equal(expected[index] + packet.sequenceStep, expected[index + 1]);
      }
    }
  });
}

for (const version of [9, 10] as const) {
  for (const family of [4, 6] as const) {
    test(`v${version}, IPv${family}: sets fill the packet and packets fit an Ethernet frame`, () => {
      for (const { bytes, flows } of buildTraffic({ ...RING, version, family, options: true })) {
        assert.ok(bytes.length <= 1_472);
        let offset = version === 9 ? 20 : 16;
        const ids: number[] = [];
        while (offset < bytes.length) {
          ids.push(bytes.readUInt16BE(offset));
          offset += bytes.readUInt16BE(offset + 2);
        }
        assert.equal(offset, bytes.length);
        const templates = version === 9 ? [0, 1, 512, 513] : [2, 3, 512, 513];
        assert.deepEqual(ids, flows === 0 ? templates : [family === 4 ? 256 : 257]);
      }
    });
  }
}

test('the same seed makes the same bytes', () => {
  assert.deepEqual(buildTraffic({ ...RING, version: 9 }), buildTraffic({ ...RING, version: 9 }));
  assert.notDeepEqual(buildTraffic({ ...RING, version: 9 }), buildTraffic({ ...RING, version: 9, seed: 2 }));
});
