/** Random exporters: templates of any elements and lengths, and the messages that use them. */
import fc from 'fast-check';
import { findElement, findV9Element, REVERSE_PEN } from '../../collector/decode/elements/elements.ts';
import { type FieldSpecifier, type Template, VARIABLE_LENGTH } from '../reference/packet.ts';
import { isVariable, minimumLength } from '../reference/templates.ts';

export type Version = 9 | 10;

/** Export Time of the messages, in Unix seconds, give or take. */
export const EXPORT_TIME = 1_760_000_000;

/** Elements with an attribute, a time or a rule of their own. */
const SPECIAL_IDS = [
  ...[1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 27, 28, 29, 30, 31, 32, 34, 50, 56, 58, 60, 62, 80, 85],
  ...[
    86, 95, 96, 136, 139, 176, 177, 178, 179, 180, 181, 182, 183, 192, 195, 210, 225, 226, 227, 228, 231, 232, 233,
    40_001, 40_003, 40_005,
  ],
  ...[94, 234, 235, 252, 253],
  ...[239, 243, 281, 282, 298, 299, 305, 306],
  ...[18, 23, 24, 61, 70, 71, 72, 89, 230, 352, 365, 366, 495, 498],
  ...[35, 101, 286, 304, 408, 448, 515, 520],
];
/** Elements that options data describe, describe by, or tell rates in; in v9 the first are types of scopes as well. */
const OPTION_IDS = [
  ...[
    1, 2, 3, 5, 10, 14, 34, 48, 50, 82, 83, 84, 90, 94, 95, 96, 130, 131, 141, 145, 149, 160, 234, 235, 236, 252, 253,
  ],
  ...[302, 304, 305, 306, 307, 308, 309, 310, 311],
];
const TIME_IDS = [21, 22, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162, 322, 323, 324, 325];
/** Elements whose numbers stand for something. Devices send them in one or two bytes; no more than six are tried. */
const MEANINGS = [4, 5, 32, 34, 50, 60, 61, 89, 230, 136, 139, 195, 233, 40_005, 239, 305, 306];
/** Lists of RFC 6313, of any element and of their own. */
const LIST_IDS = [291, 292, 293, 484, 516];
const PENS = [0, 9, 5_951, 6_871, 6_876, 15_397, 29_305, 35_632, 1, 0xffff_ffff];
const V9_VENDOR_IDS = [32_768, 33_000, 33_002, 40_000, 40_005, 44_940, 57_500, 57_590, 65_535];

const NATURAL_LENGTHS: Record<string, number> = {
  unsigned8: 1,
  unsigned16: 2,
  unsigned32: 4,
  unsigned64: 8,
  signed8: 1,
  signed16: 2,
  signed32: 4,
  signed64: 8,
  float32: 4,
  float64: 8,
  boolean: 1,
  macAddress: 6,
  dateTimeSeconds: 4,
  dateTimeMilliseconds: 8,
  dateTimeMicroseconds: 8,
  dateTimeNanoseconds: 8,
  ipv4Address: 4,
  ipv6Address: 16,
};

function fieldId(version: Version, options: boolean): fc.Arbitrary<{ pen: number; id: number }> {
  const iana = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...SPECIAL_IDS) },
    { weight: 3, arbitrary: fc.constantFrom(...TIME_IDS) },
    { weight: options ? 20 : 1, arbitrary: fc.constantFrom(...OPTION_IDS) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 540 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x7fff }) },
    { weight: options ? 0 : 2, arbitrary: fc.constantFrom(...LIST_IDS) },
  );
  if (version === 9) {
    const vendor = fc.oneof(fc.constantFrom(...V9_VENDOR_IDS), fc.integer({ min: 0x8000, max: 0xffff }));
    return fc.oneof({ weight: 9, arbitrary: iana }, { weight: 1, arbitrary: vendor }).map((id) => ({ pen: 0, id }));
  }
  const pen = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.constantFrom(...PENS) });
  return fc.record({ pen, id: iana });
}

function field(version: Version, options: boolean): fc.Arbitrary<FieldSpecifier> {
  const length = fc.oneof(
    { weight: 8, arbitrary: fc.constant(-1) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 18 }) },
    { weight: 1, arbitrary: fc.constant(VARIABLE_LENGTH) },
  );
  return fc.tuple(fieldId(version, options), length).map(([{ pen, id }, wanted]) => {
    const type = (version === 9 ? findV9Element(id) : findElement(pen, id))?.type ?? '';
    if (wanted !== VARIABLE_LENGTH && pen === 0 && MEANINGS.includes(id)) wanted = Math.min(wanted, 6);
    const natural = NATURAL_LENGTHS[type] ?? (type.endsWith('List') ? VARIABLE_LENGTH : 5);
    return { pen, id, length: wanted === -1 ? natural : wanted };
  });
}

