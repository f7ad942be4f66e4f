import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OptionsRecord } from '../decode/options.ts';
import { Domain, Exporter } from './exporter.ts';

const started = (systemInitMs: number): OptionsRecord => ({ systemInitMs });
const original = (...bytes: number[]): OptionsRecord => ({ exporterAddress: Buffer.from(bytes) });

/** What came, when it was received and by whom; whether our own was news. */
for (const [name, steps, systemInitMs] of [
  ['the first is news', [['own', started(1), 100, true]], 1],
  [
    'the same again is none',
    [
      ['own', started(1), 100, true],
      ['own', started(1), 200, false],
    ],
    1,
  ],
  [
    'another is',
    [
      ['own', started(1), 100, true],
      ['own', started(2), 200, true],
    ],
    2,
  ],
  [
    'what says nothing changes nothing',
    [
      ['own', started(1), 100, true],
      ['own', {}, 200, false],
    ],
    1,
  ],
  ['of others it is taken', [['others', started(1), 100]], 1],
  [
    'unless ours is later',
    [
      ['own', started(1), 100, true],
      ['own', started(1), 300, false],
      ['others', started(2), 200],
    ],
    1,
  ],
  [
    'or at the same time',
    [
      ['own', started(1), 100, true],
      ['others', started(2), 100],
    ],
    1,
  ],
  [
    'a later one of others replaces ours',
    [
      ['own', started(1), 100, true],
      ['others', started(2), 200],
    ],
    2,
  ],
  [
    'each is as old as itself',
    [
      ['own', started(1), 100, true],
      ['own', original(10, 0, 0, 1), 300, true],
      ['own', original(10, 0, 0, 1), 301, false],
      ['own', original(10, 0, 0, 2), 302, true],
      ['others', started(2), 200],
    ],
    2,
  ],
  [
    'what a clock that is ahead told does not outlast the exporter’s own word',
    [
      ['others', started(1), 9_999],
      ['own', started(2), 100, true],
    ],
    2,
  ],
] as [string, (['own', OptionsRecord, number, boolean] | ['others', OptionsRecord, number])[], number][]) {
  test(`what options data tell: ${name}`, () => {
    const domain = new Domain(new Exporter('key', 0, '10.0.0.1', 1, 0), 0);
    for (const [whose, record, receivedAt, news] of steps) {
      if (whose === 'others') domain.adopt(record, receivedAt);
      else assert.equal(domain.describe(record, receivedAt), news);
    }
    assert.equal(domain.systemInitMs, systemInitMs);
  });
}
