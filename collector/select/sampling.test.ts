import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { buildTraffic } from '../../test/generator/traffic.ts';
import type { Span } from '../../test/otlp/decode.ts';
import { createHarness, hex, NOW } from '../pipeline/pipeline.fixture.ts';
import { listCaptures, readCapture } from '../replay/captures.ts';
import { conversations, type Flow, packetOf, parseTraceState, weight } from './flows.fixture.ts';

const PROBABILITY = 'flow.sampling.probability';
const CAPTURES = join(import.meta.dirname, '../../test/captures');

type Sampling = NonNullable<CollectorConfigInput['selection']>['sampling'];
const sample = (sampling: Sampling, spans: CollectorConfigInput['spans'] = {}) =>
  createHarness({ selection: { sampling }, spans });
const reversed = ({ source, sourcePort, ...rest }: Partial<Flow>): Partial<Flow> => ({
  ...rest,
  ...{ source: '192.0.2.1', sourcePort: 443, destination: source, destinationPort: sourcePort },
});

suite('a sampled span', () => {
  const { receive, flows, count } = sample({ probability: 0.25 });
  receive(packetOf(...conversations(1_000)));

  test('has a threshold and a randomness that is not below it', () => {
    for (const { traceState } of flows()) {
      const { threshold, randomness } = parseTraceState(traceState);
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
      parseTraceState(traceState);
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
