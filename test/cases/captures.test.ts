/** What holds of every flow that real exporters sent. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createHarness } from '../../collector/pipeline/pipeline.fixture.ts';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { type Case as Capture, logstashTests, otherCases, telegrafTests } from '../conformance/cases.ts';
import type { AttributeValue, Span } from '../otlp/decode.ts';
import type { Part } from './case.ts';
import { Rates } from './rates.ts';

const CAPTURES = [...logstashTests().cases, ...telegrafTests().map((test) => test.case), ...otherCases()];

/** Flows of a capture, the rate of sampling known of each when its span was made, and its packet's span. */
type Sent = { capture: string; flow: Span; root: Span; interval: number | undefined };

const sent = CAPTURES.flatMap((capture) => send(capture));

function send({ name, datagrams }: Capture, spansConfig: CollectorConfigInput['spans'] = {}): Sent[] {
  let now = 0;
  const { receive, spans, flows } = createHarness({ spans: spansConfig }, { now: () => now });
  const rates = new Rates();
  let before = 0;
  return datagrams.flatMap(({ bytes, source, receivedMs }) => {
    now = receivedMs;
    rates.read(bytes);
    receive(bytes, source, receivedMs);
    const roots = new Map(spans().map((span) => [span.spanId, span]));
    const fresh = flows().slice(before);
    before += fresh.length;
    return fresh.map((flow) => {
      const root = roots.get(flow.parentSpanId)!;
      const interval = rates.of({
        domain: root.attributes['netflow.observation_domain.id'],
        sampler: flow.attributes['netflow.samplerId'] ?? flow.attributes['netflow.selectorId'],
        interface: flow.attributes['netflow.interface.ingress.index'],
      });
      return { capture: name, flow, root, interval };
    });
  });
}

/** A check that fails as long as `until` is there: whoever mends what it finds takes that away. */
function check(name: string, until: Part | undefined, wrong: (sent: Sent) => boolean, flows = sent): void {
  test(name, () => {
    const found = Map.groupBy(flows.filter(wrong), ({ capture }) => capture);
    const counts = Object.fromEntries(Array.from(found, ([capture, flows]) => [capture, flows.length]));
    if (until === undefined) assert.deepEqual(counts, {});
    else assert.notDeepEqual(counts, {}, `none is left: take '${until}' away`);
  });
}

function some(span: Span, wrong: (text: string) => boolean): boolean {
  const inValue = (value: AttributeValue): boolean =>
    Array.isArray(value) ? value.some(inValue) : typeof value === 'string' && wrong(value);
  return Object.values(span.attributes).some(inValue);
}

suite('of all flows of captures', () => {
  check('each has the rate that options data told', undefined, ({ flow, interval }) => {
    const { 'flow.sampling.interval': actual } = flow.attributes;
    return interval !== undefined && actual !== BigInt(interval);
  });

  check('none but ICMP has a type and code of ICMP', undefined, ({ flow: { attributes } }) => {
    const isIcmp = ['icmp', 'ipv6-icmp'].includes(attributes['network.transport'] as string);
    return (
      !isIcmp && (Object.hasOwn(attributes, 'flow.icmp.type.id') || Object.hasOwn(attributes, 'flow.icmp.code.id'))
    );
  });

  check('no ICMP has ports', undefined, ({ flow: { attributes } }) => {
    const isIcmp = ['icmp', 'ipv6-icmp'].includes(attributes['network.transport'] as string);
    return isIcmp && (Object.hasOwn(attributes, 'source.port') || Object.hasOwn(attributes, 'destination.port'));
  });

  check('no text is empty', undefined, ({ flow }) => some(flow, (text) => text === ''));

  check('no text has a NUL', undefined, ({ flow }) => some(flow, (text) => text.includes('\0')));

  const isShort = ({ flow }: Sent) => flow.endTimeUnixNano - flow.startTimeUnixNano < 1_000n;
  check('no span is of zero length', undefined, isShort);
  for (const timestamps of ['received', 'clamped'] as const) {
    const config = { timestamps, clock: 'exporter' } as const;
    check(
      `nor with timestamps ${timestamps}`,
      undefined,
      isShort,
      CAPTURES.flatMap((capture) => send(capture, config)),
    );
  }

  check('no span ends more than 5 s after reception', undefined, ({ flow, root }) => {
    return flow.endTimeUnixNano - root.startTimeUnixNano > 5_000_000_000n;
  });
});

test('the checks are about something', () => {
  assert.ok(sent.length > 2_000, 'flows');
  assert.ok(sent.filter(({ interval }) => interval !== undefined).length > 10, 'flows of a known rate');
});