/** Fields of up to five headers, one after another: addresses of a family, and some of what else headers have. */
function headerFields(version: Version): fc.Arbitrary<FieldSpecifier[]> {
  const natural = (pen: number, id: number) => ({
    ...{ pen, id },
    length: NATURAL_LENGTHS[(version === 9 ? findV9Element(id) : findElement(pen, id))!.type],
  });
  const addresses = fc.constantFrom([8, 12], [27, 28], [8], [28, 27]);
  const others = fc.subarray([4, 5, 6, 7, 9, 11, 29, 31, 32, 60, 139, 176, 177, 495]);
  const header = fc.tuple(addresses, others).map((parts) => parts.flat().map((id) => natural(0, id)));
  return fc.array(header, { minLength: 1, maxLength: 5 }).map((headers) => headers.flat());
}

function template(version: Version): fc.Arbitrary<Template> {
  const id = fc.integer({ min: 254, max: 259 });
  const anyFields = fc.array(field(version, false), { minLength: 1, maxLength: 24 });
  const fields = fc.oneof(
    { weight: 3, arbitrary: anyFields },
    { weight: 1, arbitrary: headerFields(version) },
    { weight: 1, arbitrary: fc.tuple(headerFields(version), anyFields).map((parts) => parts.flat()) },
  );
  const ofFlows = fc.record({ id, fields });
  const ofOptions = fc
    .record({
      id,
      fields: fc.array(field(version, true), { minLength: 1, maxLength: 8 }),
      scopeCount: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ id, fields, scopeCount }) => ({ id, scopeCount: Math.min(scopeCount, fields.length), fields }));
  return fc.oneof({ weight: 2, arbitrary: ofFlows }, { weight: 1, arbitrary: ofOptions });
}

/** Bytes of a value: plausible where that matters, else anything. */
function value({ pen, id, length }: FieldSpecifier): fc.Arbitrary<Uint8Array> {
  const any = fc.uint8Array({ minLength: length, maxLength: length });
  const small = fc.integer({ min: 0, max: 7 }).map((last) => bytesOf(BigInt(last), length));
  const text = fc.string({ maxLength: length, unit: 'grapheme' }).map((string) => padded(Buffer.from(string), length));
  const zeros = fc.constant(new Uint8Array(length));
  const common = fc.oneof(any, small, zeros, text);
  if (pen !== 0 || !TIME_IDS.includes(id)) return common;
  const seconds = fc.integer({ min: EXPORT_TIME - 90_000, max: EXPORT_TIME + 10 }).map(BigInt);
  const near = fc.tuple(seconds, fc.nat(999)).map(([unix, part]) => {
    if (id === 150 || id === 151 || id === 322) return bytesOf(unix, length);
    if ([152, 153, 160, 323].includes(id)) return bytesOf(unix * 1_000n + BigInt(part), length);
    if (id === 158 || id === 159 || id === 161 || id === 162 || id === 21 || id === 22)
      return bytesOf(BigInt(part), length);
    return bytesOf(((unix + 2_208_988_800n) << 32n) | BigInt(part * 4_000_000), length);
  });
  const unit = fc.constantFrom(1n, 1_000n, 1_000_000n, 1_000_000_000n, 2n ** 32n);
  const mistaken = fc.tuple(seconds, unit).map(([unix, scale]) => bytesOf(unix * scale, length));
  return fc.oneof(
    { weight: 6, arbitrary: near },
    { weight: 1, arbitrary: mistaken },
    { weight: 1, arbitrary: zeros },
    { weight: 1, arbitrary: common },
  );
}

/** How deep lists are in lists. */
const MAX_DEPTH = 3;

function encodedField(specifier: FieldSpecifier, templates: Template[], depth = 0): fc.Arbitrary<Buffer> {
  const { type = '' } = findElement(specifier.pen, specifier.id) ?? {};
  if (isVariable(specifier.length) && type.endsWith('List') && depth < MAX_DEPTH)
    return list(type, templates, depth).map(withLength);
  if (!isVariable(specifier.length)) return value(specifier).map((bytes) => Buffer.from(bytes));
  const lengths = fc.oneof(
    { weight: 9, arbitrary: fc.nat(20) },
    { weight: 1, arbitrary: fc.integer({ min: 250, max: 300 }) },
  );
  return fc.tuple(lengths, fc.boolean()).chain(([length, long]) =>
    value({ ...specifier, length }).map((bytes) => {
      const prefix = long || length >= 255 ? [255, length >> 8, length & 255] : [length];
      return Buffer.concat([Buffer.from(prefix), bytes]);
    }),
  );
}

