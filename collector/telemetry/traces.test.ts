import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHarness } from '../pipeline/pipeline.fixture.ts';
import { packetOf } from '../select/flows.fixture.ts';
import { packetSpans } from './spans.fixture.ts';
import { scanSpans } from './spans.ts';
import { stateFixture } from './state.fixture.ts';
import { createTraceStore } from './traces.ts';

const flow = { source: '10.0.0.5 1234', destination: '10.0.0.6 443' };

/** The fields of the packet's own spans, and those of its flows, apart. */
function split(bytes: Uint8Array): { packet: Uint8Array; flows: Uint8Array } {
  const isFlow = (field: Uint8Array) => Buffer.from(field).includes('flow_ipv4');
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    let size = 0;
    let at = offset + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (bytes[offset] === 0x12) parts.push(bytes.slice(offset, at + size));
    offset = at + size;
  }
  return {
    packet: Buffer.concat(parts.filter((part) => !isFlow(part))),
    flows: Buffer.concat(parts.filter(isFlow)),
  };
}

/** The same spans under another trace id. */
function withTraceId(bytes: Uint8Array, id: number): Uint8Array {
  const old = Buffer.from(scanSpans(bytes).traceId, 'hex').toString('latin1');
  const text = Buffer.from(bytes).toString('latin1');
  return Buffer.from(text.replaceAll(old, String.fromCharCode(id).repeat(16)), 'latin1');
}

function store(config = {}) {
  const state = stateFixture(config);
  const errors: string[] = [];
  const clock = { now: 1_000 };
  const traces = createTraceStore(
    state,
    (error) => errors.push(error),
    () => clock.now,
  );
  return { state, errors, clock, traces };
}

for (const spans of [{ trace: 'flow' }, { trace: 'conversation' }, { services: {} }] as const)
  test(`flows in traces of their own are shown with their packet: ${JSON.stringify(spans)}`, () => {
    const { state, errors, traces } = store({ spans });
    const { pipeline, receive } = createHarness({ spans }, { wantsTrace: () => true, onTrace: state.emit });
    receive(packetOf({}, { destinationPort: 53 }));
    pipeline.flush();
    const [{ traceId, spans: count, root }, ...others] = traces.list().traces;
    assert.deepEqual([others, errors, count, root?.name], [[], [], 4, 'netflow.export']);
    assert.equal(traceId, root?.traceId);
    assert.deepEqual(
      traces.get(traceId)?.spans.map(({ name, parentSpanId }) => [name, parentSpanId]),
      [
        ['netflow.export', ''],
        ['netflow.parse_packet', root?.spanId],
        ['flow_ipv4_tcp', root?.spanId],
        ['flow_ipv4_tcp', root?.spanId],
      ],
    );
  });

test('the last 2,000 traces are kept, of which 100 are listed, newest first', () => {
  const { state, traces } = store();
  for (let port = 1; port <= 2_030; port++) state.emit(packetSpans(0, [flow], { 'netflow.exporter.port': port }));
  const list = traces.list().traces;
  assert.equal(list.length, 100);
  assert.equal(list[0].root?.attributes['netflow.exporter.port'], 2_030);
  assert.equal(list[99].root?.attributes['netflow.exporter.port'], 1_931);
  assert.equal(traces.list().kept, 2_000);
  const flows = [...traces.flows()];
  assert.equal(flows.length, 2_000);
  assert.equal(flows[1_999].root?.attributes['netflow.exporter.port'], 31);
  assert.equal(traces.get(list[0].traceId)?.spans.length, 3);
  assert.equal(traces.get('00000000000000000000000000000000'), undefined);
});

test('late flows join their trace, before and after its root', () => {
  const { state, traces } = store();
  const { packet, flows } = split(packetSpans(0, [flow, flow]));
  state.emit(flows);
  assert.equal(traces.list().traces[0].root, undefined);
  state.emit(packet);
  const [trace, ...others] = traces.list().traces;
  assert.equal(others.length, 0);
  assert.equal(trace.spans, 4);
  assert.equal(trace.root?.name, 'netflow.export');
  assert.deepEqual(
    traces.get(trace.traceId)?.spans.map((span) => span.name),
    ['netflow.export', 'netflow.parse_packet', 'flow_ipv4_tcp', 'flow_ipv4_tcp'],
  );
});

test('memory is bounded in bytes, and a long trace is told in parts', () => {
  const { state, traces } = store();
  const large = packetSpans(0, Array(4_000).fill(flow));
  for (let trace = 1; trace <= 20; trace++) state.emit(withTraceId(large, trace));
  const list = traces.list().traces;
  assert.ok(list.length >= 1 && list.length * large.length <= 8 * 2 ** 20, `${list.length} of ${large.length} bytes`);
  const { spans, total } = traces.get(list[0].traceId)!;
  assert.equal(spans.length, 500);
  assert.equal(total, 4_002);
  assert.equal(spans[0].name, 'netflow.export');
  const rest = traces.get(list[0].traceId, 4_000)!;
  assert.deepEqual(
    rest.spans.map(({ name }) => name),
    ['flow_ipv4_tcp', 'flow_ipv4_tcp'],
  );
});

test('what cannot be read is reported and left out', () => {
  const { state, traces, errors } = store();
  state.emit(Buffer.from('12ff', 'hex'));
  state.emit(new Uint8Array());
  assert.equal(traces.list().traces.length, 0);
  assert.equal(errors.length, 1);
});

test('without an endpoint traces are asked for all the time, with one while the page is read', () => {
  const alone = store();
  alone.traces.tick();
  assert.deepEqual(alone.state.requested, [10]);

  const { state, traces, clock } = store({ otlp: { endpoint: 'http://tempo:4317' } });
  traces.tick();
  assert.deepEqual(state.requested, []);
  traces.list().traces;
  clock.now += 9_000;
  traces.tick();
  assert.deepEqual(state.requested, [10]);
  clock.now += 2_000;
  traces.tick();
  assert.deepEqual(state.requested, [10]);
});
