import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Order, Sequence } from './sequence.ts';

const WRAP = 2 ** 32;
const MINUTE = 60_000;

/** A packet: its sequence number, how many units it carries, the exporter's uptime; then what is missing before it. */
type Step = readonly [sequence: number, units: number, sysUptime: number, lost: number];

const CASES: Record<string, readonly Step[]> = {
  'nothing is missing before the first': [[1_000, 1, 0, 0]],
  'v5 counts flows': [
    [0, 30, 1, 0],
    [30, 30, 2, 0],
    [90, 24, 3, 30],
    [114, 1, 4, 0],
  ],
  'v9 counts packets': [
    [7, 1, 1, 0],
    [8, 1, 2, 0],
    [11, 1, 3, 2],
  ],
  'IPFIX has no uptime; a message without records counts nothing': [
    [5, 0, 0, 0],
    [5, 3, 0, 0],
    [8, 2, 0, 0],
    [11, 1, 0, 1],
  ],
  'an unknown number of records': [
    [0, -1, 0, 0],
    [700, 5, 0, 0],
    [705, -1, 0, 0],
    [800, 1, 0, 0],
    [801, 1, 0, 0],
  ],
  'a gap before an unknown number of records': [
    [0, 10, 0, 0],
    [20, -1, 0, 10],
  ],
  'numbers wrap': [
    [WRAP - 2, 1, 1, 0],
    [WRAP - 1, 1, 2, 0],
    [0, 1, 3, 0],
    [2, 1, 4, 1],
  ],
  'a packet twice': [
    [0, 10, 1, 0],
    [10, 10, 2, 0],
    [10, 10, 2, 0],
    [20, 10, 3, 0],
  ],
  'late, uptime the same': [
    [0, 1, 50, 0],
    [2, 1, 50, 1],
    [1, 1, 50, 0],
    [3, 1, 50, 0],
  ],
  'late, uptime a little less': [
    [0, 1, 50, 0],
    [2, 1, 70, 1],
    [1, 1, 60, 0],
    [3, 1, 80, 0],
  ],
  'late, without uptime': [
    [0, 10, 0, 0],
    [20, 10, 0, 10],
    [10, 10, 0, 0],
    [30, 10, 0, 0],
  ],
  'late ones make up for what goes missing next': [
    [0, 1, 50, 0],
    [2, 1, 50, 1],
    [1, 1, 50, 0],
    [4, 1, 50, 0],
    [3, 1, 50, 0],
    [9, 1, 50, 3],
  ],
  'a late one comes twice': [
    [0, 1, 50, 0],
    [2, 1, 50, 1],
    [1, 1, 50, 0],
    [1, 1, 50, 0],
    [6, 1, 50, 2],
  ],
  'a packet of before the gap comes twice': [
    [0, 1, 50, 0],
    [2, 1, 50, 1],
    [0, 1, 50, 0],
    [4, 1, 50, 1],
  ],
  'late, over the wrap of numbers and of uptime': [
    [WRAP - 2, 1, WRAP - 20, 0],
    [0, 1, 5, 1],
    [WRAP - 1, 1, WRAP - 10, 0],
    [1, 1, 10, 0],
  ],
  'uptime wraps after 49.7 days': [
    [0, 1, WRAP - 1, 0],
    [1, 1, 9, 0],
    [3, 1, 20, 1],
  ],
  'restart: uptime fell, numbers begin anew': [
    [5_000, 1, 90 * MINUTE, 0],
    [0, 1, 1_000, 0],
    [1, 1, 2_000, 0],
    [4, 1, 3_000, 2],
  ],
  'restart without uptime': [
    [50_000, 10, 0, 0],
    [0, 10, 0, 0],
    [10, 10, 0, 0],
    [30, 10, 0, 10],
  ],
  'a gap of more than a million is a new beginning': [
    [0, 1, 0, 0],
    [1_000_001, 1, 0, 1_000_000],
    [2_000_003, 1, 0, 0],
  ],
};

for (const [name, steps] of Object.entries(CASES)) {
  const count = (between: (numbers: Sequence) => Sequence) => {
    let numbers = new Sequence('flows');
    for (const [sequence, units, sysUptime, lost] of steps) {
      const header = { sequence, sysUptime, exportMs: 0 };
      const carried = { flows: units < 0 ? Number.NaN : units, options: 0, templates: 0 };
      assert.equal(numbers.track(numbers.orderOf(header), header, carried), lost, `before ${sequence}`);
      numbers = between(numbers);
    }
  };
  test(name, () => count((numbers) => numbers));
  test(`${name}: with a restart after each packet`, () => count((numbers) => restarted(numbers, 0)));
}