function withLength(bytes: Buffer): Buffer {
  const prefix = bytes.length < 255 ? [bytes.length] : [255, bytes.length >> 8, bytes.length & 255];
  return Buffer.concat([Buffer.from(prefix), bytes]);
}

/** A list, now and then with a byte too many, or too few. */
function list(type: string, templates: Template[], depth: number): fc.Arbitrary<Buffer> {
  const semantic = fc.constantFrom(0, 1, 2, 3, 3, 3, 4, 255).map((number) => Buffer.of(number));
  const content = { basicList: items, subTemplateList: recordsOfOne, subTemplateMultiList: entries }[type]!;
  const cut = fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -3, max: 2 }) },
  );
  return fc.tuple(semantic, content(templates, depth + 1), cut).map(([first, rest, change]) => {
    const bytes = Buffer.concat([first, rest]);
    return change > 0 ? Buffer.concat([bytes, Buffer.alloc(change)]) : bytes.subarray(0, bytes.length + change);
  });
}

function items(templates: Template[], depth: number): fc.Arbitrary<Buffer> {
  const element = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...LIST_IDS).map((id) => ({ pen: 0, id, length: VARIABLE_LENGTH })) },
    { weight: 3, arbitrary: field(10, false) },
  );
  return element.chain((specifier) =>
    fc.array(encodedField(specifier, templates, depth), { maxLength: 4 }).map((values) => {
      const { pen, id, length } = specifier;
      const number = pen === 0 ? [] : [uint16(Math.floor(pen / 65_536), pen % 65_536)];
      return Buffer.concat([uint16(pen === 0 ? id : id | 0x8000, length), ...number, ...values]);
    }),
  );
}

function recordsOfOne(templates: Template[], depth: number): fc.Arbitrary<Buffer> {
  return recordsOf(templates, depth).map(({ id, records }) => Buffer.concat([uint16(id), records]));
}

function entries(templates: Template[], depth: number): fc.Arbitrary<Buffer> {
  return fc
    .array(recordsOf(templates, depth), { maxLength: 3 })
    .map((all) => Buffer.concat(all.flatMap(({ id, records }) => [uint16(id, records.length + 4), records])));
}

/** Records of a template, mostly of one that is known; of few fields, since lists of lists grow. */
function recordsOf(templates: Template[], depth: number): fc.Arbitrary<{ id: number; records: Buffer }> {
  const few = templates.filter(({ fields }) => fields.length <= 8);
  const unknown = fc.constant({ id: 300, records: Buffer.of(1, 2, 3) });
  if (few.length === 0) return unknown;
  const known = fc.constantFrom(...few).chain(({ id, fields }) => {
    const record = fc.tuple(...fields.map((specifier) => encodedField(specifier, templates, depth)));
    return fc.array(record, { maxLength: 2 }).map((records) => ({ id, records: Buffer.concat(records.flat()) }));
  });
  return fc.oneof({ weight: 8, arbitrary: known }, { weight: 1, arbitrary: unknown });
}

function dataSet(template: Template, templates: Template[] = []): fc.Arbitrary<Buffer> {
  const longestPadding = Math.max(0, Math.min(3, minimumLength(template) - 1));
  const record = fc.tuple(...template.fields.map((specifier) => encodedField(specifier, templates)));
  return fc
    .tuple(fc.array(record, { maxLength: 4 }), fc.uint8Array({ maxLength: longestPadding }))
    .map(([records, padding]) => set(template.id, Buffer.concat([...records.flat(), padding])));
}

function templateSet(template: Template, version: Version): Buffer {
  const { id, scopeCount, fields } = template;
  const specifiers = fields.map(({ pen, id: fieldType, length }) => {
    if (version === 9 || pen === 0) return uint16(fieldType, length);
    return Buffer.concat([uint16(fieldType | 0x8000, length), uint16(Math.floor(pen / 65_536), pen % 65_536)]);
  });
  const options = scopeCount !== undefined;
  let header = uint16(id, fields.length);
  if (options && version === 9) header = uint16(id, scopeCount * 4, (fields.length - scopeCount) * 4);
  if (options && version === 10) header = uint16(id, fields.length, scopeCount);
  const setId = (version === 9 ? 0 : 2) + Number(options);
  return set(setId, Buffer.concat([header, ...specifiers]));
}

/** Of type records (RFC 5610): enterprise and number of an element, its type, its name. */
const TYPE_RECORD: Template = {
  id: 300,
  scopeCount: 2,
  fields: [
    { pen: 0, id: 346, length: 4 },
    { pen: 0, id: 303, length: 2 },
    { pen: 0, id: 339, length: 1 },
    { pen: 0, id: 341, length: 12 },
  ],
};
/**
 * Names of elements: right ones, one that is registered for most vendors that are, and such as attributes can't have.
 */
