import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import type { Span } from '../../test/otlp/decode.ts';
import { seeded } from '../../test/random.ts';
import { createHarness, NOW } from '../pipeline/pipeline.fixture.ts';
import { conversations, packetOf, weight } from './flows.fixture.ts';

type Sampling = NonNullable<CollectorConfigInput['selection']>['sampling'];

suite('a ceiling', () => {
  /** Sends flows for some seconds, `rate(second)` of them in each; returns those kept by second. */
  const run = (sampling: Sampling, seconds: number, rate: (second: number) => number, address = () => '10.0.0.1') => {
    let now = NOW;
    const harness = createHarness({ selection: { sampling } }, { now: () => now });
    const random = seeded(1);
    const kept: Span[][] = [];
    const received: number[] = [];
    const PACKETS = 50;
    let before = 0;
    for (let second = 0; second < seconds; second++) {
      received.push(rate(second));
      for (let packet = 0; packet < PACKETS; packet++) {
        now = NOW + 1_000 * second + (1_000 * packet) / PACKETS;
        const flows = Array.from({ length: rate(second) / PACKETS }, () => ({
          source: `10.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}.1`,
          sourcePort: Math.floor(random() * 65_536),
          bytes: Math.floor(1 / (random() + 1e-4)),
        }));
        harness.receive(packetOf(...flows), { address: address() });
      }
      const spans = harness.flows();
      kept.push(spans.slice(before));
      before = spans.length;
    }
    return { kept, received };
  };

  test('keeps about as many a second, and says with which probability', () => {
    const { kept, received } = run({ flowsPerSecond: 500 }, 20, () => 5_000);
    for (const spans of kept.slice(1)) {
      assert.ok(spans.length > 380 && spans.length < 600, String(kept.map(({ length }) => length)));
    }
    const estimate = kept.flat().reduce((sum, span) => sum + weight(span), 0);
    const truth = received.reduce((sum, count) => sum + count, 0);
    assert.ok(Math.abs(estimate - truth) < 0.05 * truth, `${estimate} for ${truth}`);
  });

  test('does not touch what stays below it', () => {
    const { kept } = run({ flowsPerSecond: 5_000 }, 5, () => 2_000);
    assert.deepEqual(
      kept.map(({ length }) => length),
      [2_000, 2_000, 2_000, 2_000, 2_000],
    );
    assert.ok(kept.flat().every(({ traceState }) => traceState === ''));
  });

  test('meets a burst at once, and forgets it', () => {
    const { kept } = run({ flowsPerSecond: 500 }, 30, (second) => (second === 5 ? 20_000 : 400));
    const counts = kept.map(({ length }) => length);
    assert.equal(counts[4], 400);
    assert.ok(counts[5] < 500 * (1 + Math.log(20_000 / 500)) * 1.2, String(counts));
    assert.equal(counts[29], 400);
    const estimate = kept[5].reduce((sum, span) => sum + weight(span), 0);
    assert.ok(Math.abs(estimate - 20_000) < 3_000, String(estimate));
  });

  test('comes on top of the probability', () => {
    const { kept } = run({ probability: 0.1, flowsPerSecond: 200 }, 10, () => 10_000);
    const last = kept.at(-1)!;
    assert.ok(last.length > 130 && last.length < 250, String(last.length));
    for (const span of last) assert.ok(weight(span) > 30);
  });

  test('of each exporter', () => {
    let turn = 0;
    const address = () => `10.0.0.${turn++ % 2}`;
    const { kept } = run({ flowsPerSecond: 500, per: 'exporter' }, 10, () => 5_000, address);
    const last = kept.at(-1)!.length;
    assert.ok(last > 800 && last < 1_150, String(last));
  });

  test('is shared by workers', () => {
    const rates = new Float64Array(2);
    let now = NOW;
    const options = { rates, now: () => now };
    const workers = [0, 1].map((worker) =>
      createHarness({ selection: { sampling: { flowsPerSecond: 500 } } }, { ...options, worker }),
    );
    for (let second = 0; second < 10; second++) {
      for (let packet = 0; packet < 50; packet++) {
        now = NOW + 1_000 * second + 20 * packet;
        const flows = conversations(50).map((flow) => ({ ...flow, destinationPort: second * 50 + packet }));
        workers[0].receive(packetOf(...flows));
        workers[1].receive(packetOf(...flows.map((flow) => ({ ...flow, destination: '192.0.2.9' }))));
      }
    }
    const kept = workers.map(({ flows }) => flows().length);
    const total = kept[0] + kept[1];
    assert.ok(total > 3_800 && total < 7_000, String(kept));
  });
});
