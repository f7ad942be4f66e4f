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
import { serialize } from '../reference/sdk.ts';
import { EXPORT_TIME, exporterStory, fixedPacket } from './arbitraries.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 300);

const timestamps = fc.constantFrom('flow', 'received', 'clamped');
const RECEIVED = EXPORT_TIME * 1_000 + 1_234;

const properties: [name: string, packets: fc.Arbitrary<Uint8Array[]>][] = [
  ['NetFlow v1, v5 and v7', fc.array(fixedPacket(), { minLength: 1, maxLength: 3 })],
  ['NetFlow v9', exporterStory(9)],
  ['IPFIX', exporterStory(10)],
];

describe('the pipeline agrees with the reference', () => {
  for (const [name, packets] of properties) {
    test(name, () => {
      fc.assert(
        fc.property(packets, timestamps, (payloads, mode) => {
          const datagrams = payloads.map((bytes) => ({ bytes, source: LOOPBACK, receivedMs: RECEIVED }));
          const config = { spans: { timestamps: mode } } as const;
          const actual = comparable(throughPipeline(datagrams, config).spans);
          const expected = throughReference(datagrams, config);
          assert.deepEqual(actual, expected);
          assert.deepEqual(actual.map(rounded), normalize(decodeRequest(serialize(expected))).map(rounded));
        }),
        { numRuns: RUNS },
      );
    });
  }
});

function rounded(span: SpanTree): SpanTree {
  return { ...span, attributes: withDoubles(span.attributes), children: span.children.map(rounded) };
}
