/** What a trace holds, by `spans.trace`. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import type { Span } from '../../test/otlp/decode.ts';
import { createHarness, hex, ipfix, NOW, NOW_SECONDS, v5, v9 } from '../pipeline/pipeline.fixture.ts';
import { packetOf, setOf, TEMPLATE } from '../select/flows.fixture.ts';
import { spanOf } from './record.fixture.ts';

const HOUR = 3_600;
const FLAGS = 0x101;
/** MurmurHash3_x86_128 by Python's mmh3: the flow of the fixtures, and neighbour solicitations; an hour before. */
const TRACE = 'f8d5d5f39ffad7f71fb634371c8a7cb8';
const TRACE_BEFORE = '82feba44ab87a103248a5d6bc5cf3295';
const TRACE_OF_ICMP = 'e6252ef97248efc086101237684c7695';

const root = (spans: Span[]) => spans.find(({ name }) => name === 'netflow.export')!;
const linkTo = ({ traceId, spanId }: Span) => [{ traceId, spanId, flags: FLAGS }];

test('packet: flows are children of their packet’s root, without a link', () => {
  const { receive, spans, flows } = createHarness();
  receive(packetOf({}, {}));
  const { traceId, spanId } = root(spans());
  for (const flow of flows()) {
    assert.deepEqual([flow.traceId, flow.parentSpanId, flow.links], [traceId, spanId, []]);
  }
});

describe('flow', () => {
  const config = { spans: { trace: 'flow' } } as const;

  test('each flow is a trace of its own, linked to its packet', () => {
    const { receive, spans, flows } = createHarness(config);
    receive(packetOf({}, {}, {}));
    assert.equal(new Set(spans().map(({ traceId }) => traceId)).size, 4);
    for (const flow of flows()) assert.deepEqual([flow.parentSpanId, flow.links], ['', linkTo(root(spans()))]);
  });

  test('flows that waited for their template are linked to the packet that brought them', () => {
    const { receive, spans, flows } = createHarness(config);
    receive(ipfix(setOf({})));
    receive(ipfix(TEMPLATE));
    assert.deepEqual(flows()[0].links, linkTo(root(spans())));
  });

  test('is changed between packets', () => {
    const { pipeline, receive, flows } = createHarness();
    receive(packetOf({}));
    pipeline.reconfigure({ config: collectorConfig.parse(config), resource: { 'service.name': 'test' } });
    receive(packetOf({}));
    assert.deepEqual(
      flows().map(({ parentSpanId, links }) => [parentSpanId !== '', links.length]),
      [
        [true, 0],
        [false, 1],
      ],
    );
  });
});

describe('conversation', () => {
  const config = { spans: { trace: 'conversation' } } as const;
  const v5Flow = (flow: string) => {
    const packet = v5(1);
    hex(flow).copy(packet, 24);
    return packet;
  };
  const at = (seconds: number) => Math.floor(seconds).toString(16).padStart(8, '0');

  test('through three exporters, in both directions, is one trace with the spans of each', () => {
    // Each of a version of its own, and each by a collector of its own.
    const seen = [
      ['10.0.0.1', packetOf({ bytes: 1_001 })],
      [
        '10.0.0.2',
        v5Flow(
          `0a000001c000020100000000 00000000 0000000a000003ea 000186a0000186a0 c35001bb 0018 06 00 ${'0'.repeat(16)}`,
        ),
      ],
      [
        '10.0.0.3',
        v9(`0000 0020 0100 0006 0008 0004 000c 0004 0007 0002 000b 0002 0004 0001 0001 0004
            0100 0015 c0000201 0a000001 01bb c350 06 000003eb`),
      ],
    ] as const;
    const spans = seen.flatMap(([address, packet]) => {
      const { receive, flows } = createHarness(config);
      receive(packet, { address });
      return flows();
    });
    assert.deepEqual(
      spans.map(({ traceId, attributes }) => [
        traceId,
        attributes['netflow.exporter.address'],
        attributes['flow.bytes.delta'],
        attributes['client.address'],
      ]),
      [
        [TRACE, '10.0.0.1', 1_001n, '10.0.0.1'],
        [TRACE, '10.0.0.2', 1_002n, '10.0.0.1'],
        [TRACE, '10.0.0.3', 1_003n, '10.0.0.1'],
      ],
    );
    assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 3);
    for (const { parentSpanId, links } of spans) assert.deepEqual([parentSpanId, links.length], ['', 1]);
  });

  const FLOW = ['8 0a000001', '12 c0000201', '4 06', '7 c350', '11 01bb'];
  const traceOf = (record: string[], spans: object = {}) =>
    spanOf(record, { spans: { trace: 'conversation', ...spans } }).traceId;

  test('type and code of ICMP, or a port that stands for them, are no part of it', () => {
    const ends = ['27 20010db8000000000000000000000002', '28 20010db8000000000000000000000001', '4 3a'];
    assert.equal(traceOf([...ends, '139 8700']), TRACE_OF_ICMP);
    assert.equal(traceOf([...ends, '7 0000', '11 8700']), TRACE_OF_ICMP);
  });

  test('is that of the hour in which the flow ended, whatever times its span has', () => {
    const edge = Math.floor(NOW_SECONDS / HOUR) * HOUR;
    for (const timestamps of ['flow', 'received', 'clamped']) {
      assert.equal(traceOf([...FLOW, `150 ${at(edge - 60)}`, `151 ${at(edge)}`], { timestamps }), TRACE);
      assert.equal(traceOf([...FLOW, `150 ${at(edge - 60)}`, `151 ${at(edge - 1)}`], { timestamps }), TRACE_BEFORE);
    }
  });

  test('corrected, where the exporter’s clock is wrong', () => {
    const late = NOW_SECONDS - 5 * HOUR;
    const record = [...FLOW, `150 ${at(late - 60)}`, `151 ${at(late)}`];
    assert.equal(spanOf(record, { spans: { trace: 'conversation' }, exportTime: late }).traceId, TRACE);
  });

  test('by the reception of flows without times', () => {
    assert.equal(traceOf(FLOW), TRACE);
    assert.equal(
      spanOf(FLOW, { spans: { trace: 'conversation' }, receivedMs: NOW - HOUR * 1000 }).traceId,
      TRACE_BEFORE,
    );
  });

  test('cannot be told of records without addresses: each is a trace of its own', () => {
    const { receive, flows } = createHarness(config);
    receive(ipfix('0002000c 0100 0001 0004 0001  0100 0006 06 11'));
    assert.equal(new Set(flows().map(({ traceId }) => traceId)).size, 2);
  });
});
