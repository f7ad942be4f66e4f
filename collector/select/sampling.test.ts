import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { createRandom } from '../../test/generator/flow.ts';
import { buildTraffic } from '../../test/generator/traffic.ts';
import type { Span } from '../../test/otlp/decode.ts';
import { listCaptures, readCapture } from '../../test/replay/captures.ts';
import { createHarness, hex, NOW } from '../pipeline.fixture.ts';
import { type Flow, packetOf } from './flows.fixture.ts';

const PROBABILITY = 'flow.sampling.probability';
const CAPTURES = join(import.meta.dirname, '../../test/captures');

type Sampling = NonNullable<CollectorConfigInput['selection']>['sampling'];
const sample = (sampling: Sampling, spans: CollectorConfigInput['spans'] = {}) =>
  createHarness({ selection: { sampling }, spans });
const conversations = (count: number): Partial<Flow>[] =>
  Array.from({ length: count }, (_, index) => ({
    source: `10.0.${index >> 8}.${index & 255}`,
    sourcePort: 32_768 + ((index * 7) % 28_000),
  }));
const reversed = ({ source, sourcePort, ...rest }: Partial<Flow>): Partial<Flow> => ({
  ...rest,
  ...{ source: '192.0.2.1', sourcePort: 443, destination: source, destinationPort: sourcePort },
});

/** Threshold and randomness in a span's tracestate, as bits of 56. */
function parse(traceState: string): { threshold: bigint; randomness: bigint } {
  const [, threshold, randomness] =
    /^ot=th:([0-9a-f]{1,14});rv:([0-9a-f]{14})$/.exec(traceState) ?? assert.fail(traceState);
  assert.doesNotMatch(threshold, /0$/);
  return { threshold: BigInt(`0x${threshold.padEnd(14, '0')}`), randomness: BigInt(`0x${randomness}`) };
}

/** How many flows a span stands for, by its tracestate. */
function weight({ traceState }: Span): number {
  return traceState === '' ? 1 : 2 ** 56 / Number(2n ** 56n - parse(traceState).threshold);
}

suite('a sampled span', () => {
  const { receive, flows, count } = sample({ probability: 0.25 });
  receive(packetOf(...conversations(1_000)));

  test('has a threshold and a randomness that is not below it', () => {
    for (const { traceState } of flows()) {
      const { threshold, randomness } = parse(traceState);
      assert.equal(threshold, 0xc0000000000000n);
      assert.ok(randomness >= threshold);
    }
  });

  test('says the probability', () => {
    for (const { attributes } of flows()) assert.equal(attributes[PROBABILITY], 0.25);
  });

  test('is counted, and so is one that is not', () => {
    assert.equal(count('flowsInFlight') + count('flowsSampledOut'), 1_000);
    assert.equal(count('flowsInFlight'), flows().length);
    assert.equal(count('ruleFlows.17'), 1_000);
    assert.equal(count('ruleLeftOut.17'), count('flowsSampledOut'));
  });

  test('leaves the attribute out when it is not wanted', () => {
    const other = sample({ probability: 0.25 }, { attributes: { exclude: [PROBABILITY] } });
    other.receive(packetOf(...conversations(100)));
    for (const { attributes, traceState } of other.flows()) {
      assert.equal(attributes[PROBABILITY], undefined);
      parse(traceState);
    }
  });
});

test('without sampling there is no tracestate', () => {
  const { receive, flows } = createHarness({ selection: { filter: 'true' } });
  receive(packetOf({}));
  assert.equal(flows()[0].traceState, '');
});

suite('the decision is the same', () => {
  const keys = (spans: readonly Span[]) =>
    spans.map(({ attributes }) => {
      const ends = [
        [attributes['source.address'], attributes['source.port']],
        [attributes['destination.address'], attributes['destination.port']],
      ];
      return ends.map(String).sort().join(' ');
    });
  const all = conversations(1_500);
  const kept = (flows: Partial<Flow>[], probability = 0.1): string[] => {
    const harness = sample({ probability });
    harness.receive(packetOf(...flows));
    return keys(harness.flows());
  };

  test('for both directions of a conversation', () => {
    assert.ok(kept(all).length > 75);
    assert.deepEqual(kept(all.map(reversed)), kept(all));
  });

  test('whatever the flow has sent', () => {
    assert.deepEqual(kept(all.map((flow) => ({ ...flow, bytes: 1, packets: 1 }))), kept(all));
  });

  test('for a lower probability, which keeps a part of what a higher one keeps', () => {
    const higher = new Set(kept(all, 0.3));
    assert.ok(kept(all).every((key) => higher.has(key)));
  });

  test('in every format', () => {
    const v5Flow = (index: number) =>
      `0a00${index.toString(16).padStart(4, '0')} c0000201 00000000 0000 0000 0000000a 000003e8 00000000 00000000 ${(32_768 + ((index * 7) % 28_000)).toString(16)} 01bb 00 00 06 00 0000 0000 00 00 0000`;
    const harness = sample({ probability: 0.1 });
    for (let index = 0; index < 500; index++) {
      harness.receive(hex(`0005 0001 00000064 65920080 00000000 00000000 0000 0000 ${v5Flow(index)}`));
    }
    assert.deepEqual(keys(harness.flows()), kept(all.slice(0, 500)));
  });

  test('for both directions of an ICMP exchange, whatever its type', () => {
    const pings = all.map((flow) => ({ ...flow, protocol: 1, sourcePort: 0, destinationPort: 2_048 }));
    const harness = sample({ probability: 0.1 });
    harness.receive(packetOf(...pings));
    const addresses = harness.flows().map(({ attributes }) => String(attributes['source.address']));
    const replies = sample({ probability: 0.1 });
    replies.receive(packetOf(...pings.map((flow) => ({ ...reversed(flow), destinationPort: 0, sourcePort: 0 }))));
    assert.deepEqual(
      replies.flows().map(({ attributes }) => attributes['destination.address']),
      addresses,
    );
  });
});

