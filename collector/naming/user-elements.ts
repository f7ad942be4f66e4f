/**
 * The user's file of elements: CSV, with an element in each row. In: the file; out: what the elements are, by their
 * keys, or the line that is wrong. docs/elements.md says it for users.
 */
import { FREE_FOR_USERS } from '../../crds/spans/profiles.ts';
import { type DescribedElement, findElement, REVERSE_PEN, vendorName } from '../decode/elements/elements.ts';
import { ABSTRACT_DATA_TYPES, type AbstractDataType } from '../decode/elements/types.ts';
import { readCsv } from '../files/csv.ts';
import { fail } from '../files/follow.ts';
import { describeField, elementKey, hasAttribute } from '../span/attributes.ts';
import { nameByNumber } from '../span/element-names.ts';
import { ELEMENT_NAME, groupsOf, isGroup, isTaken } from './taken.ts';

/** Elements that a user describes, by `elementKey`. */
export type UserElements = ReadonlyMap<number, DescribedElement>;

/** Bytes of a file, and elements in it. */
export const MAX_FILE = 4 * 2 ** 20;
const MAX_ELEMENTS = 16_384;
const REQUIRED = ['pen', 'id', 'name', 'type'] as const;
const COLUMNS: readonly string[] = [...REQUIRED, 'attribute'];
const EXAMPLE = COLUMNS.join();
const MAX_PEN = 2 ** 32 - 1;
/** What expressions of the selection can name, but for parts that begin with a digit. */
const ATTRIBUTE = /^netflow(\.[A-Za-z0-9_]+)+$/;
const MAX_ATTRIBUTE = 256;
/** How much of a value that is wrong is shown, in characters. */
const MAX_SHOWN = 64;

type Row = Record<(typeof REQUIRED)[number], string> & { attribute?: string };

/** Reads a file. Throws a FileMistake at the first line that is wrong. */
export function readUserElements(file: Buffer): UserElements {
  let head: readonly string[] = [];
  const elements = new Map<number, DescribedElement>();
  const lines = { byKey: new Map<number, number>(), byAttribute: new Map<string, number>() };
  readCsv(
    file,
    EXAMPLE,
    (columns) => {
      head = checkHead(columns);
    },
    (values, line) => {
      if (elements.size === MAX_ELEMENTS) fail(line, `there are more than ${MAX_ELEMENTS} elements`);
      const row = Object.fromEntries(head.map((column, index) => [column, values[index]])) as Row;
      const key = keyOf(row, line);
      const described = { attribute: attributeOf(row, line), type: typeOf(row, line) };
      const earlier = lines.byKey.get(key);
      if (earlier !== undefined) fail(line, `element ${row.id} of ${row.pen} stands in line ${earlier} already`);
      const same = lines.byAttribute.get(described.attribute);
      if (same !== undefined) fail(line, `${described.attribute} is the attribute of line ${same} already`);
      elements.set(key, described);
      lines.byKey.set(key, line);
      lines.byAttribute.set(described.attribute, line);
    },
  );
  for (const [attribute, line] of lines.byAttribute) {
    const group = groupsOf(attribute).find((name) => isTaken(name) || lines.byAttribute.has(name));
    if (group !== undefined)
      fail(line, `${attribute} stands below ${group}, which is an attribute itself; give one of them another name`);
  }
  return elements;
}

function checkHead(columns: readonly string[]): readonly string[] {
  const unknown = columns.find((column) => !COLUMNS.includes(column));
  if (unknown !== undefined)
    fail(1, `"${unknown.slice(0, MAX_SHOWN)}" is no column of it; the head is ${EXAMPLE}, the last being optional`);
  const twice = columns.find((column, index) => columns.indexOf(column) < index);
  if (twice !== undefined) fail(1, `there are two columns ${twice}`);
  const missing = REQUIRED.find((column) => !columns.includes(column));
  if (missing !== undefined) fail(1, `there is no column ${missing}; the head is ${EXAMPLE}`);
  return columns;
}

function keyOf({ pen: penText, id: idText }: Row, line: number): number {
  const [pen, id] = [wholeNumber(penText), wholeNumber(idText)];
  if (!(pen <= MAX_PEN))
    fail(line, `"${shown(penText)}" is no enterprise number; write one such as 32473, or 0 for a number of NetFlow v9`);
  const max = pen === 0 ? 65_535 : 32_767;
  if (!(id <= max)) fail(line, `"${shown(idText)}" is no element's number; write one from 0 to ${max}`);
  if (pen === REVERSE_PEN) fail(line, `${pen} marks the reverse of IANA's elements (RFC 5103), which have names`);
  const ofIana = pen === 0 ? findElement(0, id) : undefined;
  if (ofIana)
    fail(line, `element ${id} is IANA's ${ofIana.name}; spans.attributes.rename gives its attribute another name`);
  const key = elementKey(pen, id);
  if (hasAttribute(key))
    fail(line, `spans have an attribute made from ${id} already; spans.attributes.rename gives it another name`);
  return key;
}

function attributeOf({ pen, id, name, attribute: given = '' }: Row, line: number): string {
  if (!ELEMENT_NAME.test(name))
    fail(line, `"${shown(name)}" is no name; write up to 128 letters, digits and _, beginning with a letter`);
  const scope = Number(pen) === 0 ? '' : `${vendorName(Number(pen)) ?? Number(pen)}.`;
  const attribute = given || `netflow.${scope}${name}`;
  const { attribute: registered } = describeField(
    { version: Number(pen) === 0 ? 9 : 10 },
    { pen: Number(pen), id: Number(id) },
  );
  if (!ATTRIBUTE.test(attribute) || attribute.length > MAX_ATTRIBUTE)
    fail(
      line,
      `"${shown(attribute)}" is no attribute of an element; write one below netflow. such as netflow.acme.${name}, and rename it by spans.attributes.rename if it must be another`,
    );
  if (nameByNumber(attribute) !== undefined) fail(line, `${attribute} means an element by its number; write a name`);
  const free = FREE_FOR_USERS.find((prefix) => attribute.startsWith(prefix));
  if (free !== undefined) fail(line, `names below ${free} are for constants; write another attribute`);
  if (isTaken(attribute) && attribute !== registered) fail(line, `${attribute} is an attribute already; write another`);
  if (isGroup(attribute)) fail(line, `names of attributes begin with ${attribute}.; write another`);
  return attribute;
}

function typeOf({ type }: Row, line: number): AbstractDataType {
  const found = ABSTRACT_DATA_TYPES.find((one) => one === type);
  if (!found) fail(line, `"${shown(type)}" is no type of RFC 7011; there are ${ABSTRACT_DATA_TYPES.join(', ')}`);
  return found;
}

/** NaN for what is none. */
function wholeNumber(text: string): number {
  return /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
}

function shown(text: string): string {
  return text.slice(0, MAX_SHOWN);
}
