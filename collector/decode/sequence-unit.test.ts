import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sequence } from './sequence.ts';
import { type SequenceUnit, usualUnit } from './sequence-unit.ts';

/** A packet: its number, its flows, records of options and templates; then what is called lost before it. */
type Step = readonly [sequence: number, flows: number, options: number, templates: number, lost: number];

/** The version, the packets, and the unit that is believed at the end. */
const CASES: Record<string, readonly [version: number, steps: readonly Step[], unit: SequenceUnit]> = {
  'v9 counts packets: known from the second on': [
    9,
    [
      [0, 0, 0, 1, 0],
      [1, 24, 0, 0, 0],
      [2, 24, 0, 0, 0],
      [5, 24, 0, 0, 2],
    ],
    'packets',
  ],
  'v9 counts packets, one lost at once': [
    9,
    [
      [0, 24, 0, 0, 0],
      [2, 24, 0, 0, 1],
    ],
    'packets',
  ],
  'v9 counts packets, as many lost as a packet has flows: told as soon as it is sure': [
    9,
    [
      [0, 24, 0, 0, 0],
      [24, 24, 0, 0, 0],
      [25, 24, 0, 0, 0],
      [26, 24, 0, 0, 0],
      [27, 24, 0, 0, 23],
    ],
    'packets',
  ],
  'v9 counts packets, templates missing': [
    9,
    [
      [0, NaN, 0, 0, 0],
      [3, NaN, 0, 0, 0],
      [4, NaN, 0, 0, 0],
      [5, NaN, 0, 0, 0],
      [6, NaN, 0, 0, 2],
      [7, NaN, 0, 0, 0],
      [8, NaN, 0, 0, 0],
      [10, NaN, 0, 0, 1],
    ],
    'packets',
  ],
  'v9 counts flows, now and then one alone, while templates are missing': [
    9,
    [
      [0, NaN, 0, 0, 0],
      [1, NaN, 0, 0, 0],
      [7, NaN, 0, 0, 0],
      [8, NaN, 0, 0, 0],
      [14, NaN, 0, 0, 0],
      [19, NaN, 0, 0, 0],
      [24, NaN, 0, 0, 0],
    ],
    'flows',
  ],
  'IPFIX of single records while templates are missing': [
    10,
    [
      [0, NaN, 0, 0, 0],
      [1, NaN, 0, 0, 0],
      [2, NaN, 0, 0, 0],
      [3, NaN, 0, 0, 0],
      [4, 5, 0, 0, 0],
      [9, 5, 0, 0, 0],
    ],
    'data records',
  ],
  'v9 counts packets of one flow': [
    9,
    [
      [0, 1, 0, 0, 0],
      [1, 1, 0, 0, 0],
      [4, 1, 0, 0, 2],
    ],
    'packets',
  ],
  'v9 counts flows': [
    9,
    [
      [0, 0, 0, 1, 0],
      [0, 10, 0, 0, 0],
      [10, 24, 0, 0, 0],
      [34, 7, 0, 0, 0],
      [41, 9, 0, 0, 0],
      [60, 9, 0, 0, 10],
    ],
    'flows',
  ],
  'v9 counts flows, those of the packet itself too': [
    9,
    [
      [0, 0, 0, 1, 0],
      [10, 10, 0, 0, 0],
      [20, 10, 0, 0, 0],
      [30, 10, 0, 0, 0],
      [52, 12, 0, 0, 10],
    ],
    'flows',
  ],
  'v9 counts flows, and some are lost before that is known': [
    9,
    [
      [0, 10, 0, 0, 0],
      [40, 10, 0, 0, 0],
      [50, 10, 0, 0, 0],
      [60, 10, 0, 0, 0],
      [90, 10, 0, 0, 20],
    ],
    'flows',
  ],
  'v9 counts flows while templates are missing': [
    9,
    [
      [0, NaN, 0, 0, 0],
      [24, NaN, 0, 0, 0],
      [48, NaN, 0, 0, 0],
      [72, 20, 0, 0, 0],
      [92, 24, 0, 0, 0],
      [116, 4, 0, 0, 0],
    ],
    'flows',
  ],
  'v9 counts records, as its header does': [
    9,
    [
      [0, 0, 0, 2, 0],
      [2, 10, 1, 0, 0],
      [13, 9, 0, 0, 0],
      [22, 4, 0, 1, 0],
      [27, 4, 0, 0, 0],
    ],
    'records',
  ],
  'v5 counts flows': [
    5,
    [
      [0, 30, 0, 0, 0],
      [45, 10, 0, 0, 15],
    ],
    'flows',
  ],
  'v5 counts packets': [
    5,
    [
      [0, 30, 0, 0, 0],
      [1, 30, 0, 0, 0],
      [2, 20, 0, 0, 0],
      [3, 30, 0, 0, 0],
      [6, 30, 0, 0, 2],
    ],
    'packets',
  ],
  'IPFIX counts data records': [
    10,
    [
      [0, 4, 0, 1, 0],
      [7, 4, 0, 0, 3],
    ],
    'data records',
  ],
  'IPFIX counts options data': [
    10,
    [
      [0, 0, 2, 1, 0],
      [2, 4, 0, 0, 0],
      [8, 4, 0, 0, 2],
    ],
    'data records',
  ],
  'IPFIX does not count options data': [
    10,
    [
      [0, 0, 2, 1, 0],
      [0, 4, 0, 0, 0],
      [4, 0, 3, 0, 0],
      [4, 4, 0, 0, 0],
      [8, 3, 0, 0, 0],
      [13, 3, 0, 0, 2],
    ],
    'flows',
  ],
  'IPFIX counts templates': [
    10,
    [
      [0, 4, 0, 2, 0],
      [6, 4, 0, 0, 0],
      [10, 4, 0, 1, 0],
      [15, 4, 0, 0, 0],
      [19, 4, 0, 0, 0],
      [25, 4, 0, 0, 2],
    ],
    'records',
  ],
  'a loss that another unit explains by chance is told once that is out': [
    10,
    [
      [0, 9, 0, 1, 0],
      [9, 9, 0, 1, 0],
      [19, 9, 0, 0, 0],
      [28, 9, 0, 1, 0],
      [37, 9, 0, 1, 0],
      [46, 9, 0, 0, 1],
      [56, 9, 0, 0, 1],
    ],
    'data records',
  ],
  'an exporter that changes its mind is believed': [
    9,
    [
      ...Array.from({ length: 20 }, (_, packet): Step => [packet, 24, 0, 0, 0]),
      [20, 24, 0, 0, 0],
      ...Array.from({ length: 40 }, (_, packet): Step => [44 + 24 * packet, 24, 0, 0, NaN]),
      [44 + 24 * 40, 24, 0, 0, 0],
    ],
    'flows',
  ],
};

for (const [name, [version, steps, unit]] of Object.entries(CASES)) {
  const count = (restarts: boolean) => {
    let numbers = new Sequence(usualUnit(version));
    for (const [index, [sequence, flows, options, templates, lost]] of steps.entries()) {
      const header = { sequence, sysUptime: version === 10 ? 0 : index + 1, exportMs: 1_000 * index };
      const actual = numbers.track(numbers.orderOf(header), header, { flows, options, templates });
      if (!Number.isNaN(lost)) assert.equal(actual, lost, `before ${sequence}`);
      if (!restarts) continue;
      const kept = JSON.stringify(numbers.keep());
      numbers = new Sequence(usualUnit(version));
      numbers.resume(JSON.parse(kept), 0);
    }
    assert.equal(numbers.unit, unit);
  };
  test(name, () => count(false));
  test(`${name}: with a restart after each packet`, () => count(true));
}