test('large flows are kept, and stand for themselves alone', () => {
  const { receive, flows, count } = sample({ probability: 0.01, keepBytes: '10k', keepPackets: 50 });
  const [bytes, packets] = [conversations(100), conversations(100)];
  receive(
    packetOf(
      ...bytes.map((flow) => ({ ...flow, bytes: 10_000 })),
      ...packets.map((flow) => ({ ...flow, packets: 50 })),
    ),
  );
  assert.equal(flows().length, 200);
  for (const { traceState, attributes } of flows()) {
    assert.equal(traceState, '');
    assert.equal(attributes[PROBABILITY], undefined);
  }
  assert.equal(count('flowsSampledOut'), 0);
  receive(packetOf(...bytes.map((flow) => ({ ...flow, bytes: 9_999, packets: 49 }))));
  assert.ok(count('flowsSampledOut') > 80);
});

test('rules have probabilities of their own', () => {
  const { receive, flows } = createHarness({
    selection: {
      rules: [{ name: 'dns', match: 'destination.port == 53', action: 'sample', probability: 0.5 }],
      sampling: { probability: 0.125 },
    },
  });
  receive(packetOf(...conversations(400).flatMap((flow) => [flow, { ...flow, destinationPort: 53 }])));
  for (const { attributes } of flows()) {
    assert.equal(attributes[PROBABILITY], attributes['destination.port'] === 53n ? 0.5 : 0.125);
  }
});

/**
 * Checks that what was kept tells about all: the estimates of a sum by the spans' weights are within five standard
 * deviations, as flows of one key are kept or left out together.
 */
function assertUnbiased(all: readonly Span[], kept: readonly Span[], variance: (values: number[]) => number): void {
  for (const measure of [() => 1, numeric('flow.bytes.delta'), numeric('flow.packets.delta')]) {
    const truth = all.reduce((sum, span) => sum + measure(span), 0);
    const estimate = kept.reduce((sum, span) => sum + weight(span) * measure(span), 0);
    const groups = Map.groupBy(all, conversationOf);
    const sums = [...groups.values()].map((spans) => spans.reduce((sum, span) => sum + measure(span), 0));
    const deviation = Math.sqrt(variance(sums));
    assert.ok(Math.abs(estimate - truth) <= 5 * deviation, `${estimate} for ${truth}, deviation ${deviation}`);
  }
}

const numeric = (name: string) => (span: Span) => Number(span.attributes[name] ?? 0);
const squares = (values: number[]): number => values.reduce((sum, value) => sum + value * value, 0);

function conversationOf({ attributes }: Span): string {
  const icmp = ['icmp', 'ipv6-icmp'].includes(String(attributes['network.transport']));
  const end = (side: string) => `${attributes[`${side}.address`]} ${icmp ? '' : (attributes[`${side}.port`] ?? 0)}`;
  return [end('source'), end('destination')].sort().join(' ') + attributes['network.transport'];
}

suite('estimates are unbiased', () => {
  const traffic = ([5, 9, 10] as const).flatMap((version) =>
    buildTraffic({ version, packets: 300, exporters: 1, now: NOW, seed: version }),
  );
  const run = (sampling: Sampling, packets: readonly { bytes: Uint8Array; address: string }[]): Span[] => {
    const { receive, flows } = sample(sampling);
    for (const { bytes, address } of packets) receive(bytes, { address });
    return flows();
  };
  const generated = traffic.map(({ bytes }) => ({ bytes, address: '127.0.0.2' }));
  const captured = listCaptures([CAPTURES]).flatMap((file, index) =>
    readCapture(file).packets.map(({ payload }) => ({ bytes: payload, address: `10.0.0.${index & 255}` })),
  );

  for (const [name, packets] of Object.entries({ generated, captured })) {
    const all = run({}, packets);
    for (const probability of [0.5, 0.1, 0.01]) {
      test(`${name} traffic, ${all.length} flows, at ${probability}`, () => {
        const kept = run({ probability }, packets);
        assert.ok(kept.length < all.length);
        assertUnbiased(all, kept, (sums) => squares(sums) * (1 / probability - 1));
      });
    }

    test(`${name} traffic, with large flows kept`, () => {
      const [probability, limit] = [0.05, 100_000];
      const kept = run({ probability, keepBytes: limit }, packets);
      const small = (spans: readonly Span[]) => spans.filter((span) => numeric('flow.bytes.delta')(span) < limit);
      assertUnbiased(small(all), small(kept), (sums) => squares(sums) * (1 / probability - 1));
      assert.equal(kept.length - small(kept).length, all.length - small(all).length);
    });
  }
});

suite('a ceiling', () => {
  /** Sends flows for some seconds, `rate(second)` of them in each; returns those kept by second. */
  const run = (sampling: Sampling, seconds: number, rate: (second: number) => number, address = () => '10.0.0.1') => {
    let now = NOW;
    const harness = createHarness({ selection: { sampling } }, { now: () => now });
    const random = createRandom(1);
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
