import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InspectedPacket } from './inspector.ts';
import { Summing } from './summary.ts';

test('a problem that differs from packet to packet is told once, with N for its numbers', () => {
  const summing = new Summing();
  const lost = (count: number) => ({ what: `${count} packets before it never came`, section: 'RFC 3954 §5.1' });
  const cut = { what: 'a set states 16 bytes, 4 are left' };
  for (const [index, problems] of [[lost(3), cut], [lost(7)], [cut]].entries()) {
    const packet: Partial<InspectedPacket> = {
      ...{ packet: index + 1, templates: [], options: [], flows: [], released: [] },
      problems,
    };
    summing.add(packet as InspectedPacket);
  }
  assert.deepEqual(summing.end([], 0).problems, [
    { what: 'N packets before it never came (RFC 3954 §5.1)', count: 2, packet: 1 },
    { what: 'a set states 16 bytes, 4 are left', count: 2, packet: 1 },
  ]);
});