/** The sequence as the next run has it, `elapsedMs` later. */
function restarted(numbers: Sequence, elapsedMs: number): Sequence {
  const next = new Sequence('flows');
  next.resume(JSON.parse(JSON.stringify(numbers.keep())), elapsedMs);
  return next;
}

for (const [elapsedMs, lost] of [
  [0, 0],
  [19_999, 0],
  [20_000, 2_000_000],
]) {
  test(`two million units are missing after ${elapsedMs} ms without a collector: ${lost} count as lost`, () => {
    const carried = { flows: 1, options: 0, templates: 0 };
    const packet = (sequence: number) => ({ sequence, sysUptime: 0, exportMs: 0 });
    const numbers = new Sequence('flows');
    for (const sequence of [0, 1]) numbers.track(numbers.orderOf(packet(sequence)), packet(sequence), carried);
    const next = restarted(numbers, elapsedMs);
    assert.equal(next.track('next', packet(2_000_002), carried), lost);
    assert.equal(next.track('next', packet(4_000_003), carried), 0, 'later no gap is as long');
  });
}

/** Packets by number, uptime and Export Time; then how the last stands to the others. */
for (const [name, packets, expected] of [
  [
    'uptime fell, numbers begin anew',
    [
      [500_000, 10 * 24 * 60 * MINUTE, 0],
      [0, 2_000, 0],
    ],
    'restarted',
  ],
  [
    'uptime fell from more than half its range',
    [
      [500_000, 30 * 24 * 60 * MINUTE, 0],
      [0, 2_000, 0],
    ],
    'restarted',
  ],
  [
    'uptime fell, numbers begin anew after few',
    [
      [7, 2 * MINUTE, 0],
      [0, 2_000, 0],
    ],
    'restarted',
  ],
  [
    'uptime fell, numbers elsewhere',
    [
      [7, 2 * MINUTE, 0],
      [2 ** 31, 2_000, 0],
    ],
    'restarted',
  ],
  [
    'uptime fell, numbers go on',
    [
      [7, 2 * MINUTE, 0],
      [8, 2_000, 0],
    ],
    'anew',
  ],
  [
    'uptime wraps',
    [
      [500_000, WRAP - 1_000, 0],
      [0, 2_000, 0],
    ],
    'anew',
  ],
  [
    'uptime goes on, numbers begin anew',
    [
      [500_000, MINUTE, 0],
      [0, 2 * MINUTE, 0],
    ],
    'anew',
  ],
  [
    'a late packet',
    [
      [7, 2 * MINUTE, 0],
      [5, 2 * MINUTE - 10, 0],
    ],
    'late',
  ],
  [
    'no uptime, numbers begin anew',
    [
      [500_000, 0, 5_000],
      [0, 0, 5_000],
    ],
    'restarted',
  ],
  [
    'no uptime, numbers begin anew after few',
    [
      [7, 0, 5_000],
      [0, 0, 9_000],
    ],
    'restarted',
  ],
  [
    'no uptime, a late packet',
    [
      [7, 0, 5_000],
      [0, 0, 5_000],
    ],
    'late',
  ],
  [
    'no uptime, numbers go on',
    [
      [7, 0, 5_000],
      [9, 0, 9_000],
    ],
    'next',
  ],
  [
    'no uptime, numbers far behind',
    [
      [500_000, 0, 5_000],
      [100_000, 0, 9_000],
    ],
    'anew',
  ],
  [
    'no uptime, numbers wrap',
    [
      [WRAP - 1, 0, 5_000],
      [9, 0, 9_000],
    ],
    'next',
  ],
  ['the first packet', [[0, 0, 0]], 'anew'],
] as [string, [number, number, number][], Order][]) {
  test(`${expected}: ${name}`, () => {
    const numbers = new Sequence('packets');
    let order: Order | undefined;
    for (const [sequence, sysUptime, exportMs] of packets) {
      const header = { sequence, sysUptime, exportMs };
      order = numbers.orderOf(header);
      numbers.track(order, header, { flows: 10, options: 0, templates: 0 });
    }
    assert.equal(order, expected);
  });
}