const NAMES = ['queueDepth', 'b_2', 'x', 'name', '', '9lives', 'a.b', 'größe', 'p', 'octetTotalCount'];

/** Type records of elements that templates have, and of others. */
function typeRecords(templates: readonly Template[]): fc.Arbitrary<Buffer> {
  const elements = templates.flatMap(({ fields }) =>
    fields.filter(({ pen }) => pen > 0).map(({ pen, id }) => [pen, id]),
  );
  const element = fc.constantFrom([0, 8], [REVERSE_PEN, 1], [9, 1], ...elements);
  const record = fc
    .tuple(element, fc.boolean(), fc.integer({ min: 0, max: 25 }), fc.constantFrom(...NAMES))
    .map(([[pen, id], marked, type, name]) =>
      Buffer.concat([
        ...[uint32(pen), uint16(marked ? id | 0x8000 : id), Buffer.of(type)],
        Buffer.from(padded(Buffer.from(name), 12)),
      ]),
    );
  return fc
    .array(record, { minLength: 1, maxLength: 6 })
    .map((records) => Buffer.concat([templateSet(TYPE_RECORD, 10), set(TYPE_RECORD.id, Buffer.concat(records))]));
}

function message(templates: Template[], version: Version): fc.Arbitrary<Uint8Array> {
  const chosen = fc.constantFrom(...templates);
  const sets = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: chosen.map((template) => templateSet(template, version)) },
      { weight: 6, arbitrary: chosen.chain((template) => dataSet(template, templates)) },
      { weight: version === 10 ? 2 : 0, arbitrary: typeRecords(templates) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.integer({ min: 4, max: 400 }), fc.uint8Array({ maxLength: 30 }))
          .map(([id, body]) => set(id, body)),
      },
    ),
    { maxLength: 6 },
  );
  const time = fc.integer({ min: -3, max: 3 }).map((shift) => EXPORT_TIME + shift);
  const domain = fc.constantFrom(0, 1);
  const word = fc.oneof(fc.nat(100_000), fc.nat(0xffff_ffff));
  return fc.tuple(sets, time, domain, word, word).map(([bodies, exportTime, id, sequence, uptime]) => {
    const body = Buffer.concat(bodies);
    const header =
      version === 9
        ? [uint16(9, bodies.length), uint32(uptime, exportTime, sequence, id)]
        : [uint16(10, 16 + body.length), uint32(exportTime, sequence, id)];
    return new Uint8Array(Buffer.concat([...header, body]));
  });
}

/** Messages of one exporter, with templates that come late, never, or again with other fields. */
export function exporterStory(version: Version): fc.Arbitrary<Uint8Array[]> {
  const templates = fc.uniqueArray(template(version), { minLength: 1, maxLength: 4, selector: ({ id }) => id });
  const chapter = templates.chain((known) => fc.array(message(known, version), { minLength: 1, maxLength: 4 }));
  return fc.array(chapter, { minLength: 1, maxLength: 2 }).map((chapters) => chapters.flat());
}

/** A NetFlow v1, v5 or v7 packet with random records. */
export function fixedPacket(): fc.Arbitrary<Uint8Array> {
  const version = fc.constantFrom(1, 5, 7);
  return fc.tuple(version, fc.nat(4), fc.nat(0xffff_ffff), fc.nat(60)).chain(([number, count, uptime, extra]) => {
    const length = (number === 1 ? 0 : 8) + count * (number === 5 ? 48 : 52) - (extra > 55 ? 1 : 0);
    const rest = fc.uint8Array({ minLength: Math.max(0, length), maxLength: Math.max(0, length) });
    const nanoseconds = fc.nat(999_999_999);
    return fc.tuple(rest, nanoseconds).map(([bytes, part]) => {
      const header = Buffer.concat([uint16(number, count), uint32(uptime, EXPORT_TIME, part)]);
      return new Uint8Array(Buffer.concat([header, bytes]));
    });
  });
}

function set(id: number, body: Uint8Array): Buffer {
  return Buffer.concat([uint16(id, body.length + 4), body]);
}

function uint16(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  for (const [index, number] of values.entries()) buffer.writeUInt16BE(number, index * 2);
  return buffer;
}

function uint32(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [index, number] of values.entries()) buffer.writeUInt32BE(number, index * 4);
  return buffer;
}

function bytesOf(number: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = length - 1, rest = number; index >= 0; index--, rest >>= 8n) bytes[index] = Number(rest & 255n);
  return bytes;
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(length);
  result.set(bytes.subarray(0, length));
  return result;
}
