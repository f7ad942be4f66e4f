/**
 * Whatever an exporter sends, the pipeline's spans are the reference's, and mean what the official serializer would
 * have written. `PROPERTY_RUNS` sets the number of cases for each property.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeRequest } from '../otlp/decode.ts';
import { normalize, type SpanTree, withDoubles } from '../otlp/normalize.ts';
import { comparable, LOOPBACK, throughPipeline, throughReference } from '../reference/compare.ts';
import type { ElementRow } from '../reference/record.ts';
import { serialize } from '../reference/sdk.ts';
import { TRACE } from '../reference/spans.ts';
import { EXPORT_TIME, exporterStory, fixedPacket } from './arbitraries.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 300);

/** Short prefixes, since most random addresses are in no long one. */
const NETWORKS = [
  { prefix: '0.0.0.0/0', values: { site: 'any', service: '' } },
  { prefix: '0.0.0.0/1', values: { site: 'low', service: 'half' } },
  { prefix: '0.0.0.0/29', values: { site: '', service: 'least' } },
  { prefix: '64.0.0.0/2', values: { site: '', service: '' } },
  { prefix: '8000::/1', values: { site: 'high', service: '' } },
  { prefix: '::/64', values: { site: 'zero', service: 'x'.repeat(200) } },
  { prefix: '::4/126', values: { site: 'four', service: 'ü' } },
];

const constant = fc.record({
  exporters: fc.constantFrom<string[][]>([], ['127.0.0.0/8'], ['10.0.0.0/8', '::1']),
  ingressInterfaces: fc.constantFrom<number[][]>([], [0, 1, 2], [3, 70_000]),
  egressInterfaces: fc.constantFrom<number[][]>([], [0, 1, 2, 3]),
  attributes: fc.dictionary(
    fc.constantFrom('site', 'netflow.interface.ingress.name', 'b'),
    fc.constantFrom('', 'x', 'zürich'),
  ),
});
/** Every profile has the left ones. */
const rename = fc
  .subarray(['source.address', 'destination.port', 'network.transport'])
  .map((names) => Object.fromEntries(names.map((name) => [name, `renamed.${name}${'.long'.repeat(name.length)}`])));
const point = fc.record({
  exporters: fc.constantFrom<string[][]>([], ['127.0.0.0/8'], ['10.0.0.0/8']),
  ingressInterfaces: fc.constantFrom<number[][]>([], [0, 1, 2], [3, 70_000]),
  egressInterfaces: fc.constantFrom<number[][]>([], [0, 1, 2, 3]),
});
const services = fc.record({
  columns: fc.constantFrom<string[][]>(['service'], ['service', 'site'], ['nothing']),
  fallback: fc.constantFrom('rest', 'prefix', 'address'),
  max: fc.constantFrom(1, 1_000),
  points: fc.array(point, { maxLength: 2 }),
});
/** Which addresses are the first, the reference can't know. */
const bounded = services.map((one) => (one.fallback === 'address' ? { ...one, max: 1_000 } : one));
const spans = fc.record({
  profile: fc.constantFrom('flow', 'netflowreceiver', 'minimal', 'full', 'python'),
  timestamps: fc.constantFrom('flow', 'received', 'clamped'),
  services: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: bounded }),
  trace: fc.constantFrom('packet', 'packet', 'flow', 'conversation'),
  clock: fc.constantFrom('corrected', 'corrected', 'exporter'),
  attributes: fc.record(
    {
      include: fc.constant<string[]>(['source.*', 'flow.*', 'network.type', 'netflow.*']),
      exclude: fc.constantFrom<string[][]>(['network.*'], ['source.address', 'flow.start', 'netflow.time.source']),
      rename,
      constants: fc.array(constant, { maxLength: 3 }),
      networksFile: fc.constant('networks.csv'),
    },
    { requiredKeys: [] },
  ),
});
const rate = fc.record({
  exporters: fc.constantFrom<string[][]>([], ['127.0.0.0/8'], ['10.0.0.0/8']),
  interfaces: fc.constantFrom<number[][]>([], [0, 1, 2]),
  rate: fc.constantFrom(1, 1_000),
  force: fc.boolean(),
});
const exporters = fc.record({ sampling: fc.array(rate, { maxLength: 2 }), scale: fc.boolean() });
const RECEIVED = EXPORT_TIME * 1_000 + 1_234;
/**
 * Milliseconds after that: of exporters whose clocks are right, whose packets are late, whose clocks are wrong or set.
 */
