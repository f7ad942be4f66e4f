/** What devices sent in two hours is what came of it. `STREAM_SEEDS` sets how many streams are tried. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CounterName, PACKET_ERRORS } from '../../collector/ledger/ledger.ts';
import { createHarness } from '../../collector/pipeline/pipeline.fixture.ts';
import { createLog } from '../../crds/common/log.ts';
import { BEGIN, DURATION_MS, makeStream } from './stream.ts';

const SEEDS = Number(process.env.STREAM_SEEDS ?? 2);
/** As often as a worker forgets what is old. */
const EXPIRY_MS = 10_000;
/** By then all that waits in vain is given up. */
const HELD_MS = 31 * 60_000;

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`two hours with every fault balance, seed ${seed}`, () => {
    const { arrivals, account } = makeStream(seed);
    let now = BEGIN;
    let expireAt = BEGIN;
    const { pipeline, receive, spans, flows, count } = createHarness({}, { now: () => now, log: createLog('error') });
    for (const { at, address, port, bytes } of arrivals) {
      for (; expireAt <= at; expireAt += EXPIRY_MS) {
        now = expireAt;
        pipeline.expire();
      }
      now = at;
      receive(bytes, { address, port }, at);
    }
    now = BEGIN + DURATION_MS + HELD_MS + 60_000;
    pipeline.expire();

    const roots = spans().filter(({ parentSpanId }) => parentSpanId === '');
    const exporters = new Map(
      roots.map(({ traceId, attributes }) => [traceId, attributes['netflow.exporter.address']]),
    );
    const came = new Map<string, number>();
    for (const { traceId, attributes } of flows()) {
      const key = `${exporters.get(traceId)} ${attributes['flow.bytes.delta']}`;
      came.set(key, (came.get(key) ?? 0) + 1);
    }
    assert.deepEqual(sorted(came), sorted(account.flows), 'each flow as often as it came, and no other');

    const counted: CounterName[] = [
      'lostFlows',
      'lostPackets',
      ...PACKET_ERRORS.map((e) => `packetErrors.${e}` as const),
    ];
    assert.deepEqual(
      Object.fromEntries(counted.map((name) => [name, count(name)])),
      Object.fromEntries(counted.map((name) => [name, account.counts.get(name) ?? 0])),
    );
    const { flow = 0, options = 0, ...errors } = Object.fromEntries(account.records);
    assert.deepEqual([count('flows'), count('optionsRecords')], [flow, options]);
    const named = Object.values(errors).reduce((sum, records) => sum + records, 0);
    assert.equal(account.sent, count('flows') + count('optionsRecords') + named);
    assert.equal(count('heldBytes'), 0);
    const flipping = [...pipeline.exporters.values()].find(({ address }) => address === '10.0.0.9')?.flipping;
    assert.equal(flipping, true);
  });
}

function sorted(counts: Map<string, number>): [string, number][] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
