import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectorConfig } from '../../../crds/collector-config.ts';
import { exporterFixture } from '../state.fixture.ts';
import type { ExporterState } from '../state.ts';
import { problemsOf } from './exporter.ts';

const NOW = Date.now();
const CASES: [Partial<ExporterState>, string[]][] = [
  [{}, []],
  [{ lastPacketTime: NOW - 20 * 60_000 }, ['nothing has come for 20 min']],
  [{ heldSets: 1 }, ['1 data set waits for a template']],
  [{ flippingTemplates: true }, ['several devices seem to send from this address']],
  [{ overBudget: ['templates'] }, ['sends too many templates']],
  [{ samplesUnrated: true }, ['flows are sampled at a rate that is not known']],
  [{ clockOffsetSeconds: -3_600 * 5 }, ['clock is 5 h behind']],
  [{ lateness: { from: 60, to: 120 } }, ['flows end 60 s to 2 min before they arrive']],
  [{ errors: 3 }, ['3 packets could not be read in full']],
  [{ flows: 100_000, lostFlows: 3 }, []],
  [
    { flows: 1_000, lostFlows: 30, lostPackets: 4 },
    ['30 flows never came, by its sequence numbers', '4 packets never came, by its sequence numbers'],
  ],
];

for (const [changes, expected] of CASES)
  test(`what is wrong with an exporter: ${expected.join('; ') || JSON.stringify(changes)}`, () => {
    const exporter = exporterFixture({ lastPacketTime: NOW, ...changes });
    assert.deepEqual(problemsOf(exporter, collectorConfig.parse({}), NOW), expected);
  });
