import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { createCounters, type Ledger, sumCounters } from '../ledger/ledger.ts';
import { announceOutageHeld, outageHeld } from './outage.ts';

const config = collectorConfig.parse({
  otlp: { endpoint: 'http://tempo:4317', queue: { memory: '64Mi', disk: '1Gi', directory: '/spool' } },
});
const MIB = 2 ** 20;
const ledger = (changes: Partial<Ledger>): Ledger => Object.assign(sumCounters([createCounters()]), changes);
const recent = { seconds: 10, counts: ledger({ sealedBytes: 80 * MIB }) };

test('8 MiB a second are 1 MiB once they are compressed', () => {
  assert.deepEqual(outageHeld(config, ledger({}), recent, 2), { memorySeconds: 128, diskSeconds: 1_024 });
});

test('what compression leaves is measured, and what is in use does not count', () => {
  const used = ledger({ uncompressedBytes: 400, compressedBytes: 100, queueBytes: 8 * MIB, spoolBytes: 1_024 * MIB });
  assert.deepEqual(outageHeld(config, used, recent, 1), { memorySeconds: 28, diskSeconds: 0 });
});

test('nothing is said while nothing comes, or goes anywhere', () => {
  assert.equal(outageHeld(config, ledger({}), { seconds: 0, counts: ledger({}) }, 1), undefined);
  assert.equal(outageHeld(collectorConfig.parse({}), ledger({}), recent, 1), undefined);
});

test('the log says it once, when there is a rate', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const lines: string[] = [];
  let now = ledger({});
  const stop = announceOutageHeld(
    { config, ledger: () => now },
    2,
    createLog('info', (line) => lines.push(line)),
  );
  t.mock.timers.tick(10_000);
  assert.deepEqual(lines, []);
  now = ledger({ flows: 120_000, sealedBytes: 80 * MIB });
  t.mock.timers.tick(10_000);
  now = ledger({ flows: 240_000, sealedBytes: 160 * MIB });
  t.mock.timers.tick(10_000);
  assert.equal(lines.length, 1);
  const { flowsPerSecond, memorySeconds, diskSeconds } = JSON.parse(lines[0]);
  assert.deepEqual([flowsPerSecond, memorySeconds, diskSeconds], [12_000, 128, 1_024]);
  stop();
});