const receptions = fc.oneof(
  { weight: 3, arbitrary: fc.constant([0]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom([0, 90_000], [7_200_000], [-18_000_000], [700_000_000_000], [0, 9_000_000, 0]),
  },
);

/** Of the enterprises and v9 field types that templates are made of; registered ones, and names that devices give. */
const ELEMENTS: readonly ElementRow[] = [
  ...[1, 4, 8, 10, 136, 153, 210].map((id) => ({
    pen: 1,
    id,
    attribute: `netflow.acme.n${id}`,
    type: 'unsigned64' as const,
  })),
  { pen: 1, id: 7, attribute: 'netflow.acme.short', type: 'unsigned16' },
  { pen: 9, id: 8, attribute: 'netflow.acme.address', type: 'ipv4Address' },
  { pen: 6_871, id: 12, attribute: 'netflow.acme.float', type: 'float64' },
  { pen: 6_871, id: 14, attribute: 'netflow.acme.text', type: 'string' },
  { pen: 0xffff_ffff, id: 2, attribute: 'netflow.4294967295.x', type: 'boolean' },
  { pen: 0xffff_ffff, id: 12, attribute: 'netflow.acme.time', type: 'dateTimeSeconds' },
  { pen: 0, id: 44_940, attribute: 'netflow.acme.ofV9', type: 'signed32' },
  { pen: 0, id: 57_590, attribute: 'netflow.acme.bytes', type: 'octetArray' },
];

const properties: [name: string, packets: fc.Arbitrary<Uint8Array[]>][] = [
  ['NetFlow v1, v5 and v7', fc.array(fixedPacket(), { minLength: 1, maxLength: 3 })],
  ['NetFlow v9', exporterStory(9)],
  ['IPFIX', exporterStory(10)],
];

describe('the pipeline agrees with the reference', () => {
  for (const [name, packets] of properties) {
    test(name, () => {
      fc.assert(
        fc.property(
          packets,
          spans,
          exporters,
          receptions,
          fc.boolean(),
          (payloads, spans, exporters, after, hasFile) => {
            const receivedMs = (index: number) => RECEIVED + after[index % after.length] + index;
            const datagrams = payloads.map((bytes, index) => ({
              bytes,
              source: LOOPBACK,
              receivedMs: receivedMs(index),
            }));
            const networks = spans.attributes.networksFile === undefined ? [] : NETWORKS;
            const elements = hasFile ? ELEMENTS : [];
            const actual = comparable(throughPipeline(datagrams, { spans, exporters }, networks, elements).spans);
            const expected = throughReference(datagrams, { spans, exporters }, networks, elements);
            checkTraces(actual, expected, spans.trace);
            assert.deepEqual(actual, expected);
            assert.deepEqual(actual.map(rounded), normalize(decodeRequest(serialize(expected))).map(rounded));
          },
        ),
        { numRuns: RUNS },
      );
    });
  }
});

/** Takes the ids of traces away where they may be any, and no two the same. */
function checkTraces(actual: SpanTree[], expected: SpanTree[], shape: 'packet' | 'flow' | 'conversation'): void {
  const seen = new Set<unknown>();
  for (const [index, { children }] of actual.entries()) {
    for (const [place, { attributes }] of children.entries()) {
      const promised = expected[index]?.children[place]?.attributes;
      if (!promised || attributes[TRACE] === undefined) continue;
      if (shape === 'conversation' && promised[TRACE] !== 'any') continue;
      assert.ok(!seen.has(attributes[TRACE]), 'two flows in one trace');
      seen.add(attributes[TRACE]);
      delete attributes[TRACE];
      delete promised[TRACE];
    }
  }
}

function rounded(span: SpanTree): SpanTree {
  return { ...span, attributes: withDoubles(span.attributes), children: span.children.map(rounded) };
}
