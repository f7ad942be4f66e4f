/** Structured data (RFC 6313 §4.5): the lists of a record as attributes, as docs/spans.md has it. */
import type { Attributes } from '../otlp/decode.ts';
import { type FieldSpecifier, type FieldValue, Malformed, type Template } from './packet.ts';
import { attributeName, describedValues, type Elements, type Entry, listed, remaining } from './record.ts';
import { readRecord } from './sets.ts';

export type TemplateOf = (id: number) => Template | undefined;

const LISTS = ['basicList', 'subTemplateList', 'subTemplateMultiList'];
const SEMANTICS: Record<number, string> = { 0: 'noneOf', 1: 'exactlyOneOf', 2: 'oneOrMoreOf', 4: 'ordered' };
const DEEPEST = 8;

/** What a record or an item is while its lists are read: how often each name was used, and the names beside them. */
type Place = { prefix: string; beside: string[]; used: Map<string, number>; depth: number };
type Reading = { attributes: Attributes; faults: string[]; templateOf: TemplateOf; elements: Elements };

/** Marks the lists among a record's values; and the attributes that they come to. */
export function takeLists(
  values: FieldValue[],
  templateOf: TemplateOf,
  elements: Elements,
): { values: FieldValue[]; lists: Attributes } {
  const present = values.filter(({ bytes, variable }) => variable || bytes.length > 0);
  const entries = describedValues(present, 10, elements);
  const reading: Reading = { attributes: {}, faults: [], templateOf, elements };
  readLists(entries, { prefix: 'netflow.', beside: [], used: new Map(), depth: 0 }, reading);
  const [fault] = reading.faults;
  const lists = fault === undefined ? reading.attributes : { ...reading.attributes, 'netflow.list.error': fault };
  const taken = present.filter((_, index) => isList(entries[index]));
  return { values: values.map((value) => (taken.includes(value) ? { ...value, isTaken: true } : value)), lists };
}

function isList({ element }: Entry): boolean {
  return LISTS.includes(element?.type ?? '');
}

const shortName = (entry: Entry) => attributeName(entry).replace(/^netflow\./, '');

function readLists(entries: Entry[], place: Place, reading: Reading): void {
  place.beside = entries.map(shortName);
  const withRecords = entries.filter((entry) => isList(entry) && entry.element!.type !== 'basicList');
  for (const entry of entries.filter(isList)) {
    const name = shortName(entry);
    const alike = withRecords.filter((other) => shortName(other) === name);
    const isOneOfSeveral = alike.includes(entry) && alike.length > 1;
    readList(entry, isOneOfSeveral ? `${name}.${alike.indexOf(entry)}` : name, place, reading);
  }
}

function readList({ bytes, element }: Entry, name: string, place: Place, reading: Reading): void {
  if (bytes.length === 0) return;
  if (place.depth === DEEPEST) {
    reading.faults.push('list_limit');
    reading.attributes[`${place.prefix}${name}.${next(place, name)}`] = Buffer.from(bytes).toString('hex');
    return;
  }
  const deeper = { ...place, depth: place.depth + 1 };
  const { type } = element!;
  if (type === 'basicList') readBasicList(name, bytes, deeper, reading);
  else if (type === 'subTemplateList') readTemplateList(name, bytes, deeper, reading);
  else readMultiList(name, bytes, deeper, reading);
}

function next({ used }: Place, name: string): number {
  const number = used.get(name) ?? 0;
  used.set(name, number + 1);
  return number;
}

/** Reads what is in a list, and tells how its items are meant if there are any; returns what the list is called. */
function withSemantic(place: Place, name: string, semantic: number, { attributes }: Reading, read: () => void): string {
  const number = place.used.get(name) ?? 0;
  const label = `${place.prefix}${name}${number > 0 ? `.${number}` : ''}`;
  read();
  if (SEMANTICS[semantic] && (place.used.get(name) ?? 0) > number)
    attributes[`${label}.semantic`] = SEMANTICS[semantic];
  return label;
}

