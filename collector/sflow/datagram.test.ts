import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PacketHeader } from '../decode/header.ts';
import {
  counterSample,
  datagram,
  discardedPacket,
  expandedCounterSample,
  expandedFlowSample,
  flowSample,
  rawHeader,
  record,
  u32,
  unknownSample,
} from './datagram.fixture.ts';
import { eachCounterSample, readSamples } from './datagram.ts';

function read(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = new PacketHeader();
  assert.equal(header.read(view, bytes.length), undefined);
  const { sets, parts, fault } = readSamples(view, header);
  const [part] = parts;
  assert.ok(parts.length === 1 && part.kind === 'samples');
  return { view, sets, part, fault };
}

const FRAME = rawHeader('00'.repeat(64));

test('samples of all kinds are told apart, what is not known is skipped', () => {
  const samples = [
    unknownSample(),
    flowSample([FRAME]),
    counterSample([record(1, u32(1, 2, 3))]),
    expandedFlowSample([record(4_300 * 4_096 + 5, ''), FRAME]),
    expandedCounterSample([]),
    discardedPacket([FRAME]),
    unknownSample(''),
  ];
  const { sets, part, fault } = read(datagram(samples));
  assert.deepEqual([sets, part.samples, part.records, fault], [7, 7, 3, undefined]);
});

test('counter samples are handed over, with their data source and records', () => {
  const bytes = datagram([
    counterSample([record(1, u32(1)), record(2, u32(2, 3))], 11),
    flowSample([FRAME]),
    expandedCounterSample([record(2_000, u32(4))], 12),
  ]);
  const { view, part } = read(bytes);
  const found: unknown[] = [];
  eachCounterSample(view, part, bytes.length, ({ sequence, sourceClass, sourceIndex, records, recordsAt, end }) =>
    found.push([sequence, sourceClass, sourceIndex, records, bytes.toString('hex', recordsAt, end)]),
  );
  assert.deepEqual(found, [
    [11, 0, 7, 2, record(1, u32(1)) + record(2, u32(2, 3))],
    [12, 0, 7, 1, record(2_000, u32(4))],
  ]);
});

describe('a datagram is read up to its fault', () => {
  const flow = flowSample([FRAME]);
  const cases: [string, Uint8Array, number, RegExp][] = [
    ['fewer samples than told', datagram([flow], { count: 2 }), 1, /0 bytes are left for a sample/],
    ['cut off in a sample', datagram([flow, flow]).subarray(0, -4), 1, /a sample states \d+ bytes, \d+ are left/],
    ['cut off in a prefix', datagram([flow, u32(1)], { count: 2 }), 1, /4 bytes are left for a sample/],
    ['a head that is cut off', datagram([flow, u32(1, 28) + u32(1, 2, 3, 4, 5, 6, 7)]), 1, /its head alone has 32/],
    [
      'fewer records than told',
      datagram([flow, u32(2, 12) + u32(1, 7, 2 ** 32 - 1)]),
      1,
      /0 bytes are left for a record/,
    ],
    ['a record that overruns', datagram([u32(2, 24) + u32(1, 7, 1) + u32(1, 8, 0)]), 0, /8 bytes, 4 are left/],
  ];
  for (const [name, bytes, samples, what] of cases) {
    test(name, () => {
      const { part, fault } = read(bytes);
      assert.equal(part.samples, samples);
      assert.match(fault?.what ?? '', what);
    });
  }
});
