/** Structured data (RFC 6313): values that are lists of values, or of records of other templates. */
import { type AbstractDataType, LIST_TYPES } from './elements/types.ts';
import { type Field, VARIABLE_LENGTH } from './template.ts';

export type ListType = (typeof LIST_TYPES)[number];

/** Whether values of a type are lists (RFC 6313). */
export function isListType(type: AbstractDataType): type is ListType {
  return (LIST_TYPES as readonly AbstractDataType[]).includes(type);
}

/**
 * How the items of a list relate to what the list is about, by the number in its first byte (RFC 6313 §4.4). 255 is for
 * undefined.
 */
export const SEMANTICS: readonly string[] = ['noneOf', 'exactlyOneOf', 'oneOrMoreOf', 'allOf', 'ordered'];

/**
 * Bytes before the items: of a basicList, beside an enterprise number (RFC 6313 §4.5.1), and of a subTemplateList
 * (§4.5.2).
 */
const BASIC_HEADER = 5;
const ENTERPRISE_LENGTH = 4;
export const SUB_TEMPLATE_HEADER = 3;
/** Bytes before the entries of a subTemplateMultiList, and before the records of each (RFC 6313 §4.5.3). */
export const MULTI_HEADER = 1;
export const ENTRY_HEADER = 4;

/**
 * What the items of a basicList from `at` to `end` are, and where the first begins; undefined when its header is cut
 * off.
 */
export function readBasicList(view: DataView, at: number, end: number): { items: Field; at: number } | undefined {
  if (at + BASIC_HEADER > end) return undefined;
  const id = view.getUint16(at + 1);
  const length = view.getUint16(at + 3);
  if (id < 0x8000) return { items: { pen: 0, id, length }, at: at + BASIC_HEADER };
  if (at + BASIC_HEADER + ENTERPRISE_LENGTH > end) return undefined;
  const pen = view.getUint32(at + BASIC_HEADER);
  return { items: { pen, id: id & 0x7fff, length }, at: at + BASIC_HEADER + ENTERPRISE_LENGTH };
}

/**
 * Appends offset and length of each of the fields of the record at `at` to `places`; returns where the record ends, or
 * -1 when that is beyond `end`.
 */
export function locateValues(
  fields: readonly Field[],
  bytes: Uint8Array,
  at: number,
  end: number,
  places: number[],
): number {
  for (const field of fields) {
    let { length } = field;
    if (length === VARIABLE_LENGTH) {
      if (at >= end) return -1;
      length = bytes[at++];
      if (length === 255) {
        if (at + 2 > end) return -1;
        length = bytes[at] * 256 + bytes[at + 1];
        at += 2;
      }
    }
    if (at + length > end) return -1;
    places.push(at, length);
    at += length;
  }
  return at;
}
