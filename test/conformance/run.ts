/**
 * Runs every capture through the pipeline and sets what comes out against what its source and the reference decoder
 * expect. `tshark/` does so with Wireshark's dissector.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SpanTree } from '../otlp/normalize.ts';
import { comparable, throughPipeline, throughReference } from '../reference/compare.ts';
import { createReferenceDecoder } from '../reference/decode.ts';
import { type Case, logstashTests, otherCases, sflowCases, telegrafTests } from './cases.ts';
import { type Explanation, LOGSTASH_EXPLANATIONS } from './explained.ts';
import { logstashReader } from './logstash.ts';
import type { Mapping, Subject } from './readers.ts';
import { parseLine, telegrafReader } from './telegraf.ts';

/** One line of the conformance table. Disagreements are sentences; explained ones carry their reason. */
export type Row = {
  capture: string;
  vendor: string;
  packets: number;
  templates: number;
  flows: number;
  options: number;
  /** Fields set against expectations of the capture's source. */
  compared: number;
  agree: number;
  disagree: string[];
  explained: string[];
  /** Attributes and properties of spans set against the reference. */
  referenced: number;
  differ: string[];
};

type Run = { row: Row; traces: SpanTree[]; packets: Uint8Array[] };

export function runConformance(): Row[] {
  return [...logstash(), ...telegraf(), ...[...otherCases(), ...sflowCases()].map((other) => run(other).row)];
}

function run({ name, vendor, datagrams }: Case): Run {
  const { spans, ledger } = throughPipeline(datagrams);
  const traces = comparable(spans);
  const row: Row = {
    capture: name,
    vendor,
    packets: datagrams.length,
    templates: traces.reduce((sum, { attributes }) => sum + Number(attributes['netflow.templates.count']), 0),
    flows: ledger.flows,
    options: ledger.optionsRecords,
    compared: 0,
    agree: 0,
    disagree: [],
    explained: [],
    referenced: 0,
    differ: [],
  };
  const expected = throughReference(datagrams);
  if (traces.length !== expected.length) row.differ.push(`${traces.length} traces, ${expected.length} expected`);
  for (const [index, trace] of expected.entries()) compareSpans(row, traces[index], trace, `packet ${index + 1}`);
  const decoder = createReferenceDecoder();
  const packets = datagrams
    .filter(({ bytes, source }) => decoder.decode(bytes, source).packet)
    .map(({ bytes }) => bytes);
  return { row, traces, packets };
}

function compareSpans(row: Row, actual: SpanTree | undefined, expected: SpanTree, path: string): void {
  if (!actual) {
    row.differ.push(`${path}: no span`);
    return;
  }
  const { attributes, children, ...properties } = expected;
  const pairs = [
    ...Object.entries(properties).map(([key, value]) => [key, actual[key as keyof SpanTree], value]),
    ...Object.keys({ ...actual.attributes, ...attributes }).map((key) => [
      key,
      actual.attributes[key],
      attributes[key],
    ]),
  ];
  for (const [key, got, wanted] of pairs) {
    row.referenced++;
    if (!isDeepStrictEqual(got, wanted)) row.differ.push(`${path} ${key}: ${show(got)}, reference ${show(wanted)}`);
  }
  if (actual.children.length !== children.length) {
    row.differ.push(`${path}: ${actual.children.length} child spans, reference ${children.length}`);
  }
  for (const [index, child] of children.entries()) {
    compareSpans(row, actual.children[index], child, `${path} span ${index}`);
  }
}

function logstash(): Row[] {
  const { tests, cases } = logstashTests();
  return tests.map((test, index) => {
    const { row, traces, packets } = run(cases[index]);
    const events = eventsOf(cases[index], traces, packets);
    if (test.decoded_events !== null) {
      row.compared++;
      if (events.length === test.decoded_events) row.agree++;
      else if (test.packets[0] === 'ipfix_test_netscaler_data.dat') {
        row.explained.push(
          `${events.length} records, expected ${test.decoded_events}: data that came before its template is held and ` +
            'decoded when the template comes, which RFC 7011 §9.3 allows',
        );
      } else row.disagree.push(`${events.length} records, expected ${test.decoded_events}`);
    }
    for (const [event, expected] of test.event_to_expected) {
      const subject = events[event];
      if (subject) compareFields(row, subject, test.expected[expected].netflow, logstashReader, LOGSTASH_EXPLANATIONS);
    }
    return row;
  });
}

/** Records in order; options data, which make no spans, are undefined. In all packets here they come before flows. */
function eventsOf({ datagrams }: Case, traces: SpanTree[], packets: Uint8Array[]): (Subject | undefined)[] {
  const decoder = createReferenceDecoder();
  const decoded = datagrams.flatMap(({ bytes, source }) => decoder.decode(bytes, source).packet ?? []);
  return traces.flatMap((root, index) => [
    ...new Array<undefined>(decoded[index].optionsRecords).fill(undefined),
    ...subjects(root, packets[index]),
  ]);
}

function telegraf(): Row[] {
  return telegrafTests().map(({ lines, case: test }) => {
    const { row, traces, packets } = run(test);
    const flows = traces.flatMap((root, index) => subjects(root, packets[index]));
    const expected = lines.map(parseLine);
    const records = expected.filter(({ measurement }) => measurement === 'netflow');
    row.compared += 2;
    for (const [what, got, wanted] of [
      ['flows', flows.length, records.length],
      ['options records', row.options, expected.length - records.length],
    ] as const) {
      if (got === wanted) row.agree++;
      else row.disagree.push(`${got} ${what}, expected ${wanted}`);
    }
    for (const [index, { fields }] of records.entries()) {
      if (flows[index]) compareFields(row, flows[index], fields, telegrafReader, []);
    }
    return row;
  });
}

function subjects(root: SpanTree, packet: Uint8Array): Subject[] {
  return root.children.filter(({ name }) => name.startsWith('flow_')).map((flow) => ({ flow, root, packet }));
}

function compareFields(
  row: Row,
  subject: Subject,
  fields: Record<string, unknown>,
  readerOf: (field: string) => Mapping[string],
  explanations: Explanation[],
): void {
  for (const [field, expected] of Object.entries(fields)) {
    const reader = readerOf(field);
    if (typeof reader !== 'function') continue;
    row.compared++;
    const actual = reader(subject);
    if (isDeepStrictEqual(actual, expected)) {
      row.agree++;
      continue;
    }
    const sentence = `${field}: ${show(actual)}, expected ${show(expected)}`;
    const explanation = explanations.find(
      ({ fields, holds }) => fields.includes(field) && holds(expected, actual, subject),
    );
    if (explanation) row.explained.push(`${sentence}. ${explanation.why}`);
    else row.disagree.push(sentence);
  }
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? `${member}` : member)) ?? 'nothing';
}
