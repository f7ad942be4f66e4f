/** Sets spans against what Wireshark's dissector makes of the same packets, field by field. */
import { isDeepStrictEqual } from 'node:util';
import { comparable, throughPipeline } from '../../reference/compare.ts';
import { createReferenceDecoder } from '../../reference/decode.ts';
import { type Case, logstashTests, otherCases, telegrafTests } from '../cases.ts';
import type { Subject } from '../readers.ts';
import { type Dissected, dissect } from './dissect.ts';
import { RECORD_EXPLANATIONS, VALUE_EXPLANATIONS } from './explained.ts';
import { mappingOf, milliseconds, type TsharkMapping } from './mapping.ts';

/** One capture: sentences on what differs, and on what differs for a reason. */
export type TsharkRow = { capture: string; compared: number; differ: string[]; explained: string[] };

export function compareWithTshark(): TsharkRow[] {
  const captures = [...logstashTests().cases, ...telegrafTests().map((test) => test.case), ...otherCases()];
  const dissected = dissect(captures.map(({ datagrams }) => datagrams.map(({ bytes }) => bytes)));
  return captures.map((capture, index) => compareCapture(capture, dissected[index]));
}

function compareCapture({ name, datagrams }: Case, packets: (Dissected[] | undefined)[]): TsharkRow {
  const row: TsharkRow = { capture: name, compared: 0, differ: [], explained: [] };
  const traces = comparable(throughPipeline(datagrams).spans).values();
  const mapping = mappingOf(startOf(packets));
  const decoder = createReferenceDecoder();
  for (const [index, { bytes, source }] of datagrams.entries()) {
    // Datagrams that can't be told from noise make no trace.
    const root = decoder.decode(bytes, source).packet && traces.next().value;
    const path = `packet ${index + 1}`;
    const flows = root?.children.filter((child) => child.name.startsWith('flow_')) ?? [];
    const records = packets[index]?.filter(({ options }) => !options) ?? [];
    row.compared++;
    if (flows.length !== records.length) {
      const why = RECORD_EXPLANATIONS.find(({ capture }) => name.includes(capture))?.why;
      report(row, `${path}: ${flows.length} flows, TShark ${records.length}`, why);
    }
    if (!root) continue;
    const subjects = flows.map((flow) => ({ flow, root, packet: bytes }));
    for (const [position, { fields }] of records.entries()) {
      const subject = root.attributes['netflow.templates.missing']
        ? closest(subjects, fields, mapping)
        : subjects.shift();
      if (subject) compareFields(row, subject, fields, mapping, `${path} record ${position + 1}`);
    }
  }
  return row;
}

/** When the exporter started, as TShark reads it of options data. */
function startOf(packets: (Dissected[] | undefined)[]): number | undefined {
  const records = packets.flatMap((packet) => packet ?? []);
  const date = records.flatMap(({ fields }) => fields.get('cflow.sys_init_time') ?? []).at(-1);
  return date === undefined ? undefined : milliseconds(date);
}

/** Takes the flow that a record fits best: held sets are decoded in the order in which their templates come. */
function closest(subjects: Subject[], fields: Dissected['fields'], mapping: TsharkMapping): Subject | undefined {
  const differences = subjects.map((subject) => {
    const row: TsharkRow = { capture: '', compared: 0, differ: [], explained: [] };
    compareFields(row, subject, fields, mapping, '');
    return row.differ.length;
  });
  const [subject] = subjects.splice(differences.indexOf(Math.min(...differences)), 1);
  return subject;
}

function compareFields(
  row: TsharkRow,
  subject: Subject,
  fields: Dissected['fields'],
  mapping: TsharkMapping,
  path: string,
): void {
  for (const [name, texts] of fields) {
    const field = mapping[name];
    if (!field) row.differ.push(`${path}: nobody said what ${name} is`);
    if (!field || 'why' in field || field.isOf?.(subject) === false) continue;
    row.compared++;
    const expected = texts.map(field.parse);
    const forward = field.read(subject);
    const isBoth = field.reverse !== undefined && expected.length === 2;
    const actual = isBoth ? [forward, field.reverse!(subject)] : forward;
    // What a record tells by several elements, a span says once.
    if (isBoth ? isDeepStrictEqual(actual, expected) : expected.includes(forward)) continue;
    const explanation = VALUE_EXPLANATIONS.find(
      ({ fields, holds }) => fields.includes(name) && holds(expected, actual, subject),
    );
    const sentence = `${path} ${name}: ${JSON.stringify(actual)}, TShark ${JSON.stringify(expected)}`;
    report(row, sentence, explanation?.why);
  }
}

function report(row: TsharkRow, sentence: string, why: string | undefined): void {
  if (why === undefined) row.differ.push(sentence);
  else row.explained.push(`${sentence}. ${why}`);
}