/** Semantic, element, length of each item, and an enterprise number if the element's first bit is set. */
function readBasicList(name: string, bytes: Uint8Array, place: Place, reading: Reading): void {
  const { attributes, faults } = reading;
  const isPrivate = bytes.length > 1 && bytes[1] >= 128;
  const header = isPrivate ? 9 : 5;
  if (bytes.length < header) {
    faults.push('list_malformed');
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const pen = isPrivate ? view.getUint32(5) : 0;
  const item: FieldSpecifier = { pen, id: view.getUint16(1) & 0x7fff, length: view.getUint16(3) };
  const items: FieldValue[] = [];
  for (let rest = bytes.subarray(header); rest.length > 0; ) {
    const read = item.length === 0 ? undefined : tryToRead([item], rest);
    if (!read) {
      faults.push('list_malformed');
      break;
    }
    items.push(...read.values);
    rest = rest.subarray(read.length);
  }
  const [of] = describedValues([{ pen, id: item.id, bytes: new Uint8Array(), variable: false }], 10, reading.elements);
  const entries = describedValues(items, 10, reading.elements);
  if (isList(of)) {
    withSemantic(place, name, bytes[0], reading, () => {
      for (const entry of entries) {
        const prefix = `${place.prefix}${name}.${next(place, name)}.`;
        readList(entry, shortName(of), { prefix, beside: [], used: new Map(), depth: place.depth }, reading);
      }
    });
    return;
  }
  const element = shortName(of);
  const generic = place.beside.includes(element) ? `basicList.${element}` : element;
  const own = name === 'basicList' ? generic : name;
  const label = withSemantic(place, own, bytes[0], reading, () => next(place, own));
  const shown = listed(entries.filter((entry) => entry.bytes.length > 0));
  if (shown.length > 0) attributes[label] = shown;
}

/** Semantic and template. */
function readTemplateList(name: string, bytes: Uint8Array, place: Place, reading: Reading): void {
  if (bytes.length < 3) {
    reading.faults.push('list_malformed');
    return;
  }
  withSemantic(place, name, bytes[0], reading, () =>
    readRecordsOf(name, bytes[1] * 256 + bytes[2], bytes.subarray(3), place, reading),
  );
}

/** Semantic; then template, length with these four bytes, and records, again and again. */
function readMultiList(name: string, bytes: Uint8Array, place: Place, reading: Reading): void {
  withSemantic(place, name, bytes[0], reading, () => {
    for (let rest = bytes.subarray(1); rest.length > 0; ) {
      const length = rest.length < 4 ? 0 : rest[2] * 256 + rest[3];
      if (length < 4 || length > rest.length) {
        reading.faults.push('list_malformed');
        return;
      }
      readRecordsOf(name, rest[0] * 256 + rest[1], rest.subarray(4, length), place, reading);
      rest = rest.subarray(length);
    }
  });
}

function readRecordsOf(name: string, id: number, bytes: Uint8Array, place: Place, reading: Reading): void {
  if (bytes.length === 0) return;
  const template = reading.templateOf(id);
  if (!template) {
    reading.faults.push('list_template_missing');
    const label = `${place.prefix}${name}.${next(place, name)}.template.${id}`;
    reading.attributes[label] = Buffer.from(bytes).toString('hex');
    return;
  }
  for (let rest = bytes; rest.length > 0; ) {
    const fields = template.fields.filter(({ length }) => length > 0);
    const read = tryToRead(fields, rest);
    if (!read) {
      reading.faults.push('list_malformed');
      return;
    }
    const prefix = `${place.prefix}${name}.${next(place, name)}.`;
    const inside = { prefix, beside: [], used: new Map(), depth: place.depth };
    const entries = describedValues(read.values, 10, reading.elements);
    const simple = entries.filter((entry) => !isList(entry) && entry.bytes.length > 0);
    for (const [key, value] of Object.entries(remaining(simple)))
      reading.attributes[key.replace(/^netflow\./, prefix)] = value;
    readLists(entries, inside, reading);
    rest = rest.subarray(read.length);
  }
}

function tryToRead(fields: FieldSpecifier[], bytes: Uint8Array): { values: FieldValue[]; length: number } | undefined {
  try {
    return readRecord(fields, bytes, 0);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
